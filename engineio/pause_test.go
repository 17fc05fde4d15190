package engineio_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
)

// eachPaused runs test in a bubble with a paused session on each transport.
func eachPaused(t *testing.T, o *engineio.Options, test func(t *testing.T, c client, s *session)) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, s := open(serve(t, formPipe, o))
				synctest.Wait()
				s.Pause()
				test(t, c, s)
			})
		})
	}
}

// Nothing is delivered while a session is paused, whether its reader waited
// for the client or was in the middle of a payload.
func TestPause(t *testing.T) {
	eachPaused(t, nil, func(t *testing.T, c client, s *session) {
		c.sendLater(text("a"), text("b"), text("c"))
		synctest.Wait()
		s.wantsNothing()
		s.Pause() // idempotent
		time.Sleep(4 * time.Second)
		s.wantsNothing()
		s.Resume()
		s.wants(text("a"), text("b"), text("c"))
		s.Resume()
		synctest.Wait()
		s.wantsOpen()
	})
}

// A pause in Message lets no further message through.
func TestPauseInMessage(t *testing.T) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, s := open(serve(t, formPipe, nil, setup{open: func(s *session, _ *http.Request) {
					s.on = func(m message) {
						s.Pause()
						s.messages <- m
					}
				}}))
				c.sendLater(text("a"), text("b"), text("c"))
				for _, m := range []message{text("a"), text("b"), text("c")} {
					s.wants(m)
					synctest.Wait()
					s.wantsNothing()
					s.Resume()
				}
			})
		})
	}
}

// Sending goes on while reading is paused.
func TestSendWhilePaused(t *testing.T) {
	eachPaused(t, nil, func(t *testing.T, c client, s *session) {
		s.send(text("a"))
		c.wants(text("a"))
	})
}

// The answer to a POST is withheld until its packets have been delivered.
func TestPostWhilePaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		s.Pause()
		post := p.postLater("4a\x1e4b")
		time.Sleep(4 * time.Second)
		select {
		case r := <-post:
			t.Fatalf("POST was answered %d %q", r.status, r.body)
		default:
		}
		s.Resume()
		receive(t, post, "answer to the POST").wants(t, http.StatusOK, "ok")
		s.wants(text("a"), text("b"))
	})
}

// A pause that begins with a message stops the reading behind it: the POST is
// not answered although it is at its end, and nothing more is taken from a
// websocket.
func TestPauseStopsReading(t *testing.T) {
	pauses := setup{open: func(s *session, _ *http.Request) {
		s.on = func(m message) {
			s.Pause()
			s.messages <- m
		}
	}}
	t.Run("polling", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p, s := serve(t, formPipe, nil, pauses).poll()
			post := p.postLater("4a")
			s.wants(text("a"))
			synctest.Wait()
			if len(post) != 0 {
				t.Error("the POST was answered")
			}
			s.Resume()
			receive(t, post, "answer to the POST").wants(t, http.StatusOK, "ok")
		})
	})
	t.Run("websocket", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, s := serve(t, formPipe, nil, pauses).websocket()
			c.send(text("a"))
			s.wants(text("a"))
			written := make(chan error, 1)
			go func() {
				_, err := c.conn.Write(text("b").masked())
				written <- err
			}()
			synctest.Wait()
			if len(written) != 0 {
				t.Error("the next message was read")
			}
			s.Resume()
			s.wants(text("b"))
			if err := receive(t, written, "end of the write"); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestPauseTooLong(t *testing.T) {
	for name, o := range map[string]*engineio.Options{"default": nil, "option": {PauseTimeout: time.Second}} {
		t.Run(name, func(t *testing.T) {
			eachPaused(t, o, func(t *testing.T, c client, s *session) {
				timeout := 5 * time.Second
				if o != nil {
					timeout = o.PauseTimeout
				}
				c.sendLater(text("a"))
				time.Sleep(timeout - time.Millisecond)
				synctest.Wait()
				s.wantsOpen()
				time.Sleep(time.Millisecond)
				synctest.Wait()
				s.wantsReason(engineio.ReasonInboxOverflow)
				s.wantsNothing()
			})
		})
	}
}

// Each pause has its own time.
func TestPauseAgainAndAgain(t *testing.T) {
	eachPaused(t, &engineio.Options{PingInterval: time.Hour}, func(t *testing.T, c client, s *session) {
		for range 10 {
			time.Sleep(4 * time.Second)
			s.Resume()
			s.Pause()
		}
		s.wantsOpen()
		s.Resume()
		time.Sleep(10 * time.Second)
		s.wantsOpen()
	})
}

// While we do not read, no pong can be missed. Afterwards there is time for it.
func TestNoPingTimeoutWhilePaused(t *testing.T) {
	for name, busy := range map[string]bool{"busy client": true, "silent client": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const interval, timeout = 300 * time.Millisecond, 200 * time.Millisecond
				c, s := serve(t, formPipe, &engineio.Options{
					PingInterval: interval, PingTimeout: timeout, PauseTimeout: time.Minute,
				}).websocket()
				s.Pause()
				c.wantsText("2")
				if busy {
					c.sendLater(text("before the pong"))
				}
				time.Sleep(30 * time.Second)
				s.wantsOpen()
				s.Resume()
				if busy {
					s.wants(text("before the pong"))
				}
				c.text("3")
				wantsPing(t, c, interval)
				s.wantsOpen()
				c.wantsEnd() // no pong this time, and no pause
				s.wantsReason(engineio.ReasonPingTimeout)
			})
		})
	}
}

// The end of a paused session ends its reader too.
func TestCloseWhilePaused(t *testing.T) {
	eachPaused(t, nil, func(t *testing.T, c client, s *session) {
		c.sendLater(text("a"))
		synctest.Wait()
		s.Close(engineio.ReasonForcedClose)
		s.wantsReason(engineio.ReasonForcedClose)
		if c, ok := c.(*wsClient); ok {
			c.wantsClose(0)
		}
		s.wantsNothing()
	})
}

// A POST is withheld by the pause, and the upgrade waits for the POST.
func TestUpgradeWhilePaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		s.Pause()
		post := p.postLater("4a")
		synctest.Wait()
		c.text("5")
		synctest.Wait()
		s.wantsNothing()
		s.Resume()
		s.wants(text("a"))
		receive(t, post, "answer to the POST").wants(t, http.StatusOK, "ok")
		c.text("4b")
		s.wants(text("b"))
	})
}
