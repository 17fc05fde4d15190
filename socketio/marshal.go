package socketio

import (
	"crypto/rand"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// jsonOptions are the semantics of encoding/json, but for what JSON.stringify
// does not do. The package is its successor; unlike it, it has hooks for types.
var jsonOptions = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	jsontext.EscapeForHTML(false),
	jsontext.EscapeForJS(false),
)

// A marshaling is what one call of marshal needs. The hooks that gather the
// attachments belong to it, and the JSON package remembers with the hooks which
// types they apply to; so marshalings are used again.
type marshaling struct {
	options json.Options
	nesting nesting
	gate    gate

	attachments attachmentSet
	scratch     []byte
}

var marshalings = sync.Pool{New: func() any {
	m := &marshaling{nesting: nesting{bounded: map[reflect.Type]bool{}}}
	m.gate.maxDepth = defaultMaxDepth
	// Where a placeholder has true, ours have a text that nobody can guess, and
	// that never leaves this process: v may hold maps and raw JSON which came
	// from a client, and nothing in those must pass for a placeholder.
	m.gate.genuine = `"` + rand.Text() + `"`
	m.options = json.JoinOptions(jsonOptions, json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(m.bytes),
		json.MarshalToFunc(m.value),
		json.MarshalToFunc(marshalNumber),
	)))
	return m
}}

// marshal is ValueOf for whatever has no shorter way.
func marshal(v any) (Value, error) {
	m := marshalings.Get().(*marshaling)
	// Not deferred: a method of v that panics may leave m in any state.
	value, err := m.marshal(v)
	m.reset()
	marshalings.Put(m)
	if err != nil {
		return Value{}, fmt.Errorf("marshal %T: %w", v, err)
	}
	return value, nil
}

func (m *marshaling) marshal(v any) (Value, error) {
	if err := m.nesting.check(v); err != nil {
		return Value{}, err
	}
	text, err := json.Marshal(v, m.options)
	if err != nil {
		return Value{}, err
	}
	text = validUTF8(text) // raw JSON is passed through as it is
	m.gate.attachments = len(m.attachments.list)
	s, bad := m.gate.one(text)
	if bad != nil {
		return Value{}, errors.New(bad.text) // as in RawValue
	}
	if len(m.gate.marks) > 0 {
		same := func(n int) int { return n }
		text = appendMarked(make([]byte, 0, len(text)), text, s, m.gate.marks, same)
	}
	return Value{json: text, attachments: m.attachments.list}, nil
}

func (m *marshaling) reset() {
	m.gate.done()
	m.attachments = attachmentSet{}
	if cap(m.scratch) > 1<<16 {
		m.scratch = nil
	}
}

// bytes is the hook for []byte.
func (m *marshaling) bytes(enc *jsontext.Encoder, b []byte) error {
	if b == nil {
		return enc.WriteToken(jsontext.Null)
	}
	m.scratch = m.appendOurs(m.scratch[:0], m.attachments.add(b, true))
	return enc.WriteValue(m.scratch)
}

// value is the hook for a Value within v.
func (m *marshaling) value(enc *jsontext.Encoder, v Value) error {
	switch {
	case v.IsZero():
		return enc.WriteToken(jsontext.Null)
	case len(v.attachments) == 0:
		return enc.WriteValue(v.json)
	}
	m.scratch = appendRenumbered(m.scratch[:0], v.json, func(dst []byte, n int) []byte {
		return m.appendOurs(dst, m.attachments.add(v.attachments[n], false))
	})
	return enc.WriteValue(m.scratch)
}

// appendOurs appends a placeholder which the gate knows for ours.
func (m *marshaling) appendOurs(dst []byte, n int) []byte {
	dst = append(dst, `{"_placeholder":`...)
	dst = append(dst, m.gate.genuine...)
	dst = append(dst, `,"num":`...)
	return append(strconv.AppendInt(dst, int64(n), 10), '}')
}

// marshalNumber is the hook for json.Number of encoding/json, which this JSON
// package takes for just another string.
func marshalNumber(enc *jsontext.Encoder, n stdjson.Number) error {
	if kind, length := enc.StackIndex(enc.StackDepth()); kind == '{' && length%2 == 0 {
		return errors.ErrUnsupported // the key of a map
	}
	if n == "" {
		n = "0" // as encoding/json
	}
	text := jsontext.Value(n)
	if text.Kind() != '0' {
		return fmt.Errorf("invalid number literal %q", string(n))
	}
	return enc.WriteValue(text)
}
