package engineio_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

func TestPollingClientCloses(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		waiting := p.getLater()
		until(t, "poll waits", s.Polls)
		p.post("4a\x1e1\x1e4b").wants(t, http.StatusOK, "ok")
		receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "6")
		s.wants(text("a"))
		s.wantsNothing()
		s.wantsReason(engineio.ReasonTransportClose)
		p.gone()
		if srv.Len() != 0 {
			t.Errorf("%d sessions are left", srv.Len())
		}
	})
}

func TestWebSocketClientCloses(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *wsClient){
		"close packet":     func(t *testing.T, c *wsClient) { c.text("1"); c.wantsEnd() },
		"close frame":      func(t *testing.T, c *wsClient) { c.frame(ws.NewCloseFrame(nil)); c.wantsClose(0) },
		"close frame 1000": func(t *testing.T, c *wsClient) { c.frame(closeFrame(1000, "bye")); c.wantsClose(1000) },
		"connection cut":   func(t *testing.T, c *wsClient) { c.conn.Close() },
		"cut in a header":  func(t *testing.T, c *wsClient) { c.write([]byte{0x81}); c.conn.Close() },
		"cut in a frame": func(t *testing.T, c *wsClient) {
			c.write(masked(textFrame("4hello"))[:8])
			c.conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				c, s := srv.websocket()
				c.send(text("a"))
				end(t, c)
				s.wants(text("a"))
				s.wantsReason(engineio.ReasonTransportClose)
				s.wantsNothing()
				until(t, "no session is left", func() bool { return srv.Len() == 0 })
			})
		})
	}
}

// closeFrame returns a close frame.
func closeFrame(code ws.StatusCode, reason string) ws.Frame {
	return ws.NewCloseFrame(ws.NewCloseFrameBody(code, reason))
}

func TestServerClosesPollingSession(t *testing.T) {
	for _, test := range []struct {
		name          string
		waiting       bool      // a poll waits already
		queued        []message // sent before
		first, second string    // what polls are answered; the session is gone after the last
	}{
		{name: "poll waits", waiting: true, first: "1"},
		{name: "poll comes later", first: "6\x1e1"},
		{name: "queued data leaves first", queued: []message{text("a"), blob("b")}, first: "4a\x1ebYg==\x1e1"},
		{name: "more data than fits into a poll", queued: []message{text("12345678"), text("b")}, first: "412345678", second: "4b\x1e1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, &engineio.Options{MaxPayload: 11})
				p, s := srv.poll()
				var poll <-chan reply
				if test.waiting {
					poll = p.getLater()
					until(t, "poll waits", s.Polls)
				}
				s.send(test.queued...)
				s.Close(engineio.ReasonForcedClose)
				s.wantsReason(engineio.ReasonForcedClose)
				p.post("4late").wants(t, http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
				if !test.waiting {
					poll = p.getLater()
				}
				receive(t, poll, "answer to the poll").wants(t, http.StatusOK, test.first)
				if test.second != "" {
					p.get().wants(t, http.StatusOK, test.second)
				}
				until(t, "no session is left", func() bool { return srv.Len() == 0 })
				p.gone()
				s.wantsNothing()
			})
		})
	}
}

// The server's close frame has no status, and follows what was queued.
func TestServerClosesWebSocket(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		c, s := srv.websocket()
		large := blob(string(make([]byte, 1_000_000)))
		go func() {
			s.send(text("a"), large, text("b"))
			s.Close(engineio.ReasonServerShuttingDown)
			s.Close(engineio.ReasonForcedClose)
		}()
		c.wants(text("a"), large, text("b"))
		s.wantsReason(engineio.ReasonServerShuttingDown)
		c.send(text("late"))
		c.wantsClose(0)
		s.wantsNothing()
		until(t, "no session is left", func() bool { return srv.Len() == 0 })
	})
}

// The answer to a close frame that is cut off with the last of the data still
// ends the connection when it has been taken.
func TestCloseFrameInWhatIsLeft(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		large := text(strings.Repeat("x", 4000)) // less than is written in one piece
		const count = 15                         // less than is taken at once
		srv := serve(t, narrowTo(f, 4<<10), nil, setup{open: func(s *session, _ *http.Request) {
			s.on = func(message) {
				s.Cork() // until the close frame behind this message
				s.send(repeat(large, count)...)
			}
		}})
		c, s := srv.websocket()
		c.write(slices.Concat(text("go").masked(), masked(closeFrame(1000, ""))))
		s.wantsReason(engineio.ReasonTransportClose)
		c.wants(repeat(large, count)...)
		c.wantsCloseFrame(1000)
		c.wantsEnd()
		until(t, "no session is left", func() bool { return srv.Len() == 0 })
	})
}

// Abort cuts at once and drops what waits.
func TestAbort(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)

		p, s := srv.poll()
		s.send(text("dropped"))
		s.Abort(engineio.ReasonForcedClose)
		s.wantsReason(engineio.ReasonForcedClose)
		p.gone()

		p, s = srv.poll()
		waiting := p.getLater()
		until(t, "poll waits", s.Polls)
		s.Abort(engineio.ReasonForcedClose)
		receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "1")

		c, s := srv.websocket()
		s.Abort(engineio.ReasonForcedClose)
		c.wantsEnd()
		s.wantsReason(engineio.ReasonForcedClose)
		if srv.Len() != 0 {
			t.Errorf("%d sessions are left", srv.Len())
		}
	})
}

func TestAbortAfterClose(t *testing.T) {
	t.Parallel()
	srv := serve(t, formBare, nil)
	p, s := srv.poll()
	s.Close(engineio.ReasonForcedClose)
	s.Abort(engineio.ReasonSlowConsumer)
	s.wantsReason(engineio.ReasonForcedClose)
	p.gone()
}

func TestClosedSession(t *testing.T) {
	eachTransport(t, func(t *testing.T, _ client, s *session) {
		s.Close(engineio.ReasonForcedClose)
		for _, how := range []engineio.Delivery{0, engineio.Volatile, engineio.Deferred} {
			if err := s.Send(text("late").frames(), how); !errors.Is(err, engineio.ErrClosed) {
				t.Errorf("Send(%d) = %v, want ErrClosed", how, err)
			}
		}
		s.Cork() // all without effect
		s.Uncork()
		s.Pause()
		s.Resume()
		s.Close(engineio.ReasonPingTimeout)
		s.wantsReason(engineio.ReasonForcedClose)
	})
}

// Whatever ends a session at the same moment, its Handler hears of it once
// (serve checks that for every test), and before Close returns to who won.
func TestClosedOnceInEveryRace(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, &engineio.Options{OutboxPackets: 8})
		for range 100 {
			var s *session
			ends := []func(){
				func() { s.Close(engineio.ReasonForcedClose) },
				func() { s.Abort(engineio.ReasonForcedServerClose) },
				func() {
					for range 100 {
						_ = s.Send(text("flood").frames(), engineio.Deferred)
					}
				},
			}
			if rand.N(2) == 0 {
				p, ps := srv.poll()
				s = ps
				ends = append(ends, func() { p.post("1") }, func() { p.post("bad") }, func() { p.get() }, func() { p.get() })
			} else {
				c, cs := srv.websocket()
				s = cs
				ends = append(ends,
					func() { _, _ = c.conn.Write(masked(textFrame("1"))) },
					func() { _, _ = c.conn.Write(masked(ws.NewCloseFrame(nil))) },
					func() { _ = c.conn.Close() })
			}
			var racing sync.WaitGroup
			for _, end := range ends {
				racing.Go(end)
			}
			racing.Wait()
			receive(t, s.reasons, "end of the session")
			s.taken++
		}
		until(t, "no session is left", func() bool { return srv.Len() == 0 })
		closed := uint64(0)
		for _, n := range srv.Stats().Closed {
			closed += n
		}
		if closed != 100 {
			t.Errorf("%d ends were counted, want 100", closed)
		}
	})
}
