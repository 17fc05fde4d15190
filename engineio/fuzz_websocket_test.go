package engineio_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// A received is a message or control frame.
type received struct {
	op      ws.OpCode
	payload string
}

// FuzzWebSocket has the server read arbitrary bytes as the stream of a client,
// in pieces of arbitrary sizes, over both forms of connection, and compares
// with a reader that takes its time: it parses one frame after the other with
// the functions of gobwas/ws from a stream that is there.
func FuzzWebSocket(f *testing.F) {
	add := func(stream []byte) { f.Add(stream, []byte{3, 1, 200}, uint16(0), uint16(1000), false) }
	add(masked(textFrame("4hello"), ws.NewBinaryFrame([]byte{1, 2, 3}), ws.NewPingFrame([]byte("p"))))
	add(masked(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "bye")), textFrame("4late")))
	add(fragments("4a", "b", "c"))
	add(slices.Concat(header(0x01, "4a"), masked(ws.NewPingFrame(nil)), header(0x80, "b")))
	add(fragments(strings.Split("4"+strings.Repeat("x", 1024), "")...))
	add(header(0x81, strings.Repeat("x", 1001)))
	add(header(0x81, "4\xe2\x98"))
	add([]byte{0x81, 0x02, '4', 'a'})
	add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Add(header(0x82, strings.Repeat("x", 40_000)), []byte{255}, uint16(5), uint16(50_000), true)

	l, err := net.Listen("unix", filepath.Join(f.TempDir(), "s"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })

	f.Fuzz(func(t *testing.T, stream, cuts []byte, early, limit uint16, bare bool) {
		first := int(min(int(early), len(stream), 4096)) // what the HTTP server had in its buffer
		head, tail := stream[:first], stream[first:]
		var conn net.Conn = &script{data: tail, cuts: cuts}
		if bare {
			conn = overSocket(t, l, tail)
		}
		defer conn.Close()
		var got []received
		code := engineio.ReadFrames(conn, head, int(limit), func(op ws.OpCode, payload []byte) {
			got = append(got, received{op, string(payload)})
		})
		want, wantCode := readSlow(stream, int(limit))
		if code != wantCode {
			t.Errorf("status %d, want %d", code, wantCode)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %.200q, want %.200q", got, want)
		}
		wantsBounded(t, len(stream), func() {
			engineio.ReadFrames(&script{data: tail, cuts: cuts}, head, int(limit), func(ws.OpCode, []byte) {})
		})
	})
}

// readSlow is how a stream is to be read.
func readSlow(stream []byte, limit int) (all []received, code ws.StatusCode) {
	r := bytes.NewReader(stream)
	var op ws.OpCode
	var msg []byte
	state, frames := ws.StateServerSide, 0
	for {
		rest := stream[len(stream)-r.Len():]
		if len(rest) >= 10 && rest[1]&0x7f == 127 && rest[2]&0x80 != 0 {
			return all, ws.StatusMessageTooBig
		}
		h, err := ws.ReadHeader(r)
		switch {
		case err != nil:
			return all, 0
		case !h.OpCode.IsControl() && frames == engineio.MaxFragments:
			return all, ws.StatusPolicyViolation
		case ws.CheckHeader(h, state) != nil:
			return all, ws.StatusProtocolError
		case !h.OpCode.IsControl() && h.Length > int64(limit-len(msg)):
			return all, ws.StatusMessageTooBig
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(r, payload); err != nil {
			return all, 0
		}
		ws.Cipher(payload, h.Mask, 0)
		switch {
		case h.OpCode == ws.OpClose:
			return append(all, received{h.OpCode, string(payload)}), 0
		case h.OpCode.IsControl():
			all = append(all, received{h.OpCode, string(payload)})
			continue
		case h.OpCode != ws.OpContinuation:
			op = h.OpCode
		}
		msg = append(msg, payload...)
		frames++
		state = state.Set(ws.StateFragmented)
		if h.Fin {
			if op == ws.OpText && !utf8.Valid(msg) {
				return all, ws.StatusInvalidFramePayloadData
			}
			all = append(all, received{op, string(msg)})
			msg, frames, state = nil, 0, ws.StateServerSide
		}
	}
}

// A script is a connection whose reads return what is in it, in pieces.
type script struct {
	data []byte
	cuts []byte // one less than their sizes, again and again
	read int
}

func (c *script) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := min(len(p), len(c.data))
	if len(c.cuts) > 0 {
		n = min(n, 1+int(c.cuts[c.read%len(c.cuts)]))
	}
	c.read++
	copy(p, c.data[:n])
	c.data = c.data[n:]
	return n, nil
}

func (*script) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (*script) Close() error                     { return nil }
func (*script) LocalAddr() net.Addr              { return nil }
func (*script) RemoteAddr() net.Addr             { return nil }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

// overSocket returns the server's end of a connection whose client sends data
// and goes.
func overSocket(t *testing.T, l net.Listener, data []byte) net.Conn {
	t.Helper()
	client, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		_, _ = client.Write(data)
	}()
	t.Cleanup(func() { <-done })
	return server
}
