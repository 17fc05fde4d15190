package namespaces_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// TestHungHandler: OnDisconnect waits for the running handler, but not for
// ever; its return changes nothing then.
func TestHungHandler(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		takes time.Duration // of the handler after the disconnect
		after time.Duration // of OnDisconnect
		hung  uint64
		other int32 // events handled behind it
	}{
		{"it returns", 9 * time.Second, 9 * time.Second, 0, 1},
		{"it hangs", time.Hour, 10 * time.Second, 1, 0},
	} {
		for _, where := range []string{"handler", "OnConnect"} {
			t.Run(test.name+" in "+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := startPipe(t, nil, nil)
					n := s.Of("/")
					left, gone := make(chan struct{}), make(chan time.Time, 1)
					var calls, others atomic.Int32
					hang := func() error {
						calls.Add(1)
						<-left
						time.Sleep(test.takes)
						return errors.New("at last")
					}
					n.OnConnect(func(ctx, *socket) error {
						if where == "OnConnect" && calls.Load() == 0 {
							return hang()
						}
						return nil
					})
					n.Handle("hang", func(ctx, *socket, *event) error { return hang() })
					n.Handle("other", func(ctx, *socket, *event) error { others.Add(1); return nil })
					n.OnDisconnect(func(ctx, *socket, namespaces.Reason) { gone <- time.Now() })
					c, _ := s.join("/")
					if where == "handler" {
						c.send(`2["hang"]`)
					}
					c.send(`2["other"]`)
					synctest.Wait()

					began := time.Now()
					c.send("1")
					close(left)
					if after := (<-gone).Sub(began); after != test.after {
						t.Errorf("OnDisconnect ran after %v, want %v", after, test.after)
					}
					c.connect("/") // the session is not held up
					began = time.Now()
					s.stop()
					if took := time.Since(began); took > 0 {
						t.Errorf("Close waited %v", took)
					}
					time.Sleep(2 * time.Hour)
					if calls.Load() != 1 || others.Load() != test.other || len(gone) != 1 {
						t.Errorf("%d hung and %d other events handled, %d more disconnects; want 1, %d and 1",
							calls.Load(), others.Load(), len(gone), test.other)
					}
					if got := s.Stats().Hung; got != test.hung {
						t.Errorf("%d hung handlers counted, want %d", got, test.hung)
					}
				})
			})
		}
	}
}

// TestHungBeforeTheEvents: middleware and catch-all handlers that hang are
// given up too, and what would come after them does not run any more.
func TestHungBeforeTheEvents(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"middleware", "catch-all"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := startPipe(t, nil, nil)
				n := s.Of("/")
				var late atomic.Int32
				if where == "middleware" {
					n.Use(func(ctx, *socket) error { time.Sleep(time.Hour); return nil })
				}
				n.Use(func(ctx, *socket) error {
					if where == "middleware" {
						late.Add(1)
					}
					return nil
				})
				n.HandleAny(func(ctx, *socket, *event) error { time.Sleep(time.Hour); return nil })
				n.Handle("x", func(ctx, *socket, *event) error { late.Add(1); return nil })
				c := s.session()
				if where == "middleware" {
					c.send("0")
				} else {
					c.connect("/")
					c.send(`2["x"]`)
				}
				synctest.Wait()
				c.conn.Close()
				synctest.Wait()
				began := time.Now()
				if err := s.Close(context.Background()); err != nil || time.Since(began) != 10*time.Second {
					t.Errorf("Close: %v after %v", err, time.Since(began))
				}
				if got := s.Stats().Hung; got != 1 {
					t.Errorf("%d hung handlers counted, want 1", got)
				}
				time.Sleep(2 * time.Hour)
				if late.Load() != 0 {
					t.Error("what comes after the one that hung ran")
				}
			})
		})
	}
}
