package parley_test

import (
	"io"
	"reflect"
	"testing"

	"github.com/rs/zerolog"

	"github.com/parley-go/parley"
)

// TestOptionsReachTheLayersBelow gives every field a value and looks for it
// under the same name below, so that a field added there is not forgotten here.
func TestOptionsReachTheLayersBelow(t *testing.T) {
	t.Parallel()
	o := &parley.Options{Logger: zerolog.New(io.Discard)}
	from := reflect.ValueOf(o).Elem()
	for i := range from.NumField() {
		switch f := from.Field(i); f.Kind() {
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(1000 + i))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{from.Type().Field(i).Name}))
		}
	}
	// The root package may not import the one that defines these.
	without := map[string]bool{"Limits": true}

	for _, below := range []any{parley.EngineOptions(o), parley.MuxOptions(o)} {
		to := reflect.ValueOf(below).Elem()
		for i := range to.NumField() {
			name := to.Type().Field(i).Name
			if without[name] {
				continue
			}
			want := from.FieldByName(name)
			if !want.IsValid() {
				t.Errorf("%v.%s cannot be set through parley.Options", to.Type(), name)
			} else if !reflect.DeepEqual(to.Field(i).Interface(), want.Interface()) {
				t.Errorf("%v.%s = %v, want %v", to.Type(), name, to.Field(i), want)
			}
		}
	}
}
