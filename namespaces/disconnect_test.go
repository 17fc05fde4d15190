package namespaces_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
)

func TestDisconnect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		do      func(s *server, c *client, sock *socket)
		reason  namespaces.Reason
		packets []string // that the client gets
		closed  bool     // the session too
	}{
		{
			name:   "client",
			do:     func(_ *server, c *client, _ *socket) { c.send("1") },
			reason: "client namespace disconnect",
		},
		{
			name:    "server",
			do:      func(_ *server, _ *client, sock *socket) { sock.Disconnect(false) },
			reason:  "server namespace disconnect",
			packets: []string{"1"},
		},
		{
			name:    "server, session too",
			do:      func(_ *server, _ *client, sock *socket) { sock.Disconnect(true) },
			reason:  "server namespace disconnect",
			packets: []string{"1", "1/other,"},
			closed:  true,
		},
		{
			name:   "connection",
			do:     func(_ *server, c *client, _ *socket) { c.conn.Close() },
			reason: "transport close",
			closed: true,
		},
		{
			name:   "mux",
			do:     func(s *server, _ *client, _ *socket) { s.Close(context.Background()) },
			reason: "server shutting down",
			closed: true,
		},
		{
			name:   "engine",
			do:     func(s *server, _ *client, _ *socket) { s.engine.Shutdown(context.Background()) },
			reason: "server shutting down",
			closed: true,
		},
		{
			name:   "violation",
			do:     func(_ *server, c *client, _ *socket) { c.send("0") },
			reason: "forced close",
			closed: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			n := s.Of("/")
			s.Of("/other")
			sockets := capture(n)
			type call struct {
				hook   string
				rooms  []string
				reason namespaces.Reason
				err    error // of ctx
				cause  error // of the socket's context
				len    int   // sockets left
			}
			calls := make(chan call, 10)
			record := func(hook string) namespaces.DisconnectHandler {
				return func(ctx ctx, s *socket, r namespaces.Reason) {
					calls <- call{hook, s.Rooms(), r, ctx.Err(), context.Cause(s.Context()), n.Count("room")}
				}
			}
			n.OnDisconnecting(record("disconnecting"))
			n.OnDisconnect(record("disconnect"))
			c, id := s.join("/")
			c.connect("/other")
			sock := await(t, sockets)
			if err := sock.Join("room", "x"); err != nil {
				t.Fatal(err)
			}

			test.do(s, c, sock)
			before, after := await(t, calls), await(t, calls)
			if before.hook != "disconnecting" || after.hook != "disconnect" {
				t.Errorf("hooks ran as %q and %q", before.hook, after.hook)
			}
			if before.rooms[0] != id || !slices.Equal(slices.Sorted(slices.Values(before.rooms[1:])), []string{"room", "x"}) {
				t.Errorf("rooms in OnDisconnecting: %v", before.rooms)
			}
			if len(after.rooms) != 0 {
				t.Errorf("rooms in OnDisconnect: %v", after.rooms)
			}
			for _, c := range []call{before, after} {
				if c.reason != test.reason || c.cause != test.reason || c.err != nil || c.len != 0 {
					t.Errorf("%s: reason %q, cause %v, context %v, %d sockets in its room", c.hook, c.reason, c.cause, c.err, c.len)
				}
			}

			if err := sock.Emit("x"); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("Emit: %v, want ErrClosed", err)
			}
			if err := sock.Join("x"); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("Join: %v, want ErrClosed", err)
			}
			if err := sock.Leave("x"); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("Leave: %v, want ErrClosed", err)
			}
			if err := namespaces.SetData(sock, 1); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("SetData: %v, want ErrClosed", err)
			}
			if err := sock.Volatile().Emit("x"); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("volatile Emit: %v, want ErrClosed", err)
			}
			if err := sock.To("x").Emit("x"); err != nil {
				t.Errorf("Emit to a room: %v", err)
			}
			sock.Disconnect(false) // does nothing more
			if n.Socket(id) != nil {
				t.Error("the socket is still found")
			}
			if test.closed {
				c.expectClosed(test.packets...)
				return
			}
			c.expect(test.packets...)
			if again := c.connect("/"); again == id {
				t.Error("the same id after joining again")
			}
			c.send("1/other,")
		})
	}
}

// TestPacketsThatCrossADisconnect: what a client sends before it knows that
// the server disconnected it does not cost it its other namespaces.
func TestPacketsThatCrossADisconnect(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	handleSync(s.Of("/other"))
	s.Of("/").Handle("kick", func(_ ctx, s *socket, e *event) error {
		s.Disconnect(false)
		return nil
	})
	c := s.session()
	c.connect("/other")
	for range 3 {
		c.connect("/")
		c.send(`2["kick"]`)
		c.expect("1")
		c.send(`2["late"]`, "31[]", "1")
		c.expectNothing("/other")
	}
	c.connect("/")
	c.send("1", `2["late"]`) // it knew
	c.expectClosed()
}

// TestEventsBeforeADisconnect: what a client sent before it left is handled,
// what it sent before it was expelled is not.
func TestEventsBeforeADisconnect(t *testing.T) {
	t.Parallel()
	all := []string{"wait", "a", "b", "gone"}
	for _, test := range []struct {
		name    string
		leave   func(s *server, c *client, sock *socket)
		handled []string
		dropped uint64
	}{
		{"client leaves", func(_ *server, c *client, _ *socket) { c.send("1") }, all, 0},
		{"connection ends", func(_ *server, c *client, _ *socket) { c.conn.Close() }, all, 0},
		{"shutdown", func(s *server, _ *client, _ *socket) { go s.Close(context.Background()) }, all, 0},
		{"server disconnects", func(_ *server, _ *client, s *socket) { s.Disconnect(false) }, []string{"wait", "gone"}, 2},
		{"violation", func(_ *server, c *client, _ *socket) { c.send("0") }, []string{"wait", "gone"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				n := s.Of("/")
				sockets := capture(n)
				release := make(chan struct{})
				var handled []string
				n.HandleAny(func(_ ctx, _ *socket, e *event) error {
					handled = append(handled, e.Name)
					return nil
				})
				n.Handle("wait", func(ctx, *socket, *event) error { <-release; return nil })
				n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { handled = append(handled, "gone") })
				c, _ := s.join("/")
				c.send(`2["wait"]`, `2["a"]`, `2["b"]`)
				synctest.Wait()
				test.leave(s, c, await(t, sockets))
				synctest.Wait()
				if n.Len() != 0 || len(handled) != 1 {
					t.Errorf("%d sockets left, handled %q, while a handler runs", n.Len(), handled)
				}
				close(release)
				synctest.Wait()
				if !slices.Equal(handled, test.handled) {
					t.Errorf("handled %q, want %q", handled, test.handled)
				}
				if got := s.Stats().Dropped; got != test.dropped {
					t.Errorf("%d events dropped, want %d", got, test.dropped)
				}
			})
		})
	}
}

// TestContextOfOnDisconnect: its context has not ended, but it will.
func TestContextOfOnDisconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, &namespaces.Options{HandlerGrace: 3 * time.Second}, nil)
		ended := make(chan time.Time, 1)
		s.Of("/").OnDisconnect(func(ctx ctx, _ *socket, _ namespaces.Reason) {
			<-ctx.Done()
			ended <- time.Now()
		})
		c, _ := s.join("/")
		began := time.Now()
		c.send("1")
		if took := (<-ended).Sub(began); took != 3*time.Second {
			t.Errorf("the context ended after %v", took)
		}
	})
}

// TestDisconnectWithinHandlers: a handler may disconnect its own socket, from
// anywhere, and what it sends before that arrives.
func TestDisconnectWithinHandlers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	var hooks atomic.Int32
	n.Handle("bye", func(ctx ctx, s *socket, e *event) error {
		s.Emit("bye")
		s.Disconnect(false)
		if context.Cause(ctx) != namespaces.ReasonServerDisconnect {
			t.Errorf("cause %v within the handler", context.Cause(ctx))
		}
		return e.Ack("still")
	})
	gone := make(chan struct{})
	n.OnDisconnect(func(_ ctx, s *socket, _ namespaces.Reason) {
		s.Disconnect(true)
		if hooks.Add(1) == 1 {
			close(gone)
		}
	})
	c, _ := s.join("/")
	c.send(`20["bye"]`)
	c.expect(`2["bye"]`, "1", `30["still"]`)
	await(t, gone)
	if hooks.Load() != 1 {
		t.Errorf("OnDisconnect ran %d times", hooks.Load())
	}
}

func TestDisconnectHandlerPanics(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	done := make(chan struct{})
	n.OnDisconnecting(func(ctx, *socket, namespaces.Reason) { panic("one") })
	n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { panic("two") })
	n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { close(done) })
	c, _ := s.join("/")
	c.send("1")
	await(t, done)
	if got := s.Stats().Panics; got != 2 {
		t.Errorf("%d panics counted, want 2", got)
	}
	c.connect("/")
}
