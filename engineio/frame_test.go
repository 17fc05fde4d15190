package engineio_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// TestFrameOnWebSocket holds the bytes of RFC 6455, section 5.2: a header, in
// hexadecimal, and the payload as it is.
func TestFrameOnWebSocket(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		size   int // of the websocket frame's payload
		text   string
		binary string
	}{
		{"empty", 0, "", "8200"}, // a text packet has its type at least
		{"one byte", 1, "8101", "8201"},
		{"longest with 7-bit length", 125, "817d", "827d"},
		{"shortest with 16-bit length", 126, "817e007e", "827e007e"},
		{"longest with 16-bit length", 65535, "817effff", "827effff"},
		{"shortest with 64-bit length", 65536, "817f0000000000010000", "827f0000000000010000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := bytes.Repeat([]byte("x"), test.size)
			f := engineio.BinaryFrame(data)
			checkWire(t, f, test.binary, data)
			if f.Len() != test.size {
				t.Errorf("Len() = %d, want %d", f.Len(), test.size)
			}
			if test.size == 0 {
				return
			}
			f = engineio.TextFrame(data[1:])
			checkWire(t, f, test.text, append([]byte("4"), data[1:]...))
			if f.Len() != test.size-1 {
				t.Errorf("Len() = %d, want %d", f.Len(), test.size-1)
			}
		})
	}
}

func checkWire(t *testing.T, f *engineio.Frame, header string, payload []byte) {
	t.Helper()
	head, err := hex.DecodeString(header)
	if err != nil {
		t.Fatal(err)
	}
	if want := append(head, payload...); !bytes.Equal(f.Wire(), want) {
		t.Errorf("wire %.40x, want %.40x", f.Wire(), want)
	}
	r := bytes.NewReader(f.Wire()) // and an independent reader
	if h, err := ws.ReadHeader(r); err != nil || h.Length != int64(len(payload)) || r.Len() != len(payload) {
		t.Errorf("read back %+v, %v, and %d bytes", h, err, r.Len())
	}
}

func TestFrameInPayload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		frame *engineio.Frame
		want  string
	}{
		{"text", engineio.TextFrame([]byte("hello")), "4hello"},
		{"empty text", engineio.TextFrame(), "4"},
		{"text of parts", engineio.TextFrame([]byte("2"), nil, []byte(`["a"]`)), `42["a"]`},
		{"text of two-byte characters", engineio.TextFrame([]byte("é€")), "4é€"},
		{"binary", engineio.BinaryFrame([]byte{1, 2, 3, 4}), "bAQIDBA=="},
		{"binary without padding", engineio.BinaryFrame([]byte{1, 2, 3}), "bAQID"},
		{"binary of the standard alphabet", engineio.BinaryFrame([]byte{0xfb, 0xff}), "b+/8="},
		{"empty binary", engineio.BinaryFrame(nil), "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if n := test.frame.ElementLen(); n != len(test.want) {
				t.Errorf("length %d before encoding, want %d", n, len(test.want))
			}
			if got := string(test.frame.Element()); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFrameCopiesItsInput(t *testing.T) {
	t.Parallel()
	data := []byte("abc")
	asText, asBinary := engineio.TextFrame(data), engineio.BinaryFrame(data)
	copy(data, "xyz")
	if got := string(asText.Element()); got != "4abc" {
		t.Errorf("text is %q after its input changed", got)
	}
	if got := string(asBinary.Wire()[2:]); got != "abc" {
		t.Errorf("binary is %q after its input changed", got)
	}
}

// A frame is encoded once, whoever asks first: every recipient gets the same
// memory.
func TestFrameIsShared(t *testing.T) {
	t.Parallel()
	data := strings.Repeat("shared", 1000)
	f := engineio.BinaryFrame([]byte(data))
	elements := make([][]byte, 8)
	var asking sync.WaitGroup
	for i := range elements {
		asking.Go(func() { elements[i] = f.Element() })
	}
	asking.Wait()
	if got := string(elements[0]); got != "b"+base64.StdEncoding.EncodeToString([]byte(data)) {
		t.Errorf("got %.40q", got)
	}
	for _, e := range elements {
		if unsafe.SliceData(e) != unsafe.SliceData(elements[0]) {
			t.Fatal("encoded more than once")
		}
	}
	text := engineio.TextFrame([]byte(data))
	if wire, e := text.Wire(), text.Element(); &wire[len(wire)-1] != &e[len(e)-1] {
		t.Error("the element of a text packet is not a slice of its websocket frame")
	}
}
