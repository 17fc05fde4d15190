package engineio_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A wsClient is a client on a websocket, low enough to break every rule of it.
type wsClient struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader

	patience time.Duration // for the next frame
}

// dialWS opens a websocket and returns it after the HTTP handshake.
func (srv *server) dialWS(query string) *wsClient {
	srv.t.Helper()
	d := ws.Dialer{NetDial: func(ctx context.Context, _, _ string) (net.Conn, error) { return srv.dial(ctx) }}
	conn, early, _, err := d.Dial(context.Background(), "ws://engine.test/engine.io/?"+query)
	if err != nil {
		srv.t.Fatalf("websocket: %v", err)
	}
	srv.t.Cleanup(func() { _ = conn.Close() })
	if early == nil {
		early = bufio.NewReaderSize(conn, 64<<10)
	}
	return &wsClient{t: srv.t, conn: conn, in: early, patience: patience}
}

// websocket opens a session on a websocket.
func (srv *server) websocket() (*wsClient, *session) {
	srv.t.Helper()
	c := srv.dialWS("EIO=4&transport=websocket")
	s := srv.accept()
	parseOpen(srv.t, c.packet())
	return c, s
}

// probe opens the websocket of an upgrade.
func (p *poller) probe() *wsClient {
	p.t.Helper()
	return p.srv.dialWS("EIO=4&transport=websocket&sid=" + p.sid)
}

// write sends bytes as they are.
func (c *wsClient) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatalf("websocket write: %v", err)
	}
}

// frame sends frames, masked, in one write.
func (c *wsClient) frame(frames ...ws.Frame) {
	c.t.Helper()
	c.write(masked(frames...))
}

// masked returns frames as a client sends them.
func masked(frames ...ws.Frame) []byte {
	var b []byte
	for _, f := range frames {
		b = append(b, ws.MustCompileFrame(ws.MaskFrame(f))...)
	}
	return b
}

// text sends packets.
func (c *wsClient) text(packets ...string) {
	c.t.Helper()
	for _, p := range packets {
		c.frame(textFrame(p))
	}
}

func textFrame(packet string) ws.Frame { return ws.NewTextFrame([]byte(packet)) }

func (c *wsClient) send(messages ...message) {
	c.t.Helper()
	for _, m := range messages {
		c.write(m.masked())
	}
}

func (c *wsClient) sendLater(messages ...message) {
	var b []byte
	for _, m := range messages {
		b = append(b, m.masked()...)
	}
	go func() { _, _ = c.conn.Write(b) }()
}

// masked returns the frame with which a client sends m.
func (m message) masked() []byte {
	if m.binary {
		return masked(ws.NewBinaryFrame([]byte(m.data)))
	}
	return masked(textFrame("4" + m.data))
}

// read returns the next frame. The server fragments nothing and masks nothing.
func (c *wsClient) read() (ws.Frame, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(c.patience))
	h, err := ws.ReadHeader(c.in)
	if err == nil {
		err = ws.CheckHeader(h, ws.StateClientSide)
	}
	if err == nil && !h.Fin {
		err = errors.New("fragmented frame")
	}
	if err != nil {
		return ws.Frame{}, err
	}
	f := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
	_, err = io.ReadFull(c.in, f.Payload)
	return f, err
}

// next returns the next frame of this kind.
func (c *wsClient) next(op ws.OpCode) string {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("websocket read: %v", err)
	}
	if f.Header.OpCode != op {
		c.t.Fatalf("got frame of opcode %d %.80q, want opcode %d", f.Header.OpCode, f.Payload, op)
	}
	return string(f.Payload)
}

// packet returns the next text packet.
func (c *wsClient) packet() string {
	c.t.Helper()
	return c.next(ws.OpText)
}

// wantsText fails the test unless these are the next text packets.
func (c *wsClient) wantsText(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.packet(); got != want {
			c.t.Fatalf("got packet %.80q, want %.80q", got, want)
		}
	}
}

func (c *wsClient) receive() message {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("websocket read: %v", err)
	}
	data := string(f.Payload)
	switch rest, isMessage := strings.CutPrefix(data, "4"); {
	case f.Header.OpCode == ws.OpBinary:
		return blob(data)
	case f.Header.OpCode == ws.OpText && isMessage:
		return text(rest)
	default:
		c.t.Fatalf("got frame of opcode %d %.80q, want a message", f.Header.OpCode, data)
		panic("unreachable")
	}
}

func (c *wsClient) wants(messages ...message) {
	c.t.Helper()
	wants(c.t, c, messages)
}

// wantsClose fails the test unless a close frame follows and, when it has been
// answered, the end. The code 0 stands for a frame without one.
func (c *wsClient) wantsClose(code ws.StatusCode) {
	c.t.Helper()
	got := c.wantsCloseFrame(code)
	_, _ = c.conn.Write(masked(ws.NewCloseFrame([]byte(got))))
	c.wantsEnd()
}

func (c *wsClient) wantsCloseFrame(code ws.StatusCode) string {
	c.t.Helper()
	got := c.next(ws.OpClose)
	var want string
	if code != 0 {
		want = string(binary.BigEndian.AppendUint16(nil, uint16(code)))
	}
	if got != want {
		c.t.Fatalf("got close frame %q, want %q", got, want)
	}
	return got
}

// wantsEnd fails the test unless the connection ends here.
func (c *wsClient) wantsEnd() {
	c.t.Helper()
	f, err := c.read()
	if err == nil {
		c.t.Fatalf("got frame of opcode %d %.80q, want the end", f.Header.OpCode, f.Payload)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatal("the connection did not end")
	}
}

// upgrade takes a session from polling to a websocket.
func (p *poller) upgrade() *wsClient {
	p.t.Helper()
	c := p.probe()
	c.text("2probe")
	c.wantsText("3probe")
	c.text("5")
	return c
}
