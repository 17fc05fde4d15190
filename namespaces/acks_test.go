package namespaces_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/socketio"
)

// capture returns the channel on which the sockets that connect come.
func capture(n *namespaces.Namespace) <-chan *socket {
	sockets := make(chan *socket, 10)
	n.OnConnect(func(_ ctx, s *socket) error { sockets <- s; return nil })
	return sockets
}

type valueT = socketio.Value

type result struct {
	args []socketio.Value
	err  error
}

// ask calls EmitWithAck in a goroutine.
func ask(ctx context.Context, s *socket, event string, args ...any) <-chan result {
	done := make(chan result, 1)
	go func() {
		values, err := s.EmitWithAck(ctx, event, args...)
		done <- result{values, err}
	}()
	return done
}

// TestAckIDs: one counter for each namespace, whatever the socket.
func TestAckIDs(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	first, other := capture(s.Of("/")), capture(s.Of("/other"))
	a, _ := s.join("/")
	b, _ := s.join("/")
	b.connect("/other")
	sa, sb, so := await(t, first), await(t, first), await(t, other)

	for _, step := range []struct {
		socket *socket
		client *client
		packet string
		reply  string
		want   string
	}{
		{sa, a, `20["q",1]`, `30["x"]`, `["x"]`},
		{sb, b, `21["q",1]`, `31[]`, `[]`},
		{so, b, `2/other,0["q",1]`, `3/other,0[1,{"a":2}]`, `[1 {"a":2}]`},
		{sa, a, `22["q",1]`, `32[[null]]`, `[[null]]`},
	} {
		done := ask(context.Background(), step.socket, "q", 1)
		step.client.expect(step.packet)
		step.client.send("377[]") // an id that nobody waits for is ignored
		step.client.send(step.reply, step.reply)
		r := await(t, done)
		var got []string
		for _, v := range r.args {
			got = append(got, string(v.JSON()))
		}
		if fmt.Sprint(got) != step.want || r.err != nil {
			t.Errorf("%s: ack %v (%v), want %s", step.packet, got, r.err, step.want)
		}
	}
}

func TestBinaryAck(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	sockets := capture(s.Of("/"))
	c, _ := s.join("/")
	done := ask(context.Background(), await(t, sockets), "q", []byte{1})
	c.expect(`51-0["q",{"_placeholder":true,"num":0}]`, "binary 01")
	c.send(`61-0[{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte{2, 3})
	r := await(t, done)
	var got []byte
	if r.err != nil || r.args[0].Decode(&got) != nil || string(got) != "\x02\x03" {
		t.Errorf("ack %v (%v)", got, r.err)
	}
}

func TestAckTimeout(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	for _, test := range []struct {
		name  string
		limit func() (context.Context, context.CancelFunc)
		after time.Duration
		want  error
	}{
		{"default", func() (context.Context, context.CancelFunc) {
			return context.WithCancel(context.Background())
		}, 30 * time.Second, namespaces.ErrTimeout},
		{"deadline", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Second)
		}, time.Second, namespaces.ErrTimeout},
		{"late deadline", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Hour)
		}, 30 * time.Second, namespaces.ErrTimeout},
		{"cancelled", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(2*time.Second, func() { cancel(cause) })
			return ctx, func() { cancel(nil) }
		}, 2 * time.Second, cause},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				sockets := capture(s.Of("/"))
				c, _ := s.join("/")
				sock := await(t, sockets)
				ctx, cancel := test.limit()
				defer cancel()
				began := time.Now()
				_, err := sock.EmitWithAck(ctx, "q")
				if !errors.Is(err, test.want) || time.Since(began) != test.after {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(began), test.want, test.after)
				}
				if n := namespaces.PendingAcks(sock); n != 0 {
					t.Errorf("%d acks are still awaited", n)
				}
				if got, want := s.Stats().AckTimeouts == 1, errors.Is(test.want, namespaces.ErrTimeout); got != want {
					t.Errorf("timeout counted: %v, want %v", got, want)
				}
				c.expect(`20["q"]`)
				c.send("30[]") // too late
				c.connectWithout(t, s)
			})
		})
	}
}

// connectWithout proves that the session is alive by joining a namespace.
func (c *client) connectWithout(t *testing.T, s *server) {
	t.Helper()
	s.Of("/alive")
	c.connect("/alive")
}

func TestAckAtDisconnect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(s *server, c *client, sock *socket)
	}{
		{"client leaves", func(_ *server, c *client, _ *socket) { c.send("1") }},
		{"connection ends", func(_ *server, c *client, _ *socket) { c.conn.Close() }},
		{"server disconnects", func(_ *server, _ *client, sock *socket) { sock.Disconnect(false) }},
		{"server closes the session", func(_ *server, _ *client, sock *socket) { sock.Disconnect(true) }},
		{"shutdown", func(s *server, _ *client, _ *socket) { s.Close(context.Background()) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			sockets := capture(s.Of("/"))
			c, _ := s.join("/")
			sock := await(t, sockets)
			background := ask(context.Background(), sock, "q")
			own := ask(sock.Context(), sock, "q")
			c.receive()
			c.receive()
			test.do(s, c, sock)
			for _, done := range []<-chan result{background, own} {
				if r := await(t, done); !errors.Is(r.err, namespaces.ErrClosed) {
					t.Errorf("%v, want ErrClosed", r.err)
				}
			}
			if _, err := sock.EmitWithAck(context.Background(), "q"); !errors.Is(err, namespaces.ErrClosed) {
				t.Errorf("after the disconnect: %v, want ErrClosed", err)
			}
			if n := namespaces.PendingAcks(sock); n != 0 {
				t.Errorf("%d acks are still awaited", n)
			}
		})
	}
}

func TestAckTableIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, &namespaces.Options{MaxPendingAcks: 3})
	sockets := capture(s.Of("/"))
	c, _ := s.join("/")
	sock := await(t, sockets)
	var asked []<-chan result
	for range 3 {
		asked = append(asked, ask(context.Background(), sock, "q"))
		c.receive()
	}
	if _, err := sock.EmitWithAck(context.Background(), "q"); !errors.Is(err, namespaces.ErrFull) {
		t.Errorf("a fourth: %v, want ErrFull", err)
	}
	c.send("31[]")
	await(t, asked[1])
	more := ask(context.Background(), sock, "q")
	c.expect(`23["q"]`) // the one that was refused took no id
	c.send("33[1]")
	if r := await(t, more); r.err != nil {
		t.Errorf("after one was answered: %v", r.err)
	}
}
