package socketio

import (
	"bytes"
	"strconv"
)

// any returns the value as encoding/json makes an any of it, with attachments as
// []byte. It is also faster, as the text needs no more checking.
func (v Value) any() (any, error) {
	t := tree{text: v.json, attachments: v.attachments}
	x := t.value()
	return x, t.err
}

// A tree is built from text that is known to be valid and bounded in depth: it
// looks where the next piece ends, never whether it is one.
type tree struct {
	text        []byte // what is left
	attachments [][]byte
	err         error // of the first number beyond float64
}

// next drops white space and returns the byte behind it.
func (t *tree) next() byte {
	t.text = bytes.TrimLeft(t.text, " \t\n\r")
	return t.text[0]
}

// take returns the first n bytes and drops them.
func (t *tree) take(n int) []byte {
	piece := t.text[:n]
	t.text = t.text[n:]
	return piece
}

func (t *tree) value() any {
	switch t.next() {
	case '{':
		return t.object()
	case '[':
		return t.array()
	case '"':
		return t.string()
	case 't':
		t.take(len("true"))
		return true
	case 'f':
		t.take(len("false"))
		return false
	case 'n':
		t.take(len("null"))
		return nil
	}
	return t.number()
}

func (t *tree) object() any {
	if n, end, ok := placeholderAt(t.text); ok {
		t.take(end)
		return t.attachments[n]
	}
	object := map[string]any{}
	for t.take(1); t.next() != '}'; {
		name := t.string()
		t.next()
		t.take(len(":"))
		object[name] = t.value()
		if t.next() == ',' {
			t.take(1)
		}
	}
	t.take(1)
	return object
}

func (t *tree) array() any {
	array := []any{}
	for t.take(1); t.next() != ']'; {
		array = append(array, t.value())
		if t.next() == ',' {
			t.take(1)
		}
	}
	t.take(1)
	return array
}

func (t *tree) string() string {
	end := 1
	for t.text[end] != '"' {
		if t.text[end] == '\\' {
			end++
		}
		end++
	}
	return unquoted(t.take(end + 1))
}

func (t *tree) number() any {
	end := bytes.IndexAny(t.text, ",]} \t\n\r")
	if end < 0 {
		end = len(t.text)
	}
	f, err := strconv.ParseFloat(string(t.take(end)), 64)
	if err != nil && t.err == nil {
		t.err = err
	}
	return f
}

// unquoted returns what a checked string says.
func unquoted(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	return string(unquote(nil, quoted))
}
