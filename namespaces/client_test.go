package namespaces_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// A server is a mux behind a real Engine.IO server.
type server struct {
	*namespaces.Mux
	t      *testing.T
	engine *engineio.Server
	url    string // of the HTTP server; empty if it listens on pipes
	dial   func() (net.Conn, error)
}

// start serves a mux over TCP.
func start(t *testing.T, o *namespaces.Options) *server {
	t.Helper()
	s := newServer(t, o, nil)
	h := httptest.NewServer(s.engine)
	s.url = h.URL
	address := h.Listener.Addr().String()
	s.dial = func() (net.Conn, error) { return net.Dial("tcp", address) }
	t.Cleanup(func() {
		s.stop()
		h.Close()
	})
	return s
}

// startPipe serves a mux over net.Pipe, which a synctest bubble can see through.
func startPipe(t *testing.T, o *namespaces.Options, e *engineio.Options) *server {
	t.Helper()
	s := newServer(t, o, e)
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	s.dial = l.dial
	h := &http.Server{Handler: s.engine}
	var serving sync.WaitGroup
	serving.Go(func() { h.Serve(l) })
	t.Cleanup(func() {
		s.stop()
		h.Close()
		serving.Wait()
	})
	return s
}

func newServer(t *testing.T, o *namespaces.Options, e *engineio.Options) *server {
	m := namespaces.NewMux(o)
	return &server{Mux: m, t: t, engine: engineio.NewServer(m.Open, e)}
}

func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.engine.Shutdown(ctx); err != nil {
		s.t.Errorf("shutdown: %v", err)
	}
	if err := s.Close(ctx); err != nil {
		s.t.Errorf("close: %v", err)
	}
}

type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) dial() (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// A client is one engine session on a websocket. It reads whatever comes, and
// answers heartbeats.
type client struct {
	t        *testing.T
	conn     net.Conn
	messages chan string  // without the Engine.IO digit; a binary one in hex behind "binary "
	reads    atomic.Int32 // from the connection that brought something
	writing  sync.Mutex
	reading  chan struct{} // full while a test wants nothing read, but for one message
}

// session opens an engine session.
func (s *server) session() *client {
	s.t.Helper()
	return s.sessionWith("/engine.io/?EIO=4&transport=websocket", nil)
}

func (s *server) sessionWith(target string, header http.Header) *client {
	s.t.Helper()
	conn, err := s.dial()
	if err != nil {
		s.t.Fatalf("dial: %v", err)
	}
	u, err := url.Parse("ws://server.test" + target)
	if err != nil {
		s.t.Fatal(err)
	}
	early, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header)}.Upgrade(conn, u)
	if err != nil {
		s.t.Fatalf("websocket handshake: %v", err)
	}
	c := &client{t: s.t, conn: conn, messages: make(chan string, 10_000), reading: make(chan struct{}, 1)}
	var reader io.Reader = readCounter{conn, &c.reads}
	if early != nil {
		reader = io.MultiReader(early, reader)
	}
	var reading sync.WaitGroup
	reading.Go(func() { c.read(reader) })
	s.t.Cleanup(func() {
		conn.Close()
		reading.Wait()
	})
	return c
}

// read queues messages until the connection ends. The open packet is no
// message.
func (c *client) read(r io.Reader) {
	defer close(c.messages)
	rw := struct {
		io.Reader
		io.Writer
	}{bufio.NewReader(r), c.conn}
	for {
		c.reading <- struct{}{}
		<-c.reading
		data, op, err := wsutil.ReadServerData(rw)
		if err != nil {
			return
		}
		switch {
		case op == ws.OpBinary:
			c.messages <- fmt.Sprintf("binary %x", data)
		case data[0] == '2':
			c.writing.Lock()
			wsutil.WriteClientText(c.conn, []byte("3"))
			c.writing.Unlock()
		case data[0] == '4':
			c.messages <- string(data[1:])
		}
	}
}

// A readCounter counts the reads that brought something: over a pipe, the
// writes at the other end as long as they fit a buffer.
type readCounter struct {
	io.Reader
	n *atomic.Int32
}

func (r readCounter) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.n.Add(1)
	}
	return n, err
}

// send sends Socket.IO packets.
func (c *client) send(packets ...string) {
	c.t.Helper()
	for _, p := range packets {
		if err := c.trySend(p); err != nil {
			c.t.Fatalf("send %.80q: %v", p, err)
		}
	}
}

// trySend may be called beside other senders.
func (c *client) trySend(packet string) error {
	var frame bytes.Buffer // so that it is one write
	if err := wsutil.WriteClientText(&frame, []byte("4"+packet)); err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.conn.Write(frame.Bytes())
	return err
}

func (c *client) sendBinary(data []byte) {
	c.t.Helper()
	if err := wsutil.WriteClientBinary(c.conn, data); err != nil {
		c.t.Fatalf("send attachment: %v", err)
	}
}

// receive returns the next packet.
func (c *client) receive() string {
	c.t.Helper()
	select {
	case m, ok := <-c.messages:
		if !ok {
			c.t.Fatal("the session was closed")
		}
		return m
	case <-time.After(patience):
		c.t.Fatal("no packet came")
	}
	return ""
}

// expect fails unless the next packets are these.
func (c *client) expect(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.receive(); got != want {
			c.t.Fatalf("got packet %.300q, want %.300q", got, want)
		}
	}
}

// expectClosed fails unless the session ends, after these packets.
func (c *client) expectClosed(packets ...string) {
	c.t.Helper()
	c.expect(packets...)
	select {
	case m, ok := <-c.messages:
		if ok {
			c.t.Fatalf("got packet %.300q, want the end of the session", m)
		}
	case <-time.After(patience):
		c.t.Fatal("the session was not closed")
	}
}

// expectNothing fails if a packet that the server has sent by now is left,
// which a call to the server that comes back proves.
func (c *client) expectNothing(namespace string) {
	c.t.Helper()
	c.send(packet("2", namespace, `999["sync"]`))
	c.expect(packet("3", namespace, "999[]"))
}

// connect joins a namespace and returns the id of the socket.
func (c *client) connect(namespace string) string {
	c.t.Helper()
	return c.connectWith(namespace, "")
}

func (c *client) connectWith(namespace, auth string) string {
	c.t.Helper()
	c.send(packet("0", namespace, auth))
	got := c.receive()
	payload, ok := strings.CutPrefix(got, packet("0", namespace, ""))
	var reply struct{ SID string }
	if !ok || json.Unmarshal([]byte(payload), &reply) != nil || reply.SID == "" {
		c.t.Fatalf("got %q, want the reply to CONNECT", got)
	}
	return reply.SID
}

// packet writes a packet's head and body around a namespace.
func packet(head, namespace, body string) string {
	if namespace == "/" {
		return head + body
	}
	return head + namespace + "," + body
}

// join opens a session that is connected to a namespace.
func (s *server) join(namespace string) (*client, string) {
	s.t.Helper()
	c := s.session()
	return c, c.connect(namespace)
}

// handleSync makes expectNothing work.
func handleSync(n *namespaces.Namespace) {
	n.Handle("sync", func(_ context.Context, _ *namespaces.Socket, e *namespaces.Event) error { return e.Ack() })
}

// await returns what comes on a channel.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}
