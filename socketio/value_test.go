package socketio_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/socketio"
)

func mustValue(t testing.TB, v any) socketio.Value {
	t.Helper()
	value, err := socketio.ValueOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

type color int

func (c color) MarshalText() ([]byte, error) { return []byte("color" + string(rune('0'+c))), nil }

// pointerOnly is marshalled by its method only where it is addressable.
type pointerOnly struct{ X int }

func (*pointerOnly) MarshalJSON() ([]byte, error) { return []byte(`"by method"`), nil }

type embedded struct {
	A int `json:"a"`
	B int `json:"b,omitempty"`
}

type tagged struct {
	embedded
	Name    string `json:"name"`
	Skipped string `json:"-"`
	//lint:ignore SA5008 it is the name of the member that is tested
	Dash   string            `json:"-,"`
	Empty  *int              `json:"empty,omitempty"`
	Quoted int64             `json:"quoted,string"`
	Zero   time.Time         `json:"zero,omitzero"`
	Color  color             `json:"color"`
	Method *pointerOnly      `json:"method"`
	Map    map[color]float64 `json:"map"`
	Nil    []int             `json:"nil"`
	Any    any               `json:"any"`
	//lint:ignore U1000 nobody else should look at it either
	hidden int
}

// What has no binary in it is marshalled as by encoding/json, without the
// escapes for HTML.
func TestValueOfIsEncodingJSON(t *testing.T) {
	t.Parallel()
	number, text := 7, "x"
	for _, v := range []any{
		nil, true, false, 0, -1, int8(1), int16(2), int32(math.MinInt32), int64(math.MaxInt64),
		uint(1), uint8(2), uint16(3), uint32(4), uint64(math.MaxUint64), uintptr(5),
		0.0, math.Copysign(0, -1), 1.0, 0.1, 1e20, 1e21, 1e-6, 1e-7, -1.5e300, 5e-324, float32(0.1), math.MaxFloat64,
		"", "plain", "é 🙂", "a\"b\\c/d", "\x00\b\f\n\r\t\x1f\x7f\u2028\u2029", "<a href='x'>&</a>", "bad \xff utf8 \xc3",
		&number, &text, (*int)(nil), []int(nil), []string{}, []any{1, "a", nil}, [2]bool{true},
		map[string]int{"b": 1, "a": 2}, map[int]string{2: "x", 1: "y"}, map[string]any{"x": []any{map[string]any{}}},
		[3]byte{1, 2, 3}, net.IPv4(127, 0, 0, 1), big.NewInt(1), time.Unix(0, 0).UTC(), time.Second,
		json.Number("12.50"), []json.Number{""}, map[json.Number]json.Number{"1": "2"}, json.RawMessage(`{"a":[1,2]}`), json.RawMessage(nil), []json.RawMessage{json.RawMessage(`1`)},
		color(3), pointerOnly{1}, &pointerOnly{1}, []pointerOnly{{1}}, map[string]pointerOnly{"a": {1}},
		struct{}{}, tagged{}, &tagged{Method: &pointerOnly{}, Map: map[color]float64{1: 2}, Any: &number, Name: "<&>"},
	} {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		got := mustValue(t, v)
		// These are escapes with encoding/json, but not with JSON.stringify.
		text := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\ufffd`, "\ufffd").Replace(want.String())
		if diff := cmp.Diff(strings.TrimSpace(text), string(got.JSON())); diff != "" {
			t.Errorf("%T %v (-want +got):\n%s", v, v, diff)
		}
		if len(got.Attachments()) > 0 {
			t.Errorf("%T %v has attachments", v, v)
		}
	}
}

func TestValueOfErrors(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{
		"not a number":       math.NaN(),
		"infinite":           math.Inf(-1),
		"channel":            make(chan int),
		"function":           func() {},
		"not a number, text": json.Number("x"),
		"complex":            []any{complex(1, 2)},
		"raw, not JSON":      json.RawMessage(`{"a":}`),
		"raw, empty":         json.RawMessage{},
		"raw, two values":    json.RawMessage(`1 2`),
		"raw, within":        []any{json.RawMessage(`nul`)},
		"raw, too deep":      json.RawMessage(nested(65)),
		"raw, in the bottom": []any{json.RawMessage(nested(64))},
	} {
		if got, err := socketio.ValueOf(v); err == nil {
			t.Errorf("%s: got %s, want an error", name, got.JSON())
		}
	}
	if _, err := socketio.Values(1, math.NaN()); err == nil || !strings.HasPrefix(err.Error(), "argument 1: ") {
		t.Errorf("Values: got error %v", err)
	}
}

type key []byte

func TestBytesBecomeAttachments(t *testing.T) {
	t.Parallel()
	a, b := []byte{1}, []byte{2}
	many := manyBytes(40)
	nestedValue := mustValue(t, []any{"x", b, a, b})
	for _, tt := range []struct {
		name        string
		v           any
		json        string
		attachments [][]byte
	}{
		{"bytes", a, `#0`, [][]byte{a}},
		{"pointer", &a, `#0`, [][]byte{a}},
		{"nil", []byte(nil), `null`, nil},
		{"nil within", []any{[]byte(nil), struct{ X []byte }{}}, `[null,{"X":null}]`, nil},
		{"empty", []byte{}, `#0`, [][]byte{{}}},
		{"struct", struct {
			X []byte `json:"x"`
			Y []byte `json:"y,omitempty"`
		}{a, nil}, `{"x":#0}`, [][]byte{a}},
		{"map", map[string][]byte{"k": a}, `{"k":#0}`, [][]byte{a}},
		{"slice", [][]byte{a, b}, `[#0,#1]`, [][]byte{a, b}},
		{"any", map[string]any{"k": []any{1, a}}, `{"k":[1,#0]}`, [][]byte{a}},
		{"the same twice", []any{a, a, b, a}, `[#0,#0,#1,#0]`, [][]byte{a, b}},
		{"more than a few", many, manyPlaceholders(40), many},
		{"more than a few twice", [][][]byte{many, many}, "[" + manyPlaceholders(40) + "," + manyPlaceholders(40) + "]", many},
		{"a type of its own", key{1, 2}, `"AQI="`, nil},
		{"value", nestedValue, `["x",#0,#1,#0]`, [][]byte{b, a}},
		{"value behind a pointer", &nestedValue, `["x",#0,#1,#0]`, [][]byte{b, a}},
		{"value within", []any{a, nestedValue, b}, `[#0,["x",#1,#2,#1],#3]`, [][]byte{a, b, a, b}},
		{"values within", struct{ X, Y *socketio.Value }{&nestedValue, &nestedValue}, `{"X":["x",#0,#1,#0],"Y":["x",#0,#1,#0]}`, [][]byte{b, a}},
		{"value in an interface", []json.Marshaler{nestedValue, &nestedValue}, `[["x",#0,#1,#0],["x",#0,#1,#0]]`, [][]byte{b, a}},
		{"absent value", []any{socketio.Value{}, &socketio.Value{}, (*socketio.Value)(nil)}, `[null,null,null]`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := mustValue(t, tt.v)
			if diff := cmp.Diff(placeholders(tt.json), string(v.JSON())); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.attachments, v.Attachments()); diff != "" {
				t.Errorf("attachments (-want +got):\n%s", diff)
			}
		})
	}
}

// placeholders returns text with #7 as the placeholder of attachment 7.
func placeholders(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "#")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		digits := strings.IndexFunc(after+",", func(r rune) bool { return r < '0' || r > '9' })
		b.WriteString(`{"_placeholder":true,"num":` + after[:digits] + "}")
		text = after[digits:]
	}
}

func manyBytes(n int) [][]byte {
	many := make([][]byte, n)
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	return many
}

func manyPlaceholders(n int) string {
	nums := make([]string, n)
	for i := range nums {
		nums[i] = "#" + json.Number(big.NewInt(int64(i)).String()).String()
	}
	return "[" + strings.Join(nums, ",") + "]"
}

func TestValueOfCopies(t *testing.T) {
	t.Parallel()
	b, raw := []byte{1}, []byte(`"raw"`)
	v1, v2 := mustValue(t, b), mustValue(t, []any{b})
	v3, v4 := mustValue(t, json.RawMessage(raw)), mustValue(t, []any{json.RawMessage(raw)})
	spoil(b)
	spoil(raw)
	for _, v := range []socketio.Value{v1, v2} {
		if v.Attachments()[0][0] != 1 {
			t.Error("the attachment changed with the caller's bytes")
		}
	}
	if string(v3.JSON()) != `"raw"` || string(v4.JSON()) != `["raw"]` {
		t.Errorf("the JSON changed with the caller's bytes: %s %s", v3.JSON(), v4.JSON())
	}
}

// marshalsRaw returns what it is as its JSON.
type marshalsRaw string

func (m marshalsRaw) MarshalJSON() ([]byte, error) { return []byte(m), nil }

// Whatever way an object that looks like a placeholder comes in, it goes out as
// null, and what stands beside it as it is.
func TestPlaceholdersAreNotSmuggled(t *testing.T) {
	t.Parallel()
	attachment := []byte{1}
	for _, fake := range []string{
		placeholder0,
		`{"num":0,"_placeholder":true}`,
		`{"_placeholder":true,"num":99}`,
		`{"_placeholder":true}`,
		`{"_placeholder":1,"num":0}`,
		`{"_placeholder":"true"}`,
		`{"\u005f\u0070\u006c\u0061\u0063\u0065\u0068\u006f\u006c\u0064\u0065\u0072":true,"num":0}`,
		`{"_placeholder":false,"_placeholder":true,"num":0}`,
		`{"_placeholder":true,"_placeholder":false,"num":0}`,
		`{ "_placeholder" : true , "num" : 0 }`,
		`{"_placeholder":{"_placeholder":true,"num":0},"num":0}`,
	} {
		var tree any
		if err := json.Unmarshal([]byte(fake), &tree); err != nil {
			t.Fatal(err)
		}
		values := map[string]any{
			"raw": json.RawMessage(fake),
			"struct": struct {
				X json.RawMessage
				Y []byte
			}{json.RawMessage(fake), attachment},
			"method":          []any{marshalsRaw(fake), attachment},
			"method, on top":  marshalsRaw(fake),
			"nested":          []any{map[string]any{"a": json.RawMessage(`{"b":[` + fake + `]}`)}, attachment},
			"pointer to raw":  []any{new(json.RawMessage(fake)), attachment},
			"without a binay": []any{json.RawMessage(fake)},
		}
		if p := tree.(map[string]any)["_placeholder"]; p != false {
			values["map"] = []any{tree, attachment}
			values["map, on top"] = tree
		}
		for name, v := range values {
			got := mustValue(t, v)
			text, genuine := string(got.JSON()), strings.Count(string(got.JSON()), placeholder0)
			if strings.Count(text, "placeholder") != genuine || strings.Contains(text, `\u`) {
				t.Errorf("%s: %s became %s", name, fake, text)
			}
			if len(got.Attachments()) != genuine {
				t.Errorf("%s: %s became %s with %d attachments", name, fake, text, len(got.Attachments()))
			}
			if !strings.Contains(text, "null") {
				t.Errorf("%s: %s became %s, want null in its place", name, fake, text)
			}
		}
	}
}

type node struct {
	Next *node          `json:"next,omitempty"`
	Any  any            `json:"any,omitempty"`
	Map  map[string]any `json:"map,omitempty"`
	List []*node        `json:"list,omitempty"`
	Data []byte         `json:"data,omitempty"`
}

type pointer *pointer

type marshalsCycle struct{ self *marshalsCycle }

func (marshalsCycle) MarshalJSON() ([]byte, error) { return []byte(`"me"`), nil }

type marshalsCycleByPointer struct{ List []any }

func (*marshalsCycleByPointer) MarshalJSON() ([]byte, error) { return []byte(`"me"`), nil }

type hiddenCycle struct {
	Visible int
	Skipped *hiddenCycle `json:"-"`
	hidden  *hiddenCycle
}

func TestNesting(t *testing.T) {
	t.Parallel()
	chain := func(n int) *node {
		var first *node
		for range n {
			first = &node{Next: first}
		}
		return first
	}
	var (
		list             = &node{}
		itself           any
		self             pointer
		bag              = map[string]any{}
		slice            = []any{nil}
		iface            = &node{}
		method           = &marshalsCycle{}
		hidden           = &hiddenCycle{}
		deepMap, deepAny any
	)
	list.List = []*node{{Next: list}}
	itself = &itself
	self = &self
	bag["a"] = []any{bag}
	slice[0] = slice
	iface.Any = &iface.Any
	method.self = method
	hidden.Skipped, hidden.hidden = hidden, hidden
	for range 65 {
		deepMap, deepAny = map[string]any{"a": deepMap}, []any{deepAny}
	}
	for name, tt := range map[string]struct {
		v  any
		ok bool
	}{
		"64 levels":                  {chain(64), true},
		"65 levels":                  {chain(65), false},
		"65 maps":                    {deepMap, false},
		"64 maps":                    {deepMap.(map[string]any)["a"], true},
		"65 slices":                  {deepAny, false},
		"64 slices":                  {deepAny.([]any)[0], true},
		"a long list":                {chain(100_000), false},
		"list":                       {list, false},
		"pointer to itself":          {self, false},
		"interface to itself":        {itself, false},
		"interface to itself within": {struct{ X any }{itself}, false},
		"map in itself":              {bag, false},
		"slice in itself":            {slice, false},
		"struct through interface":   {iface, false},
		"with a method":              {[]any{method}, true},
		"with a method of pointers":  {[]marshalsCycleByPointer{{slice}}, true},
		"out of the method's reach":  {[]any{marshalsCycleByPointer{slice}}, false},
		"not marshalled":             {hidden, true},
		"the same twice":             {[]any{chain(3), chain(3)}, true},
	} {
		v, err := socketio.ValueOf(tt.v)
		if (err == nil) != tt.ok {
			t.Errorf("%s: got error %v", name, err)
		}
		if err == nil {
			if _, err := socketio.RawValue(v.JSON()); err != nil {
				t.Errorf("%s: can not be received: %v", name, err)
			}
		}
	}
}

func TestInvalidUTF8InRawJSON(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage("{\"\xff\":\"\xc3\"}")
	for _, v := range []any{raw, []json.RawMessage{raw}, marshalsRaw(raw)} {
		if text := mustValue(t, v).JSON(); !strings.Contains(string(text), "{\"\uFFFD\":\"\uFFFD\"}") {
			t.Errorf("%T became %q", v, text)
		}
	}
}

func TestRawValue(t *testing.T) {
	t.Parallel()
	text := []byte("\n {\"a\": [1, 2]}\t")
	v, err := socketio.RawValue(text)
	if err != nil {
		t.Fatal(err)
	}
	spoil(text)
	if got := string(v.JSON()); got != `{"a": [1, 2]}` {
		t.Errorf("got %q", got)
	}
}

func TestValueAsJSON(t *testing.T) {
	t.Parallel()
	type record struct {
		V socketio.Value
		O socketio.Value `json:",omitzero"`
	}
	text, err := json.Marshal(record{V: mustValue(t, map[string]int{"a": 1})})
	if err != nil || string(text) != `{"V":{"a":1}}` {
		t.Errorf("got %s, %v", text, err)
	}
	if text, err = json.Marshal(socketio.Value{}); err != nil || string(text) != "null" {
		t.Errorf("absent: got %s, %v", text, err)
	}
	if _, err = json.Marshal(mustValue(t, []byte{1})); err == nil {
		t.Error("attachments are lost without an error")
	}
	var back record
	if err = json.Unmarshal([]byte(`{"V":{"a":`+placeholder0+`}}`), &back); err != nil || string(back.V.JSON()) != `{"a":null}` {
		t.Errorf("got %s, %v", back.V.JSON(), err)
	}
}
