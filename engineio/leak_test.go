package engineio_test

import (
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"weak"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// Of sessions that are gone nothing is left: no goroutine, no timer, no place
// in the heartbeat's wheel or on a list of a shard. Whatever held a session
// would keep it from being collected.
//
// Not parallel: the goroutines of the whole process are counted.
func TestNothingIsLeft(t *testing.T) {
	sessions := 500
	if testing.Short() {
		sessions = 50
	}
	for _, test := range []struct {
		name string
		life func(*testing.T, *server) *session
	}{
		{"polling", func(t *testing.T, srv *server) *session {
			p, s := srv.poll()
			p.send(text("a"))
			s.wants(text("a"))
			s.send(text("b"))
			p.wants(text("b"))
			p.post("1").wants(t, http.StatusOK, "ok")
			s.wantsReason(engineio.ReasonTransportClose)
			return s
		}},
		{"websocket", func(t *testing.T, srv *server) *session {
			c, s := srv.websocket()
			c.send(text("a"))
			s.wants(text("a"))
			s.Cork()
			s.send(text("b"))
			s.Uncork()
			_ = s.Send(text("c").frames(), engineio.Deferred)
			c.wants(text("b"), text("c"))
			c.text("3")
			c.frame(ws.NewCloseFrame(nil))
			c.wantsClose(0)
			_ = c.conn.Close()
			s.wantsReason(engineio.ReasonTransportClose)
			return s
		}},
		{"upgrade", func(t *testing.T, srv *server) *session {
			p, s := srv.poll()
			c := p.upgrade()
			c.send(text("a"))
			s.wants(text("a"))
			s.Pause()
			s.Resume()
			s.Close(engineio.ReasonForcedClose)
			c.wantsClose(0)
			_ = c.conn.Close()
			s.wantsReason(engineio.ReasonForcedClose)
			return s
		}},
		{"abandoned", func(t *testing.T, srv *server) *session {
			p, s := srv.poll()
			c := p.probe()
			until(t, "the upgrade begins", s.Probes)
			s.send(text("unfetched"))
			s.Pause()
			s.Close(engineio.ReasonForcedClose)
			s.Abort(engineio.ReasonForcedClose)
			c.wantsEnd()
			s.wantsReason(engineio.ReasonForcedClose)
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, f := range []form{formBare, formAny} {
				t.Run(f.name, func(t *testing.T) {
					srv := serve(t, f, nil)
					srv.poll()
					resident, _ := srv.websocket() // the server is not idle meanwhile
					before := engineGoroutines()

					gone := make([]weak.Pointer[engineio.Session], sessions)
					for i := range gone {
						s := test.life(t, srv)
						gone[i] = weak.Make(s.Session)
						srv.forget(s)
					}

					until(t, "all have gone", func() bool { return srv.Len() == 2 })
					until(t, "their goroutines have ended", func() bool { return engineGoroutines() <= before })
					until(t, "they are collected", func() bool {
						runtime.GC()
						held := 0
						for _, s := range gone {
							if s.Value() != nil {
								held++
							}
						}
						return held <= sessions/10 // the runtime may keep a stopped timer for a while
					})
					resident.send(text("still here"))
				})
			}
		})
	}
}

// engineGoroutines counts the goroutines that run in this package, and so are
// neither net/http's own nor the test's.
func engineGoroutines() (n int) {
	var all strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&all, 2)
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, "parley/engineio.") {
			n++
		}
	}
	return n
}
