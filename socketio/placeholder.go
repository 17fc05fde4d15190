package socketio

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// placeholderHead begins every placeholder in a [Value]; digits and a brace end
// it. As JSON escapes the quotes within strings, these bytes occur in valid JSON
// as the beginning of an object and nowhere else, and the gate has rewritten
// every object that begins so: a search for them finds the placeholders, all of
// them, and nothing but them.
const placeholderHead = `{"_placeholder":true,"num":`

// shortestMark is the length of the shortest object that is marked.
const shortestMark = len(`{"_placeholder":0}`)

// fewMarks is more than honest packets have.
const fewMarks = 16

type member uint8

const (
	memberOther member = iota
	memberPlaceholder
	memberNum
)

// nameOf tells the members of a placeholder from others by their quoted name.
func nameOf(quoted []byte, escaped bool) member {
	const longest = len(`"_placeholder"`) * len(`\u005f`)
	raw := quoted[1 : len(quoted)-1]
	if escaped {
		if len(quoted) > longest {
			return memberOther
		}
		var space [longest]byte
		raw = unquote(space[:0], quoted)
	}
	switch string(raw) {
	case "_placeholder":
		return memberPlaceholder
	case "num":
		return memberNum
	}
	return memberOther
}

// unquote appends what a checked string says.
func unquote(dst, quoted []byte) []byte {
	// The only error possible in a checked string is a lone surrogate, which
	// has been replaced.
	dst, _ = jsontext.AppendUnquote(dst, quoted)
	return dst
}

// innocent reports whether no parser takes an object with this for the value of
// "_placeholder" for a placeholder. The official one wants true; older ones and
// those of other languages take anything that counts as true with them.
func innocent(value []byte) bool {
	return string(value) == "false" || string(value) == "null"
}

// mark notes the object at s, in place of all the marks within it (those from
// outer on), and returns the position behind it.
func (g *gate) mark(s span, outer int, placeholder, num span) int {
	n := unbacked
	if g.genuine != "" && string(g.text[placeholder.from:placeholder.to]) == g.genuine {
		n = smallInt(g.text[num.from:num.to])
		if n < 0 || n >= g.attachments {
			return g.fail(errIllegalAttachments)
		}
	}
	g.marks = g.marks[:outer]
	if len(g.marks) == cap(g.marks) && len(g.marks) >= fewMarks {
		// Once, to what the rest of the text can hold: a text of nothing but
		// marks would otherwise cost several times its length in growing.
		g.marks = slices.Grow(g.marks, 1+(len(g.text)-s.from)/shortestMark)
	}
	g.marks = append(g.marks, mark{s, n})
	return s.to
}

// smallInt returns the number which at most nine digits stand for, or -1. Of
// the ways JSON has to write an integer (1.0, 1e0, -0) no encoder uses another.
func smallInt(text []byte) int {
	if len(text) == 0 || len(text) > 9 {
		return -1
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// appendPlaceholder appends the placeholder of attachment n, or null if that is
// unbacked.
func appendPlaceholder(dst []byte, n int) []byte {
	if n == unbacked {
		return append(dst, "null"...)
	}
	dst = append(dst, placeholderHead...)
	return append(strconv.AppendInt(dst, int64(n), 10), '}')
}

// appendMarked appends the piece s of a text, with the marked objects in it as
// placeholders. number gives the attachments their new numbers.
func appendMarked(dst, text []byte, s span, marks []mark, number func(int) int) []byte {
	for _, m := range marks {
		dst = append(dst, text[s.from:m.from]...)
		if m.num != unbacked {
			m.num = number(m.num)
		}
		dst = appendPlaceholder(dst, m.num)
		s.from = m.to
	}
	return append(dst, text[s.from:s.to]...)
}

// placeholderAt returns the number of the placeholder with which the text of a
// Value begins, and where it ends.
func placeholderAt(text []byte) (n, end int, ok bool) {
	if !bytes.HasPrefix(text, []byte(placeholderHead)) {
		return 0, 0, false
	}
	end = bytes.IndexByte(text, '}')
	return smallInt(text[len(placeholderHead):end]), end + 1, true
}

// appendRenumbered appends the text of a Value, with what put appends for the
// number of an attachment in place of each placeholder.
func appendRenumbered(dst, text []byte, put func(dst []byte, n int) []byte) []byte {
	for {
		i := bytes.Index(text, []byte(placeholderHead))
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		n, end, _ := placeholderAt(text[i:])
		dst = put(dst, n)
		text = text[i+end:]
	}
}
