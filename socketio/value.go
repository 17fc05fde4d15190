package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Value is one argument of an event or an ack, or the payload of a CONNECT: JSON
// text together with the attachments that its placeholders stand for, numbered
// from zero within the value. It can be sent on any number of times without
// being decoded, in whatever packet and at whatever place; the encoder gives its
// attachments their numbers there.
//
// A Value is immutable and safe for concurrent use. The zero Value is an absent
// one; it is sent and decoded as null.
type Value struct {
	// json is valid JSON and UTF-8 without space around it. Each of its objects
	// with a member "_placeholder" other than false or null is, byte for byte,
	// a placeholder of one of the attachments.
	json        []byte
	attachments [][]byte
}

// defaultMaxDepth is how deep a Value may nest unless a Decoder's Limits say
// otherwise. Every walk over one recurses no deeper.
const defaultMaxDepth = 64

// ValueOf returns v as a Value. It is marshalled as by encoding/json, tags and
// methods included, with these differences:
//
//   - A []byte, anywhere in v (in structs, maps, slices, behind any), becomes a
//     binary attachment. The bytes are copied. A nil one is null. A type of its
//     own, such as type Key []byte, stays base64 text.
//   - A Value in v brings its attachments with it.
//   - The characters <, > and & are not escaped, and invalid UTF-8 becomes
//     U+FFFD, as in JSON.stringify.
//   - An object that looks like a placeholder becomes null.
//
// It is an error if v nests deeper than 64 levels, which it does if it contains
// itself.
func ValueOf(v any) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{json: []byte("null")}, nil
	case Value:
		if v.IsZero() {
			return ValueOf(nil)
		}
		return v, nil
	case bool:
		return Value{json: strconv.AppendBool(nil, v)}, nil
	case string:
		return Value{json: appendString(make([]byte, 0, len(v)+2), v)}, nil
	case int:
		return Value{json: strconv.AppendInt(nil, int64(v), 10)}, nil
	case int32:
		return Value{json: strconv.AppendInt(nil, int64(v), 10)}, nil
	case int64:
		return Value{json: strconv.AppendInt(nil, v, 10)}, nil
	case uint:
		return Value{json: strconv.AppendUint(nil, uint64(v), 10)}, nil
	case uint32:
		return Value{json: strconv.AppendUint(nil, uint64(v), 10)}, nil
	case uint64:
		return Value{json: strconv.AppendUint(nil, v, 10)}, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			break // refused by the marshaler, in its words
		}
		return Value{json: appendNumber(nil, v)}, nil
	case []byte:
		if v == nil {
			return ValueOf(nil)
		}
		return Value{json: appendPlaceholder(nil, 0), attachments: [][]byte{clone(v)}}, nil
	case json.RawMessage:
		if v == nil {
			return ValueOf(nil)
		}
		return RawValue(v)
	}
	return marshal(v)
}

// Values returns ValueOf of each argument, or the first error.
func Values(args ...any) ([]Value, error) {
	if len(args) == 0 {
		return nil, nil
	}
	values := make([]Value, len(args))
	for i, arg := range args {
		v, err := ValueOf(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i, err)
		}
		values[i] = v
	}
	return values, nil
}

// RawValue returns a copy of text, which must be one JSON value, as a Value
// without attachments. What looks like a placeholder in it becomes null.
func RawValue(text []byte) (Value, error) {
	g := gate{maxDepth: defaultMaxDepth}
	text = validUTF8(text)
	s, err := g.one(text)
	if err != nil {
		return Value{}, fmt.Errorf("raw JSON: %s", err.text) // no DecodeError: no client is to blame
	}
	return Value{json: appendMarked(make([]byte, 0, s.to-s.from), text, s, g.marks, nil)}, nil
}

// JSON returns the JSON text, nil for an absent value. It must not be modified.
func (v Value) JSON() []byte { return v.json }

// Attachments returns the attachments in the order of their numbers. Neither the
// slice nor the bytes may be modified.
func (v Value) Attachments() [][]byte { return v.attachments }

// IsZero reports whether the value is absent.
func (v Value) IsZero() bool { return v.json == nil }

var errHasAttachments = errors.New("a Value with attachments is more than its JSON")

// MarshalJSON returns the JSON text, so that a Value can be logged or stored by
// other packages. It is an error if there are attachments: they would be lost.
func (v Value) MarshalJSON() ([]byte, error) {
	if len(v.attachments) > 0 {
		return nil, errHasAttachments
	}
	if v.IsZero() {
		return []byte("null"), nil
	}
	return v.json, nil
}

// UnmarshalJSON is [RawValue].
func (v *Value) UnmarshalJSON(text []byte) (err error) {
	*v, err = RawValue(text)
	return err
}

// clone copies b; unlike [bytes.Clone] it leaves no room for append, and an empty
// b is not nil.
func clone(b []byte) []byte {
	c := make([]byte, len(b))
	copy(c, b)
	return c
}

// validUTF8 returns text with a U+FFFD for each byte that is not UTF-8.
func validUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	bad := 0
	for rest := text; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError {
			bad++
		}
		rest = rest[n:]
	}
	valid := make([]byte, 0, len(text)+bad*(utf8.RuneLen(utf8.RuneError)-1))
	for rest := text; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		valid = utf8.AppendRune(valid, r)
		rest = rest[n:]
	}
	return valid
}

// appendString appends s as JSON.stringify writes it.
func appendString(dst []byte, s string) []byte {
	// The only error is invalid UTF-8, which has been replaced.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// appendNumber appends a finite f as encoding/json, and but for -0 JavaScript,
// writes it.
func appendNumber(dst []byte, f float64) []byte {
	if abs := math.Abs(f); abs == 0 || 1e-6 <= abs && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go pads the exponent to two digits.
	if n := len(dst); n >= 4 && dst[n-2] == '0' && dst[n-4] == 'e' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
