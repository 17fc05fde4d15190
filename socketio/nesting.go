package socketio

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"

	jsonv2 "github.com/go-json-experiment/json"
)

// nesting finds the values that nest too deep, among them those that contain
// themselves, before they are marshalled. The marshaler would follow a cycle of
// pointers and interfaces alone until the stack overflows, which ends the
// process: no recover catches it.
type nesting struct {
	// bounded remembers which types can not nest without end.
	bounded map[reflect.Type]bool
}

var errNesting = errors.New("nested deeper than 64 levels, or contains itself")

// maxPointers bounds a chain of pointers to pointers: a level of nesting that
// leaves no bracket in the JSON.
const maxPointers = 64

// check walks v as the marshaler will.
func (c *nesting) check(v any) error {
	if !c.any(v, 0) {
		return errNesting
	}
	return nil
}

// any is value without reflection for what unmarshalled JSON consists of.
func (c *nesting) any(v any, depth int) bool {
	switch v := v.(type) {
	case nil, bool, string, float64, int, []byte, Value:
		return true
	case map[string]any:
		if depth++; depth > defaultMaxDepth {
			return false
		}
		for _, e := range v {
			if !c.any(e, depth) {
				return false
			}
		}
		return true
	case []any:
		if depth++; depth > defaultMaxDepth {
			return false
		}
		for _, e := range v {
			if !c.any(e, depth) {
				return false
			}
		}
		return true
	}
	return c.value(reflect.ValueOf(v), depth, 0)
}

// value is inside depth arrays and objects, and behind so many pointers since
// the last of them.
func (c *nesting) value(v reflect.Value, depth, pointers int) bool {
	if depth > defaultMaxDepth || pointers > maxPointers {
		return false
	}
	if !v.IsValid() || c.isBounded(v.Type()) || marshalsItself(v) {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || c.value(v.Elem(), depth, pointers+1)
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !c.value(entries.Value(), depth+1, 0) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !c.value(v.Index(i), depth+1, 0) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if isMarshalled(v.Type().Field(i)) && !c.value(v.Field(i), depth+1, 0) {
				return false
			}
		}
	}
	return true
}

// isBounded reports whether t contains neither itself nor an interface, so that
// the depth of its values is in the program text.
func (c *nesting) isBounded(t reflect.Type) bool {
	if is, ok := c.bounded[t]; ok {
		return is
	}
	c.bounded[t] = false // what meets t again below contains itself
	is := false
	switch t.Kind() {
	case reflect.Interface:
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Array:
		is = c.isBounded(t.Elem())
	case reflect.Struct:
		is = true
		for i := range t.NumField() {
			if f := t.Field(i); isMarshalled(f) && !c.isBounded(f.Type) {
				is = false
			}
		}
	default:
		is = true
	}
	c.bounded[t] = is
	return is
}

// isMarshalled reports whether the marshaler looks at a field.
func isMarshalled(f reflect.StructField) bool {
	return (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-"
}

var marshalers = []reflect.Type{
	reflect.TypeFor[json.Marshaler](),
	reflect.TypeFor[jsonv2.MarshalerTo](),
	reflect.TypeFor[encoding.TextMarshaler](),
}

// marshalsItself reports whether the marshaler will call a method of v instead
// of looking into it. What that returns has the depth it has.
func marshalsItself(v reflect.Value) bool {
	for _, m := range marshalers {
		if v.Type().Implements(m) || v.CanAddr() && reflect.PointerTo(v.Type()).Implements(m) {
			return true
		}
	}
	return false
}
