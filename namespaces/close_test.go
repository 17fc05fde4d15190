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

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// TestClose: it waits for handlers, and no longer than its context allows.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, &engineio.Options{})
		n := s.Of("/")
		var ended, gone bool
		n.Handle("slow", func(ctx ctx, _ *socket, _ *event) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second)
			ended = true
			return nil
		})
		n.OnDisconnect(func(ctx, *socket, namespaces.Reason) {
			time.Sleep(3 * time.Second)
			gone = true
		})
		c, _ := s.join("/")
		c.send(`2["slow"]`)
		synctest.Wait()

		brief, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Close(brief); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close within a second: %v", err)
		}
		if err := s.Close(context.Background()); err != nil || !ended || !gone {
			t.Errorf("Close: %v, handler ended %v, OnDisconnect ended %v", err, ended, gone)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close again: %v", err)
		}
		c.expectClosed()
	})
}

// TestManySessionsComeAndGo is for the race detector and the leak check.
func TestManySessionsComeAndGo(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	var connected, gone atomic.Int32
	n.Use(func(_ ctx, s *socket) error { return s.Join("all") })
	n.OnConnect(func(_ ctx, s *socket) error {
		connected.Add(1)
		return s.To("all").Emit("joined", s.ID())
	})
	n.OnDisconnect(func(_ ctx, s *socket, _ namespaces.Reason) {
		gone.Add(1)
		s.To("all").Emit("left", s.ID())
	})
	n.Handle("x", func(_ ctx, s *socket, e *event) error { return e.Ack(n.Count("all") > 0) })
	done := make(chan struct{})
	const clients, rounds = 8, 15
	for range clients {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range rounds {
				c := s.session()
				c.send("0")
				for !strings.HasPrefix(c.receive(), "0") {
				}
				c.send(fmt.Sprintf(`2%d["x"]`, i))
				switch i % 3 {
				case 0:
					c.conn.Close()
				case 1:
					c.send("1")
				}
			}
		}()
	}
	for range clients {
		await(t, done)
	}
	s.stop()
	if connected.Load() != gone.Load() || n.Len() != 0 || len(n.Rooms()) != 0 {
		t.Errorf("%d connected, %d gone, %d left", connected.Load(), gone.Load(), n.Len())
	}
}
