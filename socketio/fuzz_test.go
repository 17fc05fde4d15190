package socketio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/socketio"
)

func addVectors(f *testing.F, add func(messages []string)) {
	f.Helper()
	var t testing.T
	for _, file := range []string{"testdata/packets.txt", "testdata/errors.txt"} {
		for _, v := range readVectors(&t, file) {
			add(v.messages)
		}
	}
}

// FuzzText: any text message makes a packet or an error. A packet, sent on, is
// that packet again.
func FuzzText(f *testing.F) {
	addVectors(f, func(messages []string) { f.Add([]byte(messages[0])) })
	f.Fuzz(func(t *testing.T, data []byte) {
		d := socketio.NewDecoder(nil)
		p, err := d.Text(bytes.Clone(data))
		if !consistent(t, d, p, err) || p == nil {
			return
		}
		checkSentOn(t, p)
	})
}

// FuzzReassembly: any sequence of messages. Each piece of the input is one: text
// if it begins with 't', else binary.
func FuzzReassembly(f *testing.F) {
	addVectors(f, func(messages []string) {
		var script []string
		for _, m := range messages {
			if strings.HasPrefix(m, hexPrefix) {
				script = append(script, "b"+m)
			} else {
				script = append(script, "t"+m)
			}
		}
		f.Add([]byte(strings.Join(script, "\x1e")))
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := socketio.NewDecoder(&socketio.Limits{MaxAttachments: 3, MaxAttachmentBytes: 100})
		for _, m := range bytes.Split(data, []byte{0x1e}) {
			take := d.Binary
			if text, ok := bytes.CutPrefix(m, []byte("t")); ok {
				take, m = d.Text, text
			}
			m = bytes.Clone(m)
			p, err := take(m)
			spoil(m)
			if !consistent(t, d, p, err) {
				return
			}
			if p != nil {
				checkSentOn(t, p)
			}
		}
	})
}

// consistent checks what a decoder returned and reports whether it may go on.
func consistent(t *testing.T, d *socketio.Decoder, p *socketio.Packet, err error) bool {
	t.Helper()
	var decode *socketio.DecodeError
	switch {
	case err != nil && (p != nil || d.Pending() || !errors.As(err, &decode)):
		t.Fatalf("packet %v with error %v", p, err)
	case err == nil && (p == nil) != d.Pending():
		t.Fatalf("packet %v, pending is %v", p, d.Pending())
	}
	return err == nil
}

// checkSentOn checks all that is promised of a packet.
func checkSentOn(t *testing.T, p *socketio.Packet) {
	t.Helper()
	attachments := 0
	for _, v := range append(slices.Clone(p.Args), p.Data) {
		if !v.IsZero() && (!json.Valid(v.JSON()) || !utf8.Valid(v.JSON())) {
			t.Fatalf("not JSON: %q", v.JSON())
		}
		attachments += len(v.Attachments())
		var x any
		if v.Decode(&x) == nil {
			if back, err := socketio.ValueOf(x); err != nil || len(back.Attachments()) > len(v.Attachments()) {
				t.Fatalf("%s decoded and marshalled: %v", v.JSON(), err)
			}
		}
	}
	d := socketio.NewDecoder(nil)
	again := receive(t, d, encode(p))
	if diff := cmp.Diff(describe(p), describe(again)); diff != "" {
		t.Fatalf("sent on (-want +got):\n%s", diff)
	}
	if d.Unbacked() > 0 {
		t.Fatalf("sent on with placeholders of nothing: %v", describe(p))
	}
	if n := len(encode(p).Frames()) - 1; n > attachments {
		t.Fatalf("%d attachments came in, %d go out", attachments, n)
	}
}

// FuzzGate: the gate takes exactly what encoding/json takes for JSON, as long as
// it is not nested too deep, and leaves nothing in it that is a placeholder.
func FuzzGate(f *testing.F) {
	addVectors(f, func(messages []string) {
		if i := strings.IndexAny(messages[0], "[{"); i >= 0 {
			f.Add([]byte(messages[0][i:]))
		}
	})
	for _, s := range []string{
		"", " ", "0", "-", "-0", "01", "1.", ".1", "1.e1", "1e", "1e+", "1E-07", "-1.5e+300", "tru", "true ", "nulll", "+1", "NaN",
		`"`, `"\`, `"\u`, `"\u12`, `"\u12G4"`, `"\u123G"`, `"\u123"`, `"\x"`, "\"\t\"", "\"\x7f\"", `"1234567\"89"`, `"12345678"`, "\"1234567\x1f\"", "\"\xff\"",
		"[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{}", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{1:1}`, `{"a" 1}`,
		"[]]", "{}}", "\ufeff1", "[1]\x00", "/**/1", nested(64), nested(65), strings.Repeat("[{\"\":", 40), "[" + nested(64) + "]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := socketio.RawValue(text)
		if want := json.Valid(text) && depth(text) <= 64; (err == nil) != want {
			t.Fatalf("got %q, %v; valid is %v", v.JSON(), err, want)
		}
		if err != nil {
			return
		}
		if !json.Valid(v.JSON()) || !utf8.Valid(v.JSON()) || len(v.Attachments()) > 0 {
			t.Fatalf("became %q", v.JSON())
		}
		var tree, same any
		if json.Unmarshal(v.JSON(), &tree) != nil {
			return // a number that no float can hold
		}
		if hasPlaceholder(tree) {
			t.Fatalf("let through %q", v.JSON())
		}
		if err := v.Decode(&same); err != nil {
			t.Fatal(err)
		}
		// Not cmp.Diff, which takes exponential time for what is nested.
		if !reflect.DeepEqual(tree, same) {
			t.Fatalf("decoded: got %v, encoding/json has %v", same, tree)
		}
		if !bytes.Contains(text, []byte("_")) && !bytes.Contains(text, []byte(`\u`)) && utf8.Valid(text) && !bytes.Equal(v.JSON(), bytes.TrimSpace(text)) {
			t.Fatalf("%q became %q", text, v.JSON())
		}
	})
}

// depth returns how deep valid JSON is nested.
func depth(text []byte) int {
	dec := json.NewDecoder(bytes.NewReader(text))
	for deepest, now := 0, 0; ; {
		token, err := dec.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			now++
			deepest = max(deepest, now)
		case json.Delim(']'), json.Delim('}'):
			now--
		}
	}
}

// hasPlaceholder reports whether the parsers of clients would look for an
// attachment anywhere in tree.
func hasPlaceholder(tree any) bool {
	switch tree := tree.(type) {
	case []any:
		return slices.ContainsFunc(tree, hasPlaceholder)
	case map[string]any:
		switch tree["_placeholder"] {
		case nil, false:
		default:
			return true
		}
		for _, v := range tree {
			if hasPlaceholder(v) {
				return true
			}
		}
	}
	return false
}
