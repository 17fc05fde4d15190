package socketio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-go/parley/socketio"
)

const placeholder0 = `{"_placeholder":true,"num":0}`

func nested(levels int) string {
	return strings.Repeat("[", levels) + strings.Repeat("]", levels)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	small := &socketio.Limits{
		MaxAttachments: 2, MaxAttachmentBytes: 3, MaxArgs: 3, MaxDepth: 2, MaxEventName: 5, MaxNamespace: 5,
	}
	for _, tt := range []struct {
		name   string
		limits *socketio.Limits
		ok     []string
		bad    []string
		err    string
	}{
		{
			"default attachments", nil,
			[]string{`510-["e"]`}, []string{`511-["e"]`},
			"too many attachments",
		}, {
			"attachments", small,
			[]string{`52-["e"]`}, []string{`53-["e"]`},
			"too many attachments",
		}, {
			"attachment bytes", small,
			[]string{`52-["e"]`, "hex:0102", "hex:03"}, []string{`52-["e"]`, "hex:0102", "hex:0304"},
			"attachments too large",
		}, {
			"default arguments", nil,
			[]string{`2["e"` + strings.Repeat(",1", 1024) + "]"}, []string{`2["e"` + strings.Repeat(",1", 1025) + "]"},
			"too many arguments",
		}, {
			"arguments", small,
			[]string{`2["e",1,2,3]`}, []string{`2["e",1,2,3,4]`},
			"too many arguments",
		}, {
			"arguments of an ack", small,
			[]string{`30[1,2,3]`}, []string{`30[1,2,3,4]`},
			"too many arguments",
		}, {
			"default depth", nil,
			[]string{`2["e",` + nested(64) + `]`}, []string{`2["e",` + nested(65) + `]`},
			"payload is nested too deep",
		}, {
			"depth that would overflow the stack", nil,
			[]string{`2["e"]`}, []string{`2["e",` + strings.Repeat(`{"a":[`, 500_000)},
			"payload is nested too deep",
		}, {
			"depth", small,
			[]string{`2["e",[{}]]`}, []string{`2["e",[{"a":[]}]]`},
			"payload is nested too deep",
		}, {
			"depth of auth", small,
			[]string{`0{"a":{}}`}, []string{`0{"a":{"b":{}}}`},
			"payload is nested too deep",
		}, {
			"default event name", nil,
			[]string{`2["` + strings.Repeat("e", 256) + `"]`}, []string{`2["` + strings.Repeat("e", 257) + `"]`},
			"event name too long",
		}, {
			"event name", small,
			[]string{`2["éé\u0061"]`}, []string{`2["ééé"]`},
			"event name too long",
		}, {
			"event name in escapes", small,
			[]string{`2["` + strings.Repeat(`\u0061`, 5) + `"]`}, []string{`2["` + strings.Repeat(`\u0061`, 6) + `"]`},
			"event name too long",
		}, {
			"default namespace", nil,
			[]string{`0/` + strings.Repeat("n", 255)}, []string{`0/` + strings.Repeat("n", 256)},
			"namespace too long",
		}, {
			"namespace", small,
			[]string{`0/abcd,`}, []string{`0/abcde,`},
			"namespace too long",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := socketio.NewDecoder(tt.limits)
			for _, m := range tt.ok {
				if _, err := feedOne(d, m); err != nil {
					t.Errorf("within the limit: %v", err)
				}
			}
			var err error
			for d = socketio.NewDecoder(tt.limits); len(tt.bad) > 0 && err == nil; tt.bad = tt.bad[1:] {
				_, err = feedOne(d, tt.bad[0])
			}
			if err == nil || err.Error() != tt.err || len(tt.bad) > 0 {
				t.Errorf("beyond it: got error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestPending(t *testing.T) {
	t.Parallel()
	d := socketio.NewDecoder(nil)
	for range 2 { // the state after a packet is that of a new decoder
		for i, m := range []string{`52-["e",` + placeholder0 + `]`, "hex:01", "hex:02", `2["e"]`} {
			p, err := feedOne(d, m)
			if err != nil {
				t.Fatal(err)
			}
			if pending := i < 2; d.Pending() != pending || (p == nil) != pending {
				t.Fatalf("after message %d: packet %v, pending %v", i, p, d.Pending())
			}
		}
	}
}

// What a client sends again and again is kept in the decoder: it must not be
// taken for what it sends next.
func TestNamesChange(t *testing.T) {
	t.Parallel()
	d := socketio.NewDecoder(nil)
	for i := range 10 {
		namespace, event := fmt.Sprintf("/n%d", i/2%3), fmt.Sprintf("e%d", i%3)
		p, err := feedOne(d, fmt.Sprintf(`2%s,["%s"]`, namespace, event))
		if err != nil || p.Namespace != namespace || p.Event != event {
			t.Fatalf("got %+v, %v, want event %s in %s", p, err, event, namespace)
		}
		if p, err = feedOne(d, `2[""]`); err != nil || p.Namespace != "/" || p.Event != "" {
			t.Fatalf("got %+v, %v, want event without a name", p, err)
		}
	}
}

func TestUnbacked(t *testing.T) {
	t.Parallel()
	d := socketio.NewDecoder(nil)
	for _, tt := range []struct {
		messages []string
		want     int
	}{
		{[]string{`2["e",{"num":0},{"_placeholder":false}]`}, 0},
		{[]string{`51-["e",` + placeholder0 + `]`, "hex:01"}, 0},
		{[]string{`2["e",` + placeholder0 + `,[` + placeholder0 + `]]`}, 2},
		{[]string{`2["e",{"_placeholder":true,"num":0,"a":` + placeholder0 + `}]`}, 3},
		{[]string{`0{"a":` + placeholder0 + `}`}, 4},
		{[]string{`51-["e",` + placeholder0 + `,{"_placeholder":1}]`, "hex:01"}, 5},
	} {
		if _, err := feed(d, tt.messages...); err != nil {
			t.Fatal(err)
		}
		if d.Unbacked() != tt.want {
			t.Errorf("after %s: %d, want %d", tt.messages[0], d.Unbacked(), tt.want)
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	p, err := feedOne(socketio.NewDecoder(nil), "2/\xff,[\"\xc3\",\"a\xf0\x9f\"]")
	if err != nil {
		t.Fatal(err)
	}
	if p.Namespace != "/\uFFFD" || p.Event != "\uFFFD" || string(p.Args[0].JSON()) != "\"a\uFFFD\uFFFD\"" {
		t.Errorf("got %q %q %q", p.Namespace, p.Event, p.Args[0].JSON())
	}
}

// The bytes of an attachment exist once, in what we hold as in what we send,
// however often a client names it.
func TestAttachmentIsShared(t *testing.T) {
	const size, references = 900_000, 3000
	list := "[" + placeholder0 + strings.Repeat(","+placeholder0, references-1) + "]"
	args := strings.Repeat(","+placeholder0, 1000)
	d := socketio.NewDecoder(nil)
	if _, err := feedOne(d, `51-["e",`+list+args+`]`); err != nil {
		t.Fatal(err)
	}
	p, err := d.Binary(make([]byte, size))
	if err != nil {
		t.Fatal(err)
	}

	var blobs [][]byte
	var tree []any
	allocated := allocatedBy(func() {
		if err = p.Args[0].Decode(&blobs); err == nil {
			err = p.Args[0].Decode(&tree)
		}
	})
	if err != nil || len(blobs) != references || len(tree) != references || allocated > size {
		t.Errorf("decoding %d and %d references allocated %d bytes, error %v", len(blobs), len(tree), allocated, err)
	}

	var sent int
	allocated = allocatedBy(func() {
		for _, f := range encode(p).Frames() {
			sent += f.Len()
		}
	})
	if sent > size+200_000 || allocated > 2*size {
		t.Errorf("an echo is %d bytes and allocated %d", sent, allocated)
	}
}
