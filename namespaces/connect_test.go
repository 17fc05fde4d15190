package namespaces_test

import (
	"context"
	"errors"
	"regexp"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// aliases, so that handlers fit on a line.
type (
	socket = namespaces.Socket
	event  = namespaces.Event
	ctx    = context.Context
)

func TestConnect(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Of("chat")
	id := regexp.MustCompile(`^[A-Za-z0-9_-]{20}$`)
	for _, name := range []string{"/", "/chat"} {
		c, sid := s.join(name)
		if !id.MatchString(sid) {
			t.Errorf("%s: id %q is not 20 characters of base64url", name, sid)
		}
		n := s.Of(name)
		if got := n.Socket(sid); got == nil || got.ID() != sid || got.Namespace() != n {
			t.Errorf("%s: Socket(%q) is %v", name, sid, got)
		}
		if n.Len() != 1 || n.Count(sid) != 1 {
			t.Errorf("%s: %d sockets, %d in its own room, want 1", name, n.Len(), n.Count(sid))
		}
		c.conn.Close()
	}
}

// TestConnectReplyFirst: the reply to CONNECT is the first packet, though
// OnConnect and everybody else may send as soon as they know the socket.
func TestConnectReplyFirst(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	n.Use(func(_ ctx, s *socket) error {
		if n.Socket(s.ID()) != nil || n.Len() != 0 {
			t.Error("middleware runs for a socket that others can see")
		}
		n.Emit("missed")
		return nil
	})
	n.OnConnect(func(_ ctx, s *socket) error {
		n.To(s.ID()).Emit("room")
		return s.Emit("welcome")
	})
	c := s.session()
	c.connect("/")
	c.expect(`2["room"]`, `2["welcome"]`)
}

// TestEventsWaitForOnConnect: what a client sends as soon as it has the reply
// is handled after OnConnect.
func TestEventsWaitForOnConnect(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	release := make(chan struct{})
	var connected atomic.Bool
	n.OnConnect(func(ctx, *socket) error {
		<-release
		connected.Store(true)
		return nil
	})
	n.Handle("early", func(_ ctx, _ *socket, e *event) error { return e.Ack(connected.Load()) })
	c := s.session()
	c.connect("/")
	c.send(`20["early"]`)
	close(release)
	c.expect(`30[true]`)
}

func TestOnConnectError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func() error
	}{
		{"error", func() error { return errors.New("no") }},
		{"panic", func() error { panic("no") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			n := s.Of("/")
			n.OnConnect(func(ctx, *socket) error { return test.do() })
			n.OnConnect(func(ctx, *socket) error {
				t.Error("another OnConnect runs after an error")
				return nil
			})
			gone := make(chan namespaces.Reason, 1)
			n.OnDisconnect(func(_ ctx, _ *socket, r namespaces.Reason) { gone <- r })
			c := s.session()
			c.connect("/")
			c.expect("1")
			if got := await(t, gone); got != namespaces.ReasonServerDisconnect {
				t.Errorf("reason %q", got)
			}
		})
	}
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	refuse := errors.New("no")
	for _, test := range []struct {
		name       string
		middleware namespaces.Middleware
		packets    []string
		want       []string
		closed     time.Duration // after which the session is closed, 0 if it is not
	}{
		{name: "no CONNECT", closed: 10 * time.Second},
		{name: "unknown namespace", packets: []string{"0/x,"}, want: []string{`4/x,{"message":"Invalid namespace"}`}, closed: 10 * time.Second},
		{
			name:       "refused",
			middleware: func(ctx, *socket) error { return refuse },
			packets:    []string{"0"}, want: []string{`4{"message":"no"}`}, closed: 10 * time.Second,
		},
		{
			name:       "middleware minds its deadline",
			middleware: func(ctx ctx, _ *socket) error { <-ctx.Done(); return ctx.Err() },
			packets:    []string{"0"}, want: []string{`4{"message":"context deadline exceeded"}`}, closed: 20 * time.Second,
		},
		{
			name:       "middleware hangs",
			middleware: func(_ ctx, s *socket) error { <-s.Context().Done(); return nil },
			packets:    []string{"0"}, closed: 20 * time.Second,
		},
		{name: "joined", packets: []string{"0"}},
		{name: "joined and left", packets: []string{"0", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				if test.middleware != nil {
					s.Of("/").Use(test.middleware)
				}
				began := time.Now()
				c := s.session()
				time.Sleep(time.Second)
				for i, p := range test.packets {
					c.send(p)
					synctest.Wait()
					if test.closed == 0 && i == 0 {
						c.receive()
					}
				}
				if test.closed == 0 {
					time.Sleep(time.Minute)
					if s.engine.Len() != 1 {
						t.Error("the session was closed")
					}
					return
				}
				time.Sleep(time.Until(began.Add(test.closed - time.Second)))
				synctest.Wait()
				if s.engine.Len() != 1 {
					t.Error("the session was closed early")
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if got := s.Stats().ConnectTimeouts; got != 1 {
					t.Errorf("%d timeouts counted, want 1", got)
				}
				c.expectClosed(test.want...)
			})
		})
	}
}

func TestOpenAfterClose(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := s.session()
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.send("0")
	c.expectClosed()
}
