package engineio_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
)

// A client that does not read is closed when its outbox is full, and counted.
// Nobody else notices.
func TestSlowConsumer(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, narrow(f), &engineio.Options{OutboxBytes: 256 << 10})
		slow, s := srv.websocket()
		c, healthy := srv.websocket()
		big := text(strings.Repeat("x", 10<<10)).frames()
		var err error
		sent := 0
		for sent < 64<<20 && err == nil {
			err = s.Send(big, 0)
			healthy.send(text("beside it"))
			c.wants(text("beside it"))
			sent += 10 << 10
		}
		if !errors.Is(err, engineio.ErrSlowConsumer) {
			t.Fatalf("Send = %v after %d MB, want ErrSlowConsumer", err, sent>>20)
		}
		s.wantsReason(engineio.ReasonSlowConsumer)
		if err := s.Send(big, 0); !errors.Is(err, engineio.ErrClosed) {
			t.Errorf("Send = %v afterwards, want ErrClosed", err)
		}
		for err = nil; err == nil; {
			_, err = slow.read()
		}
		if srv.Len() != 1 {
			t.Errorf("%d sessions, want the healthy one", srv.Len())
		}
		if got := srv.Stats().Closed[engineio.ReasonSlowConsumer]; got != 1 {
			t.Errorf("counted %d slow consumers", got)
		}
		healthy.wantsOpen()
		c.send(text("still"))
		healthy.wants(text("still"))
	})
}

// On polling a client is slow that does not poll.
func TestSlowPoller(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options engineio.Options
		message message
		fit     int
	}{
		{"packets", engineio.Options{OutboxPackets: 16}, text("x"), 16},
		{"bytes", engineio.Options{OutboxBytes: 1 << 10}, text(strings.Repeat("x", 97)), 10}, // 100 with header and type
		{"packets by default", engineio.Options{}, text("x"), 4096},
		{"bytes by default", engineio.Options{}, text(strings.Repeat("x", 1<<20-11)), 4}, // 1 MB each
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, s := serve(t, formBare, &test.options).poll()
			until(t, "the poll has returned", func() bool { return !s.Writes() })
			for range test.fit {
				s.send(test.message)
			}
			s.wantsOpen()
			if err := s.Send(test.message.frames(), 0); !errors.Is(err, engineio.ErrSlowConsumer) {
				t.Fatalf("Send = %v, want ErrSlowConsumer", err)
			}
			s.wantsReason(engineio.ReasonSlowConsumer)
			p.gone()
		})
	}
}

// A packet of many frames is queued whole or not at all.
func TestSlowConsumerOfPacketWithAttachments(t *testing.T) {
	t.Parallel()
	_, s := serve(t, formBare, &engineio.Options{OutboxPackets: 4}).poll()
	until(t, "the poll has returned", func() bool { return !s.Writes() })
	s.send(text("a"), text("b"))
	three := []*engineio.Frame{engineio.TextFrame([]byte("c")), engineio.BinaryFrame(nil), engineio.BinaryFrame(nil)}
	if err := s.Send(three, 0); !errors.Is(err, engineio.ErrSlowConsumer) {
		t.Errorf("Send = %v, want ErrSlowConsumer", err)
	}
	s.wantsReason(engineio.ReasonSlowConsumer)
}

// What a writer has taken and not yet written counts: the bound covers what is
// on its way.
func TestOutboxCountsWhatIsBeingWritten(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		_, s := serve(t, narrow(f), &engineio.Options{OutboxBytes: 8 << 20}).websocket()
		s.send(text(strings.Repeat("x", 7<<20)))
		until(t, "it is being written", func() bool { return s.Queued() == 0 })
		if err := s.Send(text(strings.Repeat("x", 2<<20)).frames(), 0); !errors.Is(err, engineio.ErrSlowConsumer) {
			t.Errorf("Send = %v, want ErrSlowConsumer", err)
		}
		s.wantsReason(engineio.ReasonSlowConsumer)
	})
}

// The write timeout holds on sockets too, where a goroutine takes over what
// could not be written in place.
func TestWriteTimeoutOnSocket(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, narrow(f), &engineio.Options{WriteTimeout: 50 * time.Millisecond, OutboxBytes: 64 << 20})
		_, s := srv.websocket()
		for range 16 {
			_ = s.Send(text(strings.Repeat("x", 1<<20)).frames(), 0)
		}
		s.wantsReason(engineio.ReasonTransportError)
		until(t, "no session is left", func() bool { return srv.Len() == 0 })
	})
}

// wantsDropped sends a volatile packet that must be dropped, and counted.
func (s *session) wantsDropped(srv *server) {
	s.t.Helper()
	before := srv.Stats().VolatileDropped
	for _, how := range []engineio.Delivery{engineio.Volatile, engineio.Volatile | engineio.Deferred} {
		if err := s.Send(text("dropped").frames(), how); err != nil {
			s.t.Errorf("Send: %v", err)
		}
	}
	if got := srv.Stats().VolatileDropped - before; got != 2 {
		s.t.Errorf("%d of 2 volatile packets were dropped", got)
	}
}

// sendVolatile sends a volatile packet that must not be dropped.
func (s *session) sendVolatile(srv *server, m message) {
	s.t.Helper()
	before := srv.Stats().VolatileDropped
	if err := s.Send(m.frames(), engineio.Volatile); err != nil {
		s.t.Errorf("Send: %v", err)
	}
	if srv.Stats().VolatileDropped != before {
		s.t.Error("a volatile packet was dropped")
	}
}

func TestVolatileOnPolling(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		s.wantsDropped(srv) // no poll waits
		waiting := p.getLater()
		until(t, "poll waits", s.Polls)
		s.sendVolatile(srv, text("a"))
		receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4a")
		s.wantsDropped(srv)
	})
}

func TestVolatileOnStalledSocket(t *testing.T) {
	t.Parallel()
	srv := serve(t, narrow(formBare), &engineio.Options{OutboxBytes: 64 << 20})
	c, s := srv.websocket()
	s.sendVolatile(srv, text("a"))
	sent := randomMessages(1, 8<<20)
	s.send(sent...)
	s.wantsDropped(srv)
	c.wants(text("a"))
	c.wants(sent...)
	until(t, "nobody writes any more", func() bool { return !s.Writes() })
	s.sendVolatile(srv, text("b"))
	c.wants(text("b"))
}

// A connection whose writes cannot be tried is not ready when one has not
// returned for 10 ms.
func TestVolatileOnBlockedConn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		c, s := srv.websocket()
		s.send(text("unread"))
		synctest.Wait()
		time.Sleep(10*time.Millisecond - 1)
		s.sendVolatile(srv, text("a"))
		time.Sleep(time.Nanosecond)
		s.wantsDropped(srv)
		c.wants(text("unread"), text("a"))
		synctest.Wait()
		s.sendVolatile(srv, text("b"))
		c.wants(text("b"))
	})
}

// At three quarters of either bound there is no room for volatile packets.
func TestVolatileOnCrowdedOutbox(t *testing.T) {
	for name, o := range map[string]*engineio.Options{"packets": {OutboxPackets: 8}, "bytes": {OutboxBytes: 8 * 103}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // where no cork's time is over before we say so
				m := text(strings.Repeat("x", 100))
				srv := serve(t, formPipe, o)
				c, s := srv.websocket()
				synctest.Wait()
				s.Cork()
				for range 5 {
					s.sendVolatile(srv, m)
				}
				s.send(m)
				s.wantsDropped(srv)
				s.send(m, m) // others have a quarter more
				s.Uncork()
				c.wants(m, m, m, m, m, m, m, m)
				synctest.Wait()
				s.sendVolatile(srv, m)
				c.wants(m)
			})
		})
	}
}
