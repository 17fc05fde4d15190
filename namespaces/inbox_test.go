package namespaces_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// flood sends events in the background until the session takes no more.
func (c *client) flood(n int, packet string) (sent *atomic.Int32) {
	sent = new(atomic.Int32)
	go func() {
		for range n {
			if c.trySend(packet) != nil {
				return
			}
			sent.Add(1)
		}
	}()
	return sent
}

// TestInboxPauses: when 64 events or 1 MB wait, the session is not read any
// further, until half of it has been handled. Over a pipe nothing is buffered
// on the way, but for what the server's reader holds.
func TestInboxPauses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		packet string
		all    int   // events that are sent
		least  int32 // of them while a handler runs
		most   int32
	}{
		// The server's reader may hold a chunk of frames that it has not decoded.
		{"events", `2["x","` + strings.Repeat("y", 8000) + `"]`, 200, 64, 72},
		{"bytes", `2["x","` + strings.Repeat("y", 100_000) + `"]`, 20, 10, 13},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				n := s.Of("/")
				release := make(chan struct{})
				var handled atomic.Int32
				n.Handle("wait", func(ctx, *socket, *event) error { <-release; return nil })
				n.Handle("x", func(ctx, *socket, *event) error { handled.Add(1); <-release; return nil })
				c, _ := s.join("/")
				c.send(`2["wait"]`)
				synctest.Wait()
				sent := c.flood(test.all, test.packet)
				synctest.Wait()
				if got := sent.Load(); got < test.least || got > test.most {
					t.Errorf("%d events were taken while a handler ran, want %d to %d", got, test.least, test.most)
				}

				// One by one: reading goes on at half.
				full := sent.Load()
				var more int32
				for more = 0; sent.Load() == full && int(more) < test.all; more++ {
					release <- struct{}{}
					synctest.Wait()
				}
				if more < test.least/2-1 || more > test.least/2+2 {
					t.Errorf("reading went on after %d events, want about %d", more, test.least/2)
				}
				close(release)
				synctest.Wait()
				if got := handled.Load(); int(got) != test.all {
					t.Errorf("%d events handled, want %d", got, test.all)
				}
			})
		})
	}
}

// TestPausedTooLong: a session whose handler does not come to its events is
// closed.
func TestPausedTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		gone := make(chan namespaces.Reason, 1)
		n.Handle("wait", func(ctx ctx, _ *socket, _ *event) error { <-ctx.Done(); return nil })
		n.OnDisconnect(func(_ ctx, _ *socket, r namespaces.Reason) { gone <- r })
		c, _ := s.join("/")
		c.send(`2["wait"]`)
		c.flood(100, `2["x"]`)
		began := time.Now()
		if got := <-gone; got != namespaces.ReasonInboxOverflow || time.Since(began) != 5*time.Second {
			t.Errorf("closed with %q after %v", got, time.Since(began))
		}
		if got := s.Stats(); got.InboxOverflows != 1 || got.Dropped == 0 {
			t.Errorf("counted %+v", got)
		}
	})
}

// TestDroppedEventsCountNoMore: a session that was paused for the events of a
// socket is read again when the socket is disconnected.
func TestDroppedEventsCountNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		handleSync(s.Of("/other"))
		sockets := capture(n)
		release := make(chan struct{})
		n.Handle("wait", func(ctx, *socket, *event) error { <-release; return nil })
		c, _ := s.join("/")
		c.connect("/other")
		sock := <-sockets
		c.send(`2["wait"]`)
		sent := c.flood(100, `2["x","`+strings.Repeat("y", 8000)+`"]`)
		synctest.Wait()
		if sent.Load() == 100 {
			t.Fatal("the session was not paused")
		}
		sock.Disconnect(false)
		synctest.Wait()
		if got := sent.Load(); got != 100 {
			t.Errorf("%d events were taken, want all", got)
		}
		c.expect("1")
		c.expectNothing("/other")
		close(release)
		if got := s.Stats().Dropped; got < 64 || got > 72 {
			t.Errorf("%d events dropped, want those that waited", got)
		}
	})
}

// TestEmitWithAckInHandler: the ack arrives though the inbox is full, whoever's
// it is, and whatever context the handler gave.
func TestEmitWithAckInHandler(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ask  func(ctx ctx, own, peer *socket) ([]any, error)
		peer bool // the peer answers
	}{
		{"own client", func(ctx ctx, own, _ *socket) ([]any, error) { return first(own.EmitWithAck(ctx, "q")) }, false},
		{"derived context", func(ctx ctx, own, _ *socket) ([]any, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return first(own.EmitWithAck(ctx, "q"))
		}, false},
		{"no context of the socket", func(_ ctx, own, _ *socket) ([]any, error) {
			return first(own.EmitWithAck(context.Background(), "q"))
		}, false},
		{"another client", func(ctx ctx, _, peer *socket) ([]any, error) { return first(peer.EmitWithAck(ctx, "q")) }, true},
	} {
		for _, full := range []string{"before", "while it waits"} {
			t.Run(test.name+", full "+full, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := startPipe(t, nil, nil)
					n := s.Of("/")
					sockets := capture(n)
					release := make(chan struct{})
					answers := make(chan error, 1)
					var handled atomic.Int32
					peerClient, _ := s.join("/")
					peer := <-sockets
					n = s.Of("/chat")
					n.Handle("ask", func(ctx ctx, own *socket, _ *event) error {
						<-release
						got, err := test.ask(ctx, own, peer)
						if err == nil && fmt.Sprint(got) != "[42]" {
							err = fmt.Errorf("ack %v", got)
						}
						answers <- err
						return nil
					})
					n.Handle("x", func(ctx, *socket, *event) error { handled.Add(1); return nil })
					c, _ := s.join("/chat")
					c.send(`2/chat,["ask"]`)
					const all = 1000
					if full == "before" {
						c.flood(all, `2/chat,["x"]`)
						synctest.Wait()
						close(release)
					} else {
						close(release)
						synctest.Wait()
						c.flood(all, `2/chat,["x"]`)
					}
					time.Sleep(20 * time.Second) // a paused session would have been closed
					if test.peer {
						peerClient.expect(`20["q"]`)
						peerClient.send("30[42]")
					} else {
						c.expect(`2/chat,0["q"]`)
						c.send("3/chat,0[42]")
					}
					if err := <-answers; err != nil {
						t.Error(err)
					}
					synctest.Wait()
					if got := handled.Load(); got != all {
						t.Errorf("%d events handled, want %d", got, all)
					}
				})
			})
		}
	}
}

func first(values []valueT, err error) ([]any, error) {
	var list []any
	for _, v := range values {
		var x any
		if err := v.Decode(&x); err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, err
}

// TestInboxOverflow: while reading must go on, there is a hard limit.
func TestInboxOverflow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		packet string
		most   int32
	}{
		{"events", `2["x"]`, 4096},
		{"bytes", `2["x","` + strings.Repeat("y", 100_000) + `"]`, 40},
		{"arguments", `2["x"` + strings.Repeat(",1", 1000) + `]`, 80},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				n := s.Of("/")
				gone := make(chan namespaces.Reason, 1)
				result := make(chan error, 1)
				n.Handle("ask", func(ctx ctx, s *socket, _ *event) error {
					_, err := s.EmitWithAck(ctx, "q")
					result <- err
					return nil
				})
				n.OnDisconnect(func(_ ctx, _ *socket, r namespaces.Reason) { gone <- r })
				c, _ := s.join("/")
				c.send(`2["ask"]`)
				synctest.Wait()
				sent := c.flood(10_000, test.packet)
				if got := <-gone; got != namespaces.ReasonInboxOverflow {
					t.Errorf("reason %q", got)
				}
				if err := <-result; !errors.Is(err, namespaces.ErrClosed) {
					t.Errorf("EmitWithAck: %v, want ErrClosed", err)
				}
				synctest.Wait()
				// What is sent after the end is read and dropped until the client
				// closes, so how much was sent in all says nothing.
				if got := sent.Load(); got < test.most-2 {
					t.Errorf("closed after %d events, want %d", got, test.most)
				}
				if got := s.Stats(); got.InboxOverflows != 1 || got.Dropped < uint64(test.most)-2 || got.Dropped > uint64(test.most) {
					t.Errorf("counted %+v", got)
				}
			})
		})
	}
}

// TestOneLargeEvent: an event as large as the limits of a packet allow is
// taken, though it is more than an inbox holds.
func TestOneLargeEvent(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	n.Handle("x", func(_ ctx, _ *socket, e *event) error {
		total := 0
		for _, a := range e.Args {
			var b []byte
			if err := a.Decode(&b); err != nil {
				return err
			}
			total += len(b)
		}
		return e.Ack(total)
	})
	c, _ := s.join("/")
	part := make([]byte, 990_000)
	var args []string
	for i := range 4 {
		args = append(args, fmt.Sprintf(`{"_placeholder":true,"num":%d}`, i))
	}
	c.send(fmt.Sprintf(`54-0["x",%s]`, strings.Join(args, ",")))
	for range args {
		c.sendBinary(part)
	}
	c.expect("30[3960000]")
}

// TestAttachmentsTimeOut: a packet must be complete within 30 s, and a timer
// of one that was says nothing about the next.
func TestAttachmentsTimeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		handleSync(n)
		n.Handle("x", func(_ ctx, _ *socket, e *event) error { return e.Ack(len(e.Args)) })
		c, _ := s.join("/")
		for range 3 {
			c.send(`51-0["x",{"_placeholder":true,"num":0}]`)
			time.Sleep(29 * time.Second)
			c.sendBinary([]byte{1})
			c.expect("30[1]")
		}
		time.Sleep(time.Minute)
		c.expectNothing("/")
		c.send(`52-0["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
		began := time.Now()
		time.Sleep(25 * time.Second)
		c.sendBinary([]byte{1})
		c.expectClosed()
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("closed after %v", took)
		}
		if got := s.Stats().ProtocolErrors; got != 1 {
			t.Errorf("%d violations counted, want 1", got)
		}
	})
}

// TestCorking: what handlers send leaves together, and at once when a handler
// waits for an ack.
func TestCorking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		n.Handle("two", func(_ ctx, s *socket, e *event) error {
			s.Emit("one")
			time.Sleep(time.Millisecond / 2) // a writer that is awake would not wait
			return e.Ack("two")
		})
		n.Handle("ask", func(ctx ctx, s *socket, e *event) error {
			began := time.Now()
			if _, err := s.EmitWithAck(ctx, "q"); err != nil {
				return err
			}
			return e.Ack(time.Since(began).String())
		})
		c, _ := s.join("/")
		time.Sleep(time.Second) // what joining has started is over
		before := c.reads.Load()
		c.send(`20["two"]`)
		c.expect(`2["one"]`, `30["two"]`)
		if got := c.reads.Load() - before; got != 1 {
			t.Errorf("event and ack came in %d writes, want 1", got)
		}
		c.send(`21["ask"]`)
		c.expect(`20["q"]`)
		c.send("30[]")
		c.expect(`31["0s"]`)
	})
}
