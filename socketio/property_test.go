package socketio_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parley-go/parley/socketio"
)

// genTree draws what JSON decodes to, with []byte here and there. The bytes are
// drawn from a few, so that the same are often named more than once.
func genTree(t *rapid.T, blobs [][]byte, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Float64().Draw(t, "number")
	case 3:
		return rapid.String().Draw(t, "string")
	case 4, 5:
		return rapid.SampledFrom(blobs).Draw(t, "blob")
	case 6:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "len") {
			list = append(list, genTree(t, blobs, depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(t, "len") {
			object[rapid.SampledFrom([]string{"", "a", "num", "_placeholder ", `"`, "é"}).Draw(t, "name")] = genTree(t, blobs, depth-1)
		}
		return object
	}
}

// Whatever is sent arrives, and can be sent on from there, as a whole or argument
// by argument, with the others or in others.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		blobs := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 4), 1, 10).Draw(t, "blobs")
		trees := []any{}
		for range rapid.IntRange(1, 4).Draw(t, "args") {
			trees = append(trees, genTree(t, blobs, 3))
		}
		event := rapid.String().Filter(func(s string) bool { return !socketio.Reserved(s) }).Draw(t, "event")
		namespace := rapid.SampledFrom([]string{"/", "/chat", "/é?a=1"}).Draw(t, "namespace")
		id := rapid.OneOf(rapid.Just(socketio.NoID), rapid.Int64Range(0, 1<<53-1)).Draw(t, "id")
		args, err := socketio.Values(trees...)
		if err != nil {
			t.Fatal(err)
		}

		hop := func(what string, args []socketio.Value, want []any) []socketio.Value {
			limits := &socketio.Limits{MaxAttachments: 100, MaxEventName: 4096}
			for _, e := range []*socketio.Encoded{
				socketio.EncodeEvent(namespace, id, event, args),
				socketio.EncodeAck(namespace, id, args),
			} {
				p := receive(t, socketio.NewDecoder(limits), e)
				if p.Namespace != namespace || p.ID != id || p.Type == socketio.Event && p.Event != event {
					t.Fatalf("%s: got %s %q %d %q", what, p.Type, p.Namespace, p.ID, p.Event)
				}
				got := []any{}
				for _, v := range p.Args {
					var x any
					if err := v.Decode(&x); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					got = append(got, x)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s (-want +got):\n%s", what, diff)
				}
				args = p.Args
			}
			return args
		}
		received := hop("sent", args, trees)
		received = hop("sent on", received, trees)
		for i := range received {
			hop("one argument", received[i:i+1], trees[i:i+1])
		}
		twice := append(append([]socketio.Value{}, received...), received...)
		hop("twice", twice, append(append([]any{}, trees...), trees...))
		wrapped, err := socketio.ValueOf(map[string]any{"list": received, "blob": blobs[0]})
		if err != nil {
			t.Fatal(err)
		}
		hop("within another", []socketio.Value{wrapped}, []any{map[string]any{"list": trees, "blob": blobs[0]}})
		var parts []socketio.Value
		if whole, err := socketio.ValueOf(received); err != nil {
			t.Fatal(err)
		} else if err = whole.Decode(&parts); err != nil {
			t.Fatal(err)
		}
		hop("taken apart", parts, trees)
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// receive hands the messages of a packet to d, and returns what they decode to.
func receive(t failer, d *socketio.Decoder, e *socketio.Encoded) *socketio.Packet {
	t.Helper()
	frames := e.Frames()
	for i, f := range frames {
		data, binary := f.Payload()
		take := d.Text
		if binary {
			take = d.Binary
		}
		data = bytes.Clone(data)
		p, err := take(data)
		spoil(data)
		if err != nil || (p != nil) != (i == len(frames)-1) {
			t.Fatalf("message %d of %d: packet %v, error %v", i, len(frames), p, err)
		}
		if p != nil {
			return p
		}
	}
	return nil
}

// Raw JSON is sent on byte for byte.
func TestRawRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(genTree(t, [][]byte{nil}, 4))
		if err != nil {
			t.Fatal(err)
		}
		v, err := socketio.RawValue(text)
		if err != nil {
			t.Fatal(err)
		}
		p := receive(t, socketio.NewDecoder(nil), socketio.EncodeAck("/", 0, []socketio.Value{v}))
		if got := p.Args[0].JSON(); !bytes.Equal(got, text) {
			t.Fatalf("got %s, want %s", got, text)
		}
	})
}
