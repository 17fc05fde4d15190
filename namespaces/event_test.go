package namespaces_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/socketio"
)

// TestHandlers drives one handler of each kind over the wire: what a client
// sends, and all that comes back.
func TestHandlers(t *testing.T) {
	t.Parallel()
	type point struct {
		X int `json:"x"`
	}
	type file struct {
		Name string `json:"name"`
		Data []byte `json:"data"`
	}
	const failed = `[{"ok":false,"error":{"code":"internal","message":"internal error"}}]`
	const unfit = `[{"ok":false,"error":{"code":"invalid","message":"the event does not take these arguments"}}]`

	s := start(t, nil)
	n := s.Of("/")
	handleSync(n)
	var calls atomic.Int32
	n.Handle("args", func(_ ctx, s *socket, e *event) error {
		var a string
		b, c := 7, "kept"
		if err := e.Decode(&a, &b, &c); err != nil {
			return err
		}
		return e.Ack(e.Name, len(e.Args), a, b, c)
	})
	n.Handle("silent", func(_ ctx, _ *socket, e *event) error { return nil })
	n.Handle("emit", func(_ ctx, s *socket, e *event) error {
		values := make([]any, len(e.Args))
		for i, a := range e.Args {
			values[i] = a
		}
		return s.Emit("emitted", values...)
	})
	n.Handle("twice", func(_ ctx, s *socket, e *event) error {
		if err := e.Ack(1); err != nil {
			return err
		}
		if err := e.Ack(2); err != nil {
			return err
		}
		return errors.New("too late to tell the client")
	})
	n.Handle("unmarshalable", func(_ ctx, s *socket, e *event) error {
		if err := e.Ack(func() {}); err == nil {
			t.Error("a func was encoded")
		}
		return e.Ack("second try")
	})
	n.Handle("wants", func(_ ctx, s *socket, e *event) error { return s.Emit("wants", e.WantsAck(), e.Ack("!")) })
	n.Handle("error", func(ctx, *socket, *event) error { return errors.New("select * from secrets") })
	n.Handle("coded", func(ctx, *socket, *event) error {
		return fmt.Errorf("publish: %w", &namespaces.Error{Code: "not_member", Message: "join first", Data: 3})
	})
	n.Handle("codeless", func(ctx, *socket, *event) error { return &namespaces.Error{Message: "hm"} })
	n.Handle("panic", func(ctx, *socket, *event) error { panic("secret") })
	n.Handle("goexit", func(_ ctx, _ *socket, e *event) error { runtime.Goexit(); return nil })
	n.Handle("later", func(_ ctx, _ *socket, e *event) error {
		ack := e.AckLater()
		go ack("late")
		return errors.New("not for the client")
	})
	n.Handle("123", func(_ ctx, _ *socket, e *event) error { return e.Ack("number") })
	namespaces.On(n, "on", func(_ ctx, s *socket, p point) error { return s.Emit("on", p) })
	namespaces.On(n, "on error", func(_ ctx, s *socket, p point) error { return errors.New("x") })
	namespaces.OnCall(n, "call", func(_ ctx, _ *socket, p point) (point, error) { return point{p.X + 1}, nil })
	namespaces.OnCall(n, "call error", func(_ ctx, _ *socket, p point) (point, error) {
		return p, &namespaces.Error{Code: "invalid", Message: "x is odd"}
	})
	namespaces.OnCall(n, "call bad", func(ctx, *socket, int) (func(), error) { return func() {}, nil })
	namespaces.OnCall(n, "call count", func(ctx, *socket, int) (int, error) { return int(calls.Add(1)), nil })
	namespaces.OnCall(n, "binary", func(_ ctx, _ *socket, f file) (file, error) {
		f.Data = append(f.Data, 4)
		return f, nil
	})

	c, _ := s.join("/")
	for _, test := range []struct {
		send string
		want []string
	}{
		{`20["args","a",1,"c"]`, []string{`30["args",3,"a",1,"c"]`}},
		{`21["args","a"]`, []string{`31["args",1,"a",7,"kept"]`}},
		{`22["args","a",1,"c",null,{}]`, []string{`32["args",5,"a",1,"c"]`}},
		{`23["args",1]`, []string{"33" + unfit}},
		{`2["args",1]`, nil},
		{`24["silent"]`, nil},
		{`25["no handler"]`, nil},
		{`2["emit",{"b":1,"a":[null]},"é",1e3]`, []string{`2["emitted",{"b":1,"a":[null]},"é",1e3]`}},
		{`26["twice"]`, []string{"36[1]"}},
		{`27["unmarshalable"]`, []string{`37["second try"]`}},
		{`28["wants"]`, []string{`38["!"]`, `2["wants",true,null]`}},
		{`2["wants"]`, []string{`2["wants",false,null]`}},
		{`29["error"]`, []string{"39" + failed}},
		{`2["error"]`, nil},
		{`210["coded"]`, []string{`310[{"ok":false,"error":{"code":"not_member","message":"join first","data":3}}]`}},
		{`211["codeless"]`, []string{`311[{"ok":false,"error":{"code":"internal","message":"hm"}}]`}},
		{`212["panic"]`, []string{"312" + failed}},
		{`2["panic"]`, nil},
		{`2["goexit"]`, nil},
		{`213["later"]`, []string{`313["late"]`}},
		{`214[123]`, []string{`314["number"]`}},
		{`2["on",{"x":5}]`, []string{`2["on",{"x":5}]`}},
		{`215["on",{"x":5}]`, []string{`2["on",{"x":5}]`}},
		{`2["on"]`, []string{`2["on",{"x":0}]`}},
		{`216["on",{"x":"five"}]`, []string{"316" + unfit}},
		{`217["on error",{}]`, []string{"317" + failed}},
		{`218["call",{"x":1}]`, []string{`318[{"x":2}]`}},
		{`2["call",{"x":1}]`, nil},
		{`219["call",[]]`, []string{"319" + unfit}},
		{`220["call error",{}]`, []string{`320[{"ok":false,"error":{"code":"invalid","message":"x is odd"}}]`}},
		{`221["call bad"]`, []string{"321" + failed}},
		{`222["call count"]`, []string{"322[1]"}},
		{`2["call count"]`, nil},
		{`223["call count"]`, []string{"323[3]"}},
		{`29007199254740991["call",{"x":1}]`, []string{`39007199254740991[{"x":2}]`}},
	} {
		c.send(test.send)
		c.expect(test.want...)
		c.expectNothing("/")
	}

	c.send(`51-224["binary",{"name":"f","data":{"_placeholder":true,"num":0}}]`)
	c.sendBinary([]byte{1, 2, 3})
	c.expect(`61-224[{"name":"f","data":{"_placeholder":true,"num":0}}]`, "binary 01020304")
	if got := s.Stats().Panics; got != 2 {
		t.Errorf("%d panics counted, want 2", got)
	}
}

// TestHandleAny: catch-all handlers run for every event before its own
// handler, and decide whether it goes on.
func TestHandleAny(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	n.HandleAny(func(_ ctx, s *socket, e *event) error { return s.Emit("first", e.Name) })
	n.HandleAny(func(_ ctx, s *socket, e *event) error {
		switch e.Name {
		case "denied":
			return &namespaces.Error{Code: "forbidden", Message: "no"}
		case "answered":
			return e.Ack("any")
		}
		return nil
	})
	for _, name := range []string{"denied", "answered", "allowed"} {
		n.Handle(name, func(_ ctx, s *socket, e *event) error {
			s.Emit("own", e.Name)
			return e.Ack("own")
		})
	}
	c, _ := s.join("/")
	c.send(`20["denied"]`, `21["answered"]`, `22["allowed"]`, `23["unknown"]`)
	c.expect(
		`2["first","denied"]`, `30[{"ok":false,"error":{"code":"forbidden","message":"no"}}]`,
		`2["first","answered"]`, `31["any"]`, `2["own","answered"]`,
		`2["first","allowed"]`, `2["own","allowed"]`, `32["own"]`,
		`2["first","unknown"]`,
	)
}

// TestEventsAreHandledInOrder: one at a time for a socket, while another
// socket's handler, of the same session even, goes on.
func TestEventsAreHandledInOrder(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	release := make(chan struct{})
	var running atomic.Int32
	for _, name := range []string{"/", "/other"} {
		n := s.Of(name)
		n.Handle("wait", func(ctx, *socket, *event) error { <-release; return nil })
		namespaces.On(n, "n", func(_ ctx, s *socket, i int) error {
			if name == "/" && running.Add(1) > 1 {
				t.Error("two handlers of one socket at the same time")
			}
			defer running.Add(-1)
			return s.Emit("n", i)
		})
	}
	c, _ := s.join("/")
	c.connect("/other")
	c.send(`2["wait"]`)
	for i := range 50 {
		c.send(fmt.Sprintf(`2["n",%d]`, i))
	}
	c.send(`2/other,["n",0]`)
	c.expect(`2/other,["n",0]`)
	close(release)
	for i := range 50 {
		c.expect(fmt.Sprintf(`2["n",%d]`, i))
	}
}

func TestEmit(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	sockets := make(chan *socket, 1)
	s.Of("/").OnConnect(func(_ ctx, s *socket) error { sockets <- s; return nil })
	c, id := s.join("/")
	sock := await(t, sockets)
	if sock.ID() != id || sock.Transport() != "websocket" || sock.String() != "/#"+id {
		t.Errorf("socket %v with id %q on %s", sock, sock.ID(), sock.Transport())
	}

	for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		if err := sock.Emit(name); !errors.Is(err, namespaces.ErrReserved) {
			t.Errorf("Emit(%s): %v, want ErrReserved", name, err)
		}
		if _, err := sock.EmitWithAck(context.Background(), name); !errors.Is(err, namespaces.ErrReserved) {
			t.Errorf("EmitWithAck(%s): %v, want ErrReserved", name, err)
		}
		if err := s.Of("/").Emit(name); !errors.Is(err, namespaces.ErrReserved) {
			t.Errorf("Namespace.Emit(%s): %v, want ErrReserved", name, err)
		}
	}
	if err := sock.Emit("x", make(chan int)); err == nil {
		t.Error("a chan was encoded")
	}
	value, err := socketio.ValueOf(map[string]any{"raw": []byte{9}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sock.Emit("v", value, []byte("ab"), nil); err != nil {
		t.Error(err)
	}
	c.expect(`52-["v",{"raw":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1},null]`, "binary 09", "binary 6162")
}

// TestSlowConsumer: Emit never blocks, and says so when a client's outbox is
// full.
func TestSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, &engineio.Options{OutboxBytes: 10_000})
		n := s.Of("/")
		sockets := capture(n)
		gone := make(chan namespaces.Reason, 1)
		n.OnDisconnect(func(_ ctx, _ *socket, r namespaces.Reason) { gone <- r })
		c, _ := s.join("/")
		sock := <-sockets
		c.reading <- struct{}{}
		defer func() { <-c.reading }()
		began := time.Now()
		var err error
		var n3k int
		for ; err == nil; n3k++ {
			err = sock.Emit("x", strings.Repeat("x", 3000))
		}
		if !errors.Is(err, namespaces.ErrSlowConsumer) || n3k > 10 || time.Since(began) > 0 {
			t.Errorf("%v after %d events in %v, want ErrSlowConsumer", err, n3k, time.Since(began))
		}
		if err := sock.Emit("x"); !errors.Is(err, namespaces.ErrClosed) {
			t.Errorf("after that: %v, want ErrClosed", err)
		}
		if got := <-gone; got != namespaces.ReasonSlowConsumer {
			t.Errorf("reason %q", got)
		}
	})
}

// TestConcurrentAcks: whoever is first, one ack is sent.
func TestConcurrentAcks(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	handleSync(n)
	n.Handle("race", func(_ ctx, _ *socket, e *event) error {
		ack := e.AckLater()
		var encoding, acking sync.WaitGroup
		encoding.Add(2)
		for range 2 {
			acking.Go(func() {
				if err := ack(meeting{&encoding}); err != nil {
					t.Error(err)
				}
			})
		}
		acking.Wait()
		return nil
	})
	c, _ := s.join("/")
	c.send(`20["race"]`)
	c.expect(`30["met"]`)
	c.expectNothing("/")
}

// A meeting is encoded when all others are being encoded too.
type meeting struct{ *sync.WaitGroup }

func (m meeting) MarshalText() ([]byte, error) {
	m.Done()
	m.Wait()
	return []byte("met"), nil
}
