package socketio_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/parley-go/parley/socketio"
)

// What the packets that all traffic consists of may cost.
func TestAllocations(t *testing.T) {
	d := socketio.NewDecoder(nil)
	p, err := d.Text(text100)
	if err != nil {
		t.Fatal(err)
	}
	empty, bad := []byte(`2/chat,["e"]`), []byte(`2["message",{"a":1}`)
	for _, tt := range []struct {
		name string
		most float64
		f    func()
	}{
		{"decode", 2, func() { d.Text(text100) }}, // the packet with its arguments, their text
		{"decode without arguments", 1, func() { d.Text(empty) }},
		{"refuse", 0, func() { d.Text(bad) }},
		{"encode", 3, func() { socketio.EncodeEvent("/chat", 1, p.Event, p.Args) }}, // Encoded, Frame, its bytes
		{"value of string", 1, func() { socketio.ValueOf("hello") }},
	} {
		if n := testing.AllocsPerRun(100, tt.f); n > tt.most && !raceEnabled {
			t.Errorf("%s: %v allocations, want %v", tt.name, n, tt.most)
		}
	}
}

// No message makes the decoder allocate out of proportion: four times what it
// sent, and 64 kB.
func TestAmplification(t *testing.T) {
	const size = 1_000_000
	fill := func(head, piece, tail string) string {
		return head + strings.Repeat(piece, (size-len(head)-len(tail))/len(piece)) + tail
	}
	for name, message := range map[string]string{
		"arguments":            fill(`2["e"`, `,1`, `]`),
		"elements":             fill(`2["e",[0`, `,1`, `]]`),
		"placeholders of none": fill(`2["e",[0`, `,{"_placeholder":0}`, `]]`),
		"placeholders of one":  fill(`51-["e",[0`, `,`+placeholder0, `]]`),
		"placeholder in args":  fill(`51-["e",0`, `,`+placeholder0, `]`),
		"nested placeholders":  fill(`2["e",[0`, `,[{"_placeholder":1,"a":{"_placeholder":0}}]`, `]]`),
		"escaped names":        fill(`2["e",{"a":0`, `,"\u005fplaceholder":0`, `}]`),
		"objects":              fill(`2["e",[0`, `,{}`, `]]`),
		"escapes":              fill(`2["e","`, `\u0000`, `"]`),
		"invalid UTF-8":        fill(`2["e","`, "a\xff", `"]`),
		"event name":           fill(`2["`, `\u0061`, `"]`),
		"namespace":            fill(`2/`, `a`, `,["e"]`),
		"number":               fill(`2[`, `1`, `]`),
		"ack id":               fill(`2`, `0`, `["e"]`),
		"cut short":            fill(`2["e",[`, `[],`, ``),
	} {
		d, data := socketio.NewDecoder(nil), []byte(message)
		n := allocatedBy(func() { d.Text(data) })
		if most := uint64(4*size + 1<<16); n > most {
			t.Errorf("%s: %d bytes, want at most %d", name, n, most)
		}
	}
}

// allocatedBy returns the number of bytes that f allocates. Tests which call it
// must not be run beside others that allocate much: it counts for the process.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
