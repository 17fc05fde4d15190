package socketio

// A gate is the one pass which all JSON takes before it becomes a [Value]. It
// checks the grammar (RFC 8259, which is what JSON.parse accepts) and the
// depth, splits an argument list into its elements, and finds the placeholders.
//
// It recurses, at most maxDepth levels. Methods named for a piece of grammar take
// the position of its first byte and return the position behind its last, or -1
// after setting err.
type gate struct {
	// set by the caller
	maxDepth int // levels of arrays and objects in one value
	maxArgs  int // elements of a list
	// genuine is the text of the member "_placeholder" which makes an object a
	// placeholder; with "", none is.
	genuine string
	// attachments is how many a placeholder may name.
	attachments int

	text  []byte
	args  []span // the elements of the list
	marks []mark // what must be replaced: in order, none within another
	err   *DecodeError
}

// span is a piece of text.
type span struct{ from, to int }

// mark is an object that is, or looks like, a placeholder.
type mark struct {
	span
	num int // the attachment it stands for, or unbacked
}

// unbacked is the number of a placeholder which no attachment stands behind.
const unbacked = -1

// start prepares g for a text.
func (g *gate) start(text []byte) {
	g.text, g.args, g.marks, g.err = text, g.args[:0], g.marks[:0], nil
}

// done lets go of the text. The slices are kept for the next one unless this
// one made them large.
func (g *gate) done() {
	const keep = 64
	g.text = nil
	if cap(g.args) > keep {
		g.args = nil
	}
	if cap(g.marks) > keep {
		g.marks = nil
	}
}

// one checks a text that is a single value, and returns where in it that is.
func (g *gate) one(text []byte) (span, *DecodeError) {
	g.start(text)
	from := g.space(0)
	to := g.value(from, 0)
	if to >= 0 && g.space(to) != len(text) {
		g.fail(errInvalidPayload)
	}
	return span{from, to}, g.err
}

// list checks a text that is an array and leaves its elements in g.args. The
// array itself does not count as a level of nesting: a value that one side may
// make is one the other may receive.
func (g *gate) list(text []byte) *DecodeError {
	g.start(text)
	i := g.space(0)
	if g.at(i) != '[' {
		return errInvalidPayload
	}
	if i = g.array(i, 0); i >= 0 && g.space(i) != len(text) {
		g.fail(errInvalidPayload)
	}
	return g.err
}

func (g *gate) fail(err *DecodeError) int {
	g.err = err
	return -1
}

// value is inside depth arrays and objects.
func (g *gate) value(i, depth int) int {
	switch g.at(i) {
	case '"':
		i, _ = g.string(i)
		return i
	case '{':
		return g.object(i, depth+1)
	case '[':
		return g.array(i, depth+1)
	case 't':
		return g.literal(i, "true")
	case 'f':
		return g.literal(i, "false")
	case 'n':
		return g.literal(i, "null")
	default:
		return g.number(i)
	}
}

// array is the depth-th level; level 0 is the argument list.
func (g *gate) array(i, depth int) int {
	if depth > g.maxDepth {
		return g.fail(errNestedTooDeep)
	}
	i = g.space(i + 1)
	if g.at(i) == ']' {
		return i + 1
	}
	for {
		from := i
		if i = g.value(i, depth); i < 0 {
			return -1
		}
		if depth == 0 {
			if len(g.args) == g.maxArgs {
				return g.fail(errTooManyArgs)
			}
			g.args = append(g.args, span{from, i})
		}
		i = g.space(i)
		switch g.at(i) {
		case ',':
			i = g.space(i + 1)
		case ']':
			return i + 1
		default:
			return g.fail(errInvalidPayload)
		}
	}
}

// object is the depth-th level. With all its members read it is known whether
// it is a placeholder: any spelling and order of them counts, and of members
// with the same name the last, as in JSON.parse.
func (g *gate) object(i, depth int) int {
	if depth > g.maxDepth {
		return g.fail(errNestedTooDeep)
	}
	from, outer := i, len(g.marks)
	var suspect bool
	var placeholder, num span
	i = g.space(i + 1)
	if g.at(i) == '}' {
		return i + 1
	}
	for {
		if g.at(i) != '"' {
			return g.fail(errInvalidPayload)
		}
		name, escaped := i, false
		if i, escaped = g.string(i); i < 0 {
			return -1
		}
		member := nameOf(g.text[name:i], escaped)
		if i = g.space(i); g.at(i) != ':' {
			return g.fail(errInvalidPayload)
		}
		i = g.space(i + 1)
		value := i
		if i = g.value(i, depth); i < 0 {
			return -1
		}
		switch member {
		case memberPlaceholder:
			placeholder = span{value, i}
			suspect = suspect || !innocent(g.text[value:i])
		case memberNum:
			num = span{value, i}
		}
		i = g.space(i)
		switch g.at(i) {
		case ',':
			i = g.space(i + 1)
		case '}':
			if i++; suspect {
				return g.mark(span{from, i}, outer, placeholder, num)
			}
			return i
		default:
			return g.fail(errInvalidPayload)
		}
	}
}
