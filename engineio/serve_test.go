package engineio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-go/parley/engineio"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// A server is the engine behind a real HTTP server.
type server struct {
	*engineio.Server
	t        testing.TB
	dial     func(context.Context) (net.Conn, error)
	client   *http.Client
	scheme   string        // default "http"
	stop     func()        // before the test ends
	sessions chan *session // as they are opened

	mu  sync.Mutex
	all []*session // Guarded by mu.
}

// A setup changes a server before it starts.
type setup struct {
	open func(*session, *http.Request)   // runs in the engine's open callback
	http func(*http.Server)              // changes the HTTP server
	wrap func(http.Handler) http.Handler // puts middleware before the engine
}

// serve starts a server and stops it when the test ends. Whatever the test was
// about, then each of its sessions must have been told once that it ended.
func serve(t testing.TB, f form, o *engineio.Options, with ...setup) *server {
	t.Helper()
	n := f.listen(t)
	srv := &server{t: t, dial: n.dial, sessions: make(chan *session, 4096)}
	srv.Server = engineio.NewServer(func(es *engineio.Session, r *http.Request) engineio.Handler {
		s := &session{Session: es, t: t, messages: make(chan message, 4096), reasons: make(chan engineio.Reason, 8)}
		srv.mu.Lock()
		srv.all = append(srv.all, s)
		srv.mu.Unlock()
		for _, w := range with {
			if w.open != nil {
				w.open(s, r)
			}
		}
		srv.sessions <- s
		return handler{s}
	}, o)

	var h http.Handler = srv.Server
	hs := &http.Server{ErrorLog: log.New(io.Discard, "", 0)}
	for _, w := range with {
		if w.wrap != nil {
			h = w.wrap(h)
		}
		if w.http != nil {
			w.http(hs)
		}
	}
	hs.Handler = h
	transport := &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx) },
		DisableCompression:  true,
		MaxIdleConnsPerHost: 16,
	}
	srv.client = &http.Client{Transport: transport}

	var running sync.WaitGroup
	running.Go(func() { _ = hs.Serve(n) })
	srv.stop = sync.OnceFunc(func() {
		cut, cancel := context.WithCancel(context.Background())
		cancel()
		_ = srv.Shutdown(cut)
		transport.CloseIdleConnections()
		_ = hs.Close()
		running.Wait()
		srv.mu.Lock()
		defer srv.mu.Unlock()
		for _, s := range srv.all {
			if n := len(s.reasons) + s.taken; n != 1 {
				t.Errorf("Handler.Closed was called %d times", n)
			}
		}
	})
	t.Cleanup(srv.stop)
	return srv
}

// A session is the server's end of one client: the session, and what its
// handler was told.
type session struct {
	*engineio.Session
	t        testing.TB
	messages chan message
	reasons  chan engineio.Reason
	taken    int           // reasons that the test took out
	busy     atomic.Bool   // Message runs
	on       func(message) // set by setup.open: gets the messages instead
}

// A message is what a Handler is given.
type message struct {
	data   string
	binary bool
}

func text(data string) message { return message{data, false} }
func blob(data string) message { return message{data, true} }

func (m message) String() string {
	kind := "text"
	if m.binary {
		kind = "binary"
	}
	return fmt.Sprintf("%s %.80q (%d bytes)", kind, m.data, len(m.data))
}

// frames returns the packet to Send for m.
func (m message) frames() []*engineio.Frame {
	if m.binary {
		return []*engineio.Frame{engineio.BinaryFrame([]byte(m.data))}
	}
	return []*engineio.Frame{engineio.TextFrame([]byte(m.data))}
}

// handler is the Handler of a session.
type handler struct{ *session }

func (h handler) Message(data []byte, binary bool) {
	if !h.busy.CompareAndSwap(false, true) {
		h.t.Error("Handler.Message was called while it ran")
	}
	defer h.busy.Store(false)
	m := message{string(data), binary}
	if h.on != nil {
		h.on(m)
		return
	}
	h.messages <- m
}

func (h handler) Closed(reason engineio.Reason) { h.reasons <- reason }

// forget takes a session out of the check that serve makes at the end.
func (srv *server) forget(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.all = slices.DeleteFunc(srv.all, func(other *session) bool { return other == s })
}

// accept returns the session that was opened next.
func (srv *server) accept() *session {
	srv.t.Helper()
	return receive(srv.t, srv.sessions, "session")
}

// send sends each message as a packet of its own.
func (s *session) send(messages ...message) {
	s.t.Helper()
	for _, m := range messages {
		if err := s.Send(m.frames(), 0); err != nil {
			s.t.Errorf("Send: %v", err)
		}
	}
}

// wants fails the test unless these are the next messages.
func (s *session) wants(messages ...message) {
	s.t.Helper()
	for _, want := range messages {
		if got := receive(s.t, s.messages, "message"); got != want {
			s.t.Fatalf("got message %v, want %v", got, want)
		}
	}
}

// wantsNothing fails the test if a message has arrived.
func (s *session) wantsNothing() {
	s.t.Helper()
	select {
	case m := <-s.messages:
		s.t.Fatalf("got message %v, want none", m)
	default:
	}
}

// wantsReason fails the test unless the session ends, for this reason.
func (s *session) wantsReason(want engineio.Reason) {
	s.t.Helper()
	got := receive(s.t, s.reasons, "end of the session")
	s.taken++
	if got != want {
		s.t.Fatalf("session ended with %q, want %q", got, want)
	}
	if !s.Closed() {
		s.t.Error("Closed() is false after Handler.Closed")
	}
}

// wantsOpen fails the test if the session has ended.
func (s *session) wantsOpen() {
	s.t.Helper()
	select {
	case reason := <-s.reasons:
		s.taken++
		s.t.Fatalf("session ended with %q", reason)
	default:
	}
	if s.Closed() {
		s.t.Fatal("session is closed")
	}
}

// receive returns the next value of a channel.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("no %s: channel closed", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("no %s after %v", what, patience)
		panic("unreachable")
	}
}

// until waits for what another goroutine is about to do.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}

// shutdownNow stops an engine that has no HTTP server, without grace.
func shutdownNow(t testing.TB, srv *engineio.Server) {
	t.Helper()
	cut, cancel := context.WithCancel(context.Background())
	cancel()
	if err := srv.Shutdown(cut); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	if srv.Len() != 0 {
		t.Errorf("%d sessions after Shutdown", srv.Len())
	}
}
