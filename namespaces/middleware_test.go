package namespaces_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-go/parley/namespaces"
)

func TestMiddleware(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"plain error", errors.New("not you"), `4{"message":"not you"}`},
		{"quotes", errors.New(`no "way"`), `4{"message":"no \"way\""}`},
		{"error for the client", &namespaces.Error{Code: "forbidden", Message: "nope"}, `4{"message":"nope"}`},
		{"data", &namespaces.Error{Message: "nope", Data: map[string]int{"code": 7}}, `4{"message":"nope","data":{"code":7}}`},
		{"wrapped", fmt.Errorf("check token: %w", &namespaces.Error{Message: "expired"}), `4{"message":"expired"}`},
		{"data that is no JSON", &namespaces.Error{Message: "nope", Data: func() {}}, `4{"message":"internal"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			n := s.Of("/")
			var refuse atomic.Bool
			refuse.Store(true)
			n.Use(func(ctx, *socket) error { return nil })
			n.Use(func(ctx, *socket) error {
				if refuse.Load() {
					return test.err
				}
				return nil
			})
			n.Use(func(ctx, *socket) error {
				if refuse.Load() {
					t.Error("middleware runs after an error")
				}
				return nil
			})
			n.OnConnect(func(ctx, *socket) error {
				if refuse.Load() {
					t.Error("OnConnect runs for a socket that was refused")
				}
				return nil
			})
			n.OnDisconnect(func(ctx, *socket, namespaces.Reason) {
				if refuse.Load() {
					t.Error("OnDisconnect runs for a socket that was refused")
				}
			})
			c := s.session()
			c.send("0")
			c.expect(test.want)
			refuse.Store(false)
			c.connect("/") // the session lives, and the namespace is free
		})
	}
}

func TestMiddlewarePanic(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Of("/").Use(func(ctx, *socket) error { panic("the secret") })
	c := s.session()
	c.send("0")
	c.expect(`4{"message":"internal"}`)
	if got := s.Stats().Panics; got != 1 {
		t.Errorf("%d panics counted, want 1", got)
	}
}

// TestRoomsOfMiddleware: rooms joined by middleware are entered with the
// socket's own; no broadcast sees it in one and not in the other.
func TestRoomsOfMiddleware(t *testing.T) {
	t.Parallel()
	s := start(t, &namespaces.Options{MaxRooms: 3})
	n := s.Of("/")
	n.Use(func(_ ctx, s *socket) error {
		if err := s.Join("a", "b", "a"); err != nil {
			return err
		}
		if err := s.Join("c", "d"); !errors.Is(err, namespaces.ErrFull) {
			t.Errorf("4 rooms: %v, want ErrFull", err)
		}
		if err := s.Join("c", "b"); err != nil {
			return err
		}
		if err := s.Join(strings.Repeat("x", 257)); err == nil {
			t.Error("joined a room with a name of 257 bytes")
		}
		if err := s.Leave("b", "z"); err != nil {
			return err
		}
		if got := s.Rooms(); !slices.Equal(got, []string{"a", "c"}) || !s.Has("c") || s.Has("b") {
			t.Errorf("rooms in middleware: %v", got)
		}
		if _, err := s.EmitWithAck(context.Background(), "x"); err == nil {
			t.Error("EmitWithAck in middleware should fail")
		}
		return nil
	})
	rooms := make(chan []string, 1)
	n.OnConnect(func(_ ctx, s *socket) error {
		rooms <- s.Rooms()
		return nil
	})
	_, id := s.join("/")
	got := await(t, rooms)
	if got[0] != id || !slices.Equal(slices.Sorted(slices.Values(got[1:])), []string{"a", "c"}) {
		t.Errorf("rooms %v, want its own, a and c", got)
	}
}

func TestMiddlewareEmits(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Of("/").Use(func(_ ctx, s *socket) error { return s.Emit("session", "x") })
	c := s.session()
	c.send("0")
	c.expect(`2["session","x"]`)
	if got := c.receive(); !strings.HasPrefix(got, `0{"sid":`) {
		t.Errorf("got %q, want the reply to CONNECT", got)
	}
}

func TestMiddlewareDisconnects(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Of("/").Use(func(_ ctx, s *socket) error {
		s.Disconnect(false)
		return nil
	})
	c := s.session()
	c.send("0")
	c.expect(`4{"message":"server namespace disconnect"}`)
}

// TestDisconnectWhileEntering: between the reply and the first OnConnect
// nobody knows the socket but what middleware left behind. If that disconnects
// it, the client is told, in this order, and nothing stays behind.
func TestDisconnectWhileEntering(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	many := make([]string, 1000) // so that entering takes a moment
	for i := range many {
		many[i] = fmt.Sprint("room ", i)
	}
	var left sync.WaitGroup
	n.Use(func(_ ctx, s *socket) error {
		left.Go(func() {
			for !namespaces.Entering(s) {
				runtime.Gosched()
			}
			s.Disconnect(false)
		})
		return s.Join(many...)
	})
	var connected, gone atomic.Int32
	n.OnConnect(func(ctx, *socket) error { connected.Add(1); return nil })
	n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { gone.Add(1) })
	c := s.session()
	for range 30 {
		c.connect("/")
		c.expect("1")
	}
	left.Wait()
	s.stop()
	if n.Len() != 0 || len(n.Rooms()) != 0 || connected.Load() != gone.Load() {
		t.Errorf("%d sockets and %d rooms left; %d connected, %d gone", n.Len(), len(n.Rooms()), connected.Load(), gone.Load())
	}
}

// TestSessionDiesWhileConnecting: the application hears nothing of a socket
// whose session ended before it entered the namespace, but its middleware is
// told to stop.
func TestSessionDiesWhileConnecting(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	running, stopped := make(chan *socket, 1), make(chan error, 1)
	n.Use(func(ctx ctx, s *socket) error {
		running <- s
		<-ctx.Done()
		stopped <- context.Cause(ctx)
		return nil
	})
	n.OnConnect(func(ctx, *socket) error { t.Error("OnConnect runs"); return nil })
	n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { t.Error("OnDisconnect runs") })
	c := s.session()
	c.send("0")
	sock := await(t, running)
	c.conn.Close()
	if got := await(t, stopped); got != namespaces.ReasonTransportClose {
		t.Errorf("cause %v, want %q", got, namespaces.ReasonTransportClose)
	}
	if err := sock.Emit("x"); !errors.Is(err, namespaces.ErrClosed) {
		t.Errorf("Emit: %v, want ErrClosed", err)
	}
	if err := sock.Join("x"); !errors.Is(err, namespaces.ErrClosed) {
		t.Errorf("Join: %v, want ErrClosed", err)
	}
	s.stop()
	if n.Len() != 0 || len(n.Rooms()) != 0 {
		t.Error("the socket entered the directory")
	}
}
