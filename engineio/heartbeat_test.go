package engineio_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
)

// intervals are PingInterval and PingTimeout: the defaults, those of the
// protocol's conformance suite, and lopsided ones.
var intervals = []struct{ interval, timeout time.Duration }{
	{25 * time.Second, 20 * time.Second},
	{300 * time.Millisecond, 200 * time.Millisecond},
	{5 * time.Second, 100 * time.Millisecond},
	{100 * time.Millisecond, 5 * time.Second},
}

// eachInterval runs test in a bubble, where time is exact, with a session on a
// websocket.
func eachInterval(t *testing.T, test func(t *testing.T, c *wsClient, s *session, interval, timeout time.Duration)) {
	for _, i := range intervals {
		t.Run(fmt.Sprintf("%v+%v", i.interval, i.timeout), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, s := serve(t, formPipe, &engineio.Options{PingInterval: i.interval, PingTimeout: i.timeout}).websocket()
				test(t, c, s, i.interval, i.timeout)
			})
		})
	}
}

// wantsPing takes the next ping and fails the test unless it comes within
// PingInterval, and not much earlier.
func wantsPing(t *testing.T, c *wsClient, interval time.Duration) {
	t.Helper()
	begin := time.Now()
	wantsPingSince(t, c, begin, interval)
}

func wantsPingSince(t *testing.T, c *wsClient, begin time.Time, interval time.Duration) {
	t.Helper()
	c.patience = 2 * interval
	c.wantsText("2")
	if d := time.Since(begin); d > interval || d < interval-interval/8 {
		t.Errorf("ping after %v, want shortly before %v", d, interval)
	}
}

func TestHeartbeat(t *testing.T) {
	eachInterval(t, func(t *testing.T, c *wsClient, s *session, interval, timeout time.Duration) {
		for range 5 {
			wantsPing(t, c, interval)
			time.Sleep(timeout - time.Millisecond) // a pong in the last moment
			c.text("3")
			synctest.Wait()
		}
		s.wantsOpen()
	})
}

// A dead peer is given PingTimeout, and noticed after PingInterval and
// PingTimeout at the latest.
func TestPingTimeout(t *testing.T) {
	eachInterval(t, func(t *testing.T, c *wsClient, s *session, interval, timeout time.Duration) {
		begin := time.Now()
		wantsPing(t, c, interval)
		ping := time.Now()
		c.patience = 2 * timeout
		c.wantsEnd()
		s.wantsReason(engineio.ReasonPingTimeout)
		if d := time.Since(ping); d < timeout {
			t.Errorf("ended %v after the ping, want %v at least", d, timeout)
		}
		if d := time.Since(begin); d > interval+timeout {
			t.Errorf("ended after %v, want %v at most", d, interval+timeout)
		}
	})
}

// A client that is busy sending shows that it lives: once a ping that buys it
// the time for its pong again.
func TestMessageExtendsPingTimeout(t *testing.T) {
	eachInterval(t, func(t *testing.T, c *wsClient, s *session, interval, timeout time.Duration) {
		for range 2 {
			wantsPing(t, c, interval)
			time.Sleep(timeout / 2)
			c.send(text("busy"))
			s.wants(text("busy"))
			time.Sleep(timeout)
			c.text("3")
			synctest.Wait()
			s.wantsOpen()
		}
		wantsPing(t, c, interval)
		ping := time.Now()
		for !s.Closed() && time.Since(ping) < 3*timeout {
			_, _ = c.conn.Write(masked(textFrame("4busy")))
			time.Sleep(timeout / 10)
		}
		s.wantsReason(engineio.ReasonPingTimeout)
		if d := time.Since(ping); d < 2*timeout || d > 2*timeout+timeout/4 {
			t.Errorf("ended %v after the ping, want about %v", d, 2*timeout)
		}
	})
}

// A pong that nobody asked for is a sign of life as good as any.
func TestUnaskedPong(t *testing.T) {
	eachInterval(t, func(t *testing.T, c *wsClient, _ *session, interval, _ time.Duration) {
		for range 5 {
			time.Sleep(interval / 2)
			c.text("3")
			synctest.Wait()
		}
		wantsPing(t, c, interval)
	})
}

// Sessions share one timer but not their time.
func TestHeartbeatOfManySessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const interval = 25 * time.Second
		srv := serve(t, formPipe, nil)
		var clients []*wsClient
		var begin []time.Time
		for range 50 {
			c, _ := srv.websocket()
			clients, begin = append(clients, c), append(begin, time.Now())
			time.Sleep(137 * time.Millisecond)
		}
		for range 2 {
			for i, c := range clients {
				wantsPingSince(t, c, begin[i], interval)
				begin[i] = time.Now()
				c.text("3")
			}
		}
	})
}

// A server without sessions does nothing at all.
func TestNoHeartbeatWithoutSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		for range 2 {
			_, s := srv.websocket()
			before := srv.Turns()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if srv.Turns() == before {
				t.Fatal("the wheel does not turn")
			}
			s.Abort(engineio.ReasonForcedClose)
			synctest.Wait()
			before = srv.Turns()
			time.Sleep(time.Hour + time.Second)
			synctest.Wait()
			if srv.Turns() != before {
				t.Error("the wheel turns for nobody")
			}
		}
	})
}

func TestHeartbeatOnPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond})
		p, s := srv.poll()
		for range 3 {
			begin := time.Now()
			p.get().wants(t, http.StatusOK, "2")
			if d := time.Since(begin); d > 300*time.Millisecond {
				t.Errorf("ping after %v", d)
			}
			p.post("3").wants(t, http.StatusOK, "ok")
		}
		// A ping waits for the poll that takes it.
		time.Sleep(400 * time.Millisecond)
		p.get().wants(t, http.StatusOK, "2")
		p.post("3").wants(t, http.StatusOK, "ok")

		time.Sleep(500 * time.Millisecond)
		s.wantsReason(engineio.ReasonPingTimeout)
		p.gone()
	})
}

// A poll that waits when its session times out is answered.
func TestPingTimeoutWhilePolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		p.get().wants(t, http.StatusOK, "2")
		p.get().wants(t, http.StatusOK, "1")
		s.wantsReason(engineio.ReasonPingTimeout)
		p.gone()
	})
}
