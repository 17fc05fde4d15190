package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A socket is a websocket client without any manners: it sends what it is told to. Reading answers heartbeats.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
	sid  string // of the engine session, once opened
	id   string // of the socket in the default namespace, once joined
}

// errClosed says that the server has ended the connection in order (a close frame) or not (the end of the stream).
var errClosed = errors.New("closed by the server")

// dialSocket opens a websocket for the given query. A refusal comes back as a ws.StatusError.
func dialSocket(addr, query string, header http.Header) (*socket, error) {
	d := ws.Dialer{Timeout: 10 * time.Second, Header: ws.HandshakeHeaderHTTP(header), ReadBufferSize: 512, WriteBufferSize: 512}
	conn, br, _, err := d.Dial(context.Background(), "ws://"+addr+"/socket.io/?"+query)
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn}
	if br == nil {
		br = bufio.NewReaderSize(conn, 1024)
	}
	s.in = br
	return s, nil
}

// openSocket opens a session on websocket.
func openSocket(addr string) (*socket, error) {
	s, err := dialSocket(addr, "EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, err
	}
	_, open, err := s.read(10 * time.Second)
	if err == nil {
		s.sid, err = sessionOf(open)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open packet: %w", err)
	}
	return s, nil
}

// joinSocket opens a session and joins the default namespace, with auth if not empty.
func joinSocket(addr, auth string) (*socket, error) {
	s, err := openSocket(addr)
	if err != nil {
		return nil, err
	}
	if err = s.send("40" + auth); err == nil {
		var reply []byte
		if _, reply, err = s.read(10 * time.Second); err == nil {
			s.id, err = socketOf(reply)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// sessionOf returns the engine session id of an open packet.
func sessionOf(packet []byte) (string, error) {
	var open struct{ Sid string }
	rest, ok := bytes.CutPrefix(packet, []byte("0"))
	if !ok || json.Unmarshal(rest, &open) != nil || open.Sid == "" {
		return "", fmt.Errorf("%q is not an open packet", packet)
	}
	return open.Sid, nil
}

// socketOf returns the socket id in the answer to a CONNECT of the default namespace.
func socketOf(packet []byte) (string, error) {
	var connect struct{ Sid string }
	rest, ok := bytes.CutPrefix(packet, []byte("40"))
	if !ok || json.Unmarshal(rest, &connect) != nil || connect.Sid == "" {
		return "", fmt.Errorf("%q does not answer a CONNECT", packet)
	}
	return connect.Sid, nil
}

func (s *socket) close() { s.conn.Close() }

func (s *socket) send(text string) error {
	return ws.WriteFrame(s.conn, ws.MaskFrameInPlace(ws.NewTextFrame([]byte(text))))
}

func (s *socket) sendBinary(data []byte) error {
	return ws.WriteFrame(s.conn, ws.MaskFrame(ws.NewBinaryFrame(data)))
}

// read returns the next message that is no heartbeat.
func (s *socket) read(within time.Duration) (ws.OpCode, []byte, error) {
	s.conn.SetReadDeadline(time.Now().Add(within))
	for {
		f, err := s.frame()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isReset(err):
			return 0, nil, errClosed
		case err != nil:
			return 0, nil, err
		case f.Header.OpCode == ws.OpClose:
			return 0, nil, errClosed
		case f.Header.OpCode == ws.OpText && string(f.Payload) == "2":
			if err := s.send("3"); err != nil {
				return 0, nil, errClosed
			}
		case !f.Header.OpCode.IsControl():
			return f.Header.OpCode, f.Payload, nil
		}
	}
}

// frame reads one frame. No server sends one beyond the limit.
func (s *socket) frame() (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(s.in); err != nil {
		return f, err
	}
	if f.Header.Length > 16<<20 {
		return f, fmt.Errorf("a frame of %d bytes", f.Header.Length)
	}
	f.Payload = make([]byte, f.Header.Length)
	_, err = io.ReadFull(s.in, f.Payload)
	return f, err
}

func isReset(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "connection reset") || strings.Contains(err.Error(), "broken pipe"))
}

// waitClosed reads until the server closes; what comes before is returned.
func (s *socket) waitClosed(within time.Duration) (before []string, err error) {
	deadline := time.Now().Add(within)
	for {
		_, data, err := s.read(time.Until(deadline))
		if errors.Is(err, errClosed) {
			return before, nil
		}
		if err != nil {
			return before, err
		}
		before = append(before, string(data))
	}
}

// call emits an event with an acknowledgement and waits for it. Events that come before are dropped.
func (s *socket) call(event string, args string, within time.Duration) (string, error) {
	if args != "" {
		args = "," + args
	}
	if err := s.send(fmt.Sprintf("427[%q%s]", event, args)); err != nil {
		return "", err
	}
	deadline := time.Now().Add(within)
	for {
		_, data, err := s.read(time.Until(deadline))
		if err != nil {
			return "", err
		}
		if answer, ok := bytes.CutPrefix(data, []byte("437")); ok {
			return string(answer), nil
		}
	}
}

// A control is a well-behaved client that must be served all the time while others misbehave.
type control struct {
	stop  chan struct{}
	done  chan error
	worst time.Duration // after done
	calls int           // after done
}

func startControl(t testing.TB, s *server) *control {
	t.Helper()
	client, err := joinSocket(s.addr, "")
	if err != nil {
		t.Fatal(err)
	}
	c := &control{stop: make(chan struct{}), done: make(chan error, 1)}
	go func() {
		defer client.close()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			began := time.Now()
			answer, err := client.call("whoami", "", 10*time.Second)
			if err == nil && !strings.Contains(answer, client.id) {
				err = fmt.Errorf("whoami answered %s", answer)
			}
			if err != nil {
				c.done <- err
				return
			}
			c.calls++
			c.worst = max(c.worst, time.Since(began))
			select {
			case <-c.stop:
				c.done <- nil
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() {
		close(c.stop)
		if err := <-c.done; err != nil {
			t.Errorf("the healthy client was not served: %v", err)
		}
		t.Logf("the healthy client: %d calls, slowest %v", c.calls, c.worst)
		if c.worst > 1500*time.Millisecond {
			t.Errorf("the healthy client waited %v", c.worst)
		}
	})
	return c
}

// A reply is what an HTTP request brought.
type reply struct {
	status int
	header http.Header
	body   string
}

// A poller is a polling client without any manners.
type poller struct {
	base string // http://host:port
	sid  string
	http *http.Client
}

func newPoller(t testing.TB, base string) *poller {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &poller{base: base, http: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// openPoller opens a session by polling.
func openPoller(t testing.TB, base string) *poller {
	t.Helper()
	p := newPoller(t, base)
	r := p.do(t, http.MethodGet, "EIO=4&transport=polling", "", nil)
	sid, err := sessionOf([]byte(r.body))
	if err != nil {
		t.Fatalf("handshake: %d %v", r.status, err)
	}
	p.sid = sid
	t.Cleanup(func() { p.try(http.MethodPost, p.query(), "1", nil) }) // whoever does not poll is waited for at the end
	return p
}

// joinPoller opens a session by polling and joins the default namespace.
func joinPoller(t testing.TB, base string) *poller {
	t.Helper()
	p := openPoller(t, base)
	p.post(t, "40")
	if _, err := socketOf([]byte(p.get(t).body)); err != nil {
		t.Fatal(err)
	}
	return p
}

// try makes a request below /socket.io/ with the given query.
func (p *poller) try(method, query, body string, header http.Header) (reply, error) {
	req, err := http.NewRequest(method, p.base+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := p.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(data)}, err
}

func (p *poller) do(t testing.TB, method, query, body string, header http.Header) reply {
	t.Helper()
	r, err := p.try(method, query, body, header)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (p *poller) query() string { return "EIO=4&transport=polling&sid=" + p.sid }

func (p *poller) get(t testing.TB) reply {
	t.Helper()
	return p.do(t, http.MethodGet, p.query(), "", nil)
}

func (p *poller) post(t testing.TB, body string) reply {
	t.Helper()
	return p.do(t, http.MethodPost, p.query(), body, nil)
}

// getLater begins a GET that is expected to stay pending.
func (p *poller) getLater() <-chan reply {
	ch := make(chan reply, 1)
	go func() {
		r, err := p.try(http.MethodGet, p.query(), "", nil)
		if err != nil {
			r.body = err.Error()
		}
		ch <- r
	}()
	return ch
}
