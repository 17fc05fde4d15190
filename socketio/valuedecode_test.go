package socketio_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/socketio"
)

// What has no binary in it decodes as by encoding/json.
func TestDecodeIsEncodingJSON(t *testing.T) {
	t.Parallel()
	texts := []string{
		`null`, `true`, `false`, `0`, `-0`, `1`, `-12`, `1.5`, `1e3`, `1E-2`, `1e400`, `9223372036854775807`, `9223372036854775808`,
		`""`, `"a"`, `"\u00e9\ud83d\ude42\ud800\n\"\\\/"`, `"AQID"`, `"12"`,
		`[]`, `[ ]`, `[1,"a",null,[true]]`, `[1,2,3]`, `["1",null]`, `{"1":"2","3":4.0}`, `["AQ=="]`, ` { "a" : 1 , "b" : [ 2 , { } ] } `,
		`{}`, `{"a":1,"a":2}`, `{"name":"x","NAME":"y","quoted":"7","extra":{}}`, `{"a":{"b":{"c":[[]]}}}`, `{"\u0061":"\u0062"}`,
	}
	dsts := []func() any{
		func() any { return new(any) },
		func() any { return new(string) },
		func() any { return new(bool) },
		func() any { return new(int) },
		func() any { return new(int64) },
		func() any { return new(uint8) },
		func() any { return new(float64) },
		func() any { return new(*int) },
		func() any { return new([]byte) },
		func() any { return new([][]byte) },
		func() any { return new([]any) },
		func() any { return new([]int) },
		func() any { return new([2]int) },
		func() any { return new(map[string]any) },
		func() any { return new(map[string]int) },
		func() any { return new(tagged) },
		func() any { return new(json.RawMessage) },
		func() any { return new(json.Number) },
		func() any { return new([]json.Number) },
		func() any { return new(map[json.Number]json.Number) },
		func() any { return new(color) },
		func() any { return &[]any{1, &tagged{}} },
		func() any { x := any(&tagged{}); return &x },
		func() any { s := "before"; return &s },
	}
	for _, text := range texts {
		v, err := socketio.RawValue([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, dst := range dsts {
			want, got := dst(), dst()
			wantErr, gotErr := json.Unmarshal([]byte(text), want), v.Decode(got)
			if (wantErr == nil) != (gotErr == nil) {
				t.Errorf("%s into %T: got error %v, want %v", text, got, gotErr, wantErr)
			} else if diff := cmp.Diff(want, got, cmp.AllowUnexported(tagged{}, embedded{})); wantErr == nil && diff != "" {
				t.Errorf("%s into %T (-want +got):\n%s", text, got, diff)
			}
		}
	}
}

func TestDecodeAttachments(t *testing.T) {
	t.Parallel()
	a, b := []byte{1}, []byte{2}
	v := mustValue(t, map[string]any{"x": a, "y": []any{b, "s", a}, "z": 1})
	type typed struct {
		X []byte         `json:"x"`
		Y []any          `json:"y"`
		Z socketio.Value `json:"z"`
	}
	for _, tt := range []struct {
		name      string
		dst, want any
	}{
		{"any", new(any), map[string]any{"x": a, "y": []any{b, "s", a}, "z": 1.0}},
		{"map of any", new(map[string]any), map[string]any{"x": a, "y": []any{b, "s", a}, "z": 1.0}},
		{"struct", new(typed), typed{a, []any{b, "s", a}, mustValue(t, 1)}},
		{"map of values", new(map[string]socketio.Value), map[string]socketio.Value{
			"x": mustValue(t, a), "y": mustValue(t, []any{b, "s", a}), "z": mustValue(t, 1),
		}},
		{"value", new(socketio.Value), v},
		{"raw", new(map[string]json.RawMessage), map[string]json.RawMessage{
			"x": json.RawMessage(placeholders("#0")), "y": json.RawMessage(placeholders(`[#1,"s",#0]`)), "z": json.RawMessage("1"),
		}},
	} {
		if err := v.Decode(tt.dst); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := reflect.ValueOf(tt.dst).Elem().Interface()
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(socketio.Value{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}

	for _, dst := range []any{new(string), new(int), new([]int), new(map[string]string), nil, 1, (*int)(nil)} {
		if err := v.Decode(dst); err == nil {
			t.Errorf("into %T: no error", dst)
		}
	}
	for _, dst := range []any{nil, (*int)(nil), (*any)(nil), (*socketio.Value)(nil), (*float64)(nil)} {
		if err := mustValue(t, 1).Decode(dst); err == nil {
			t.Errorf("into nil %T: no error", dst)
		}
	}
	var blob []byte
	if err := mustValue(t, map[string]int{}).Decode(&blob); err == nil {
		t.Error("an object into []byte: no error")
	}
	var absent socketio.Value
	kept := "kept"
	if err := absent.Decode(&kept); err != nil || kept != "kept" {
		t.Errorf("absent into a string: got %q, %v", kept, err)
	}
	x := any(1)
	if err := absent.Decode(&x); err != nil || x != nil {
		t.Errorf("absent into any: got %v, %v", x, err)
	}
}
