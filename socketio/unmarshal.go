package socketio

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode stores the value in what dst points to, as json.Unmarshal of
// encoding/json does, with these differences:
//
//   - A []byte or an any, anywhere in dst, receives a binary attachment as
//     []byte. It is the attachment itself, shared by all that decode it: it must
//     not be modified. A []byte receives base64 text, too.
//   - A Value in dst receives its part of the value with the attachments there,
//     ready to be sent on. A json.RawMessage receives the text only.
//
// An absent value decodes as null, which leaves most of dst as it is.
func (v Value) Decode(dst any) error {
	if v.IsZero() {
		v.json = []byte("null")
	}
	if p := reflect.ValueOf(dst); p.Kind() == reflect.Pointer && !p.IsNil() && v.decodePlain(dst) {
		return nil
	}
	u := unmarshalings.Get().(*unmarshaling)
	u.from = v
	err := json.Unmarshal(v.json, dst, u.options)
	u.from = Value{}
	unmarshalings.Put(u)
	if err != nil {
		return fmt.Errorf("decode into %T: %w", dst, err)
	}
	return nil
}

// decodePlain is Decode for the plainest destinations, if the value fits.
func (v Value) decodePlain(dst any) (ok bool) {
	switch dst := dst.(type) {
	case *Value:
		*dst = v
		return true
	case *any:
		if *dst != nil {
			return false // it may hold a pointer, which is then filled
		}
		x, err := v.any()
		if err == nil {
			*dst = x
		}
		return err == nil
	case *string:
		if v.json[0] != '"' {
			return false
		}
		*dst = unquoted(v.json)
		return true
	case *int:
		n, err := strconv.Atoi(string(v.json))
		if err == nil {
			*dst = n
		}
		return err == nil
	case *int64:
		n, err := strconv.ParseInt(string(v.json), 10, 64)
		if err == nil {
			*dst = n
		}
		return err == nil
	case *float64:
		if v.json[0] == '"' {
			return false
		}
		n, err := strconv.ParseFloat(string(v.json), 64)
		if err == nil {
			*dst = n
		}
		return err == nil
	case *bool:
		switch string(v.json) {
		case "true":
			*dst = true
			return true
		case "false":
			*dst = false
			return true
		}
	}
	return false
}

// An unmarshaling is what one call of Decode needs; see marshaling.
type unmarshaling struct {
	options json.Options
	from    Value
}

var unmarshalings = sync.Pool{New: func() any {
	u := new(unmarshaling)
	u.options = json.JoinOptions(jsonOptions, json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(u.bytes),
		json.UnmarshalFromFunc(u.any),
		json.UnmarshalFromFunc(u.value),
		json.UnmarshalFromFunc(unmarshalNumber),
	)))
	return u
}}

// bytes is the hook for []byte.
func (u *unmarshaling) bytes(dec *jsontext.Decoder, dst *[]byte) error {
	if dec.PeekKind() != '{' {
		return errors.ErrUnsupported // base64, null or an error: encoding/json's affair
	}
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	n, _, ok := placeholderAt(text)
	if !ok {
		return &json.SemanticError{JSONKind: '{', GoType: reflect.TypeFor[[]byte]()}
	}
	*dst = u.from.attachments[n]
	return nil
}

// any is the hook for any.
func (u *unmarshaling) any(dec *jsontext.Decoder, dst *any) error {
	if *dst != nil {
		return errors.ErrUnsupported
	}
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*dst, err = Value{text, u.from.attachments}.any()
	return err
}

// value is the hook for Value.
func (u *unmarshaling) value(dec *jsontext.Decoder, dst *Value) error {
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*dst = Value{json: clone(text)}
	if len(u.from.attachments) > 0 {
		*dst = u.from.part(text)
	}
	return nil
}

// part returns a piece of v's text with the attachments it names.
func (v Value) part(text []byte) Value {
	var part Value
	var set attachmentSet
	part.json = appendRenumbered(make([]byte, 0, len(text)), text, func(dst []byte, n int) []byte {
		return appendPlaceholder(dst, set.add(v.attachments[n], false))
	})
	part.attachments = set.list
	return part
}

// unmarshalNumber is the hook for json.Number of encoding/json: it takes
// numbers, and strings that hold one.
func unmarshalNumber(dec *jsontext.Decoder, dst *stdjson.Number) error {
	kind := dec.PeekKind()
	in, length := dec.StackIndex(dec.StackDepth())
	if isKey := in == '{' && length%2 == 0; isKey || kind != '0' && kind != '"' {
		return errors.ErrUnsupported
	}
	literal, err := dec.ReadValue()
	if err != nil {
		return err
	}
	number := string(literal)
	if kind == '"' {
		number = unquoted(literal)
		if literal := jsontext.Value(number); literal.Kind() != '0' || !literal.IsValid() {
			return fmt.Errorf("invalid number literal %q", number)
		}
	}
	*dst = stdjson.Number(number)
	return nil
}
