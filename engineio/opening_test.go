package engineio_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// A session can end before open has returned the Handler that is to hear of
// it: what open sends may overflow the outbox, and who else knows the session
// by then may end it.
func TestSessionEndsInOpen(t *testing.T) {
	for name, end := range map[string]struct {
		in     func(*session)
		reason engineio.Reason
	}{
		"overflow": {func(s *session) {
			for s.Send(text("more").frames(), 0) == nil {
			}
		}, engineio.ReasonSlowConsumer},
		"close": {func(s *session) { s.Close(engineio.ReasonForcedClose) }, engineio.ReasonForcedClose},
		"abort": {func(s *session) { s.Abort(engineio.ReasonForcedClose) }, engineio.ReasonForcedClose},
	} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, &engineio.Options{OutboxPackets: 4}, setup{open: func(s *session, _ *http.Request) { end.in(s) }})

				r := srv.do(t.Context(), request{query: "EIO=4&transport=polling"})
				if r.err != nil || r.status != http.StatusOK {
					t.Errorf("polling: %d %q %v", r.status, r.body, r.err)
				}
				srv.accept().wantsReason(end.reason)

				c := srv.dialWS("EIO=4&transport=websocket")
				srv.accept().wantsReason(end.reason)
				for {
					f, err := c.read()
					if err != nil {
						break
					}
					if f.Header.OpCode == ws.OpClose {
						c.frame(f)
					}
				}
				until(t, "no session is left", func() bool { return srv.Len() == 0 })
				until(t, "no heartbeat is left", func() bool { return srv.Beating() == 0 })
			})
		})
	}
}

// A panic in open is net/http's to report; nothing is left of the session.
func TestOpenPanics(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var srv *server
		srv = serve(t, f, nil, setup{open: func(s *session, _ *http.Request) {
			srv.forget(s) // its Handler is never known
			panic(http.ErrAbortHandler)
		}})
		if r := srv.do(t.Context(), request{query: "EIO=4&transport=polling"}); r.err == nil {
			t.Errorf("polling: %d %q", r.status, r.body)
		}
		srv.dialWS("EIO=4&transport=websocket").wantsEnd()
		until(t, "no session is left", func() bool { return srv.Len() == 0 })
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// Shutdown ends also the session that is being opened, and does not return
// before its Handler knows.
func TestShutdownWhileOpening(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var shutdown sync.WaitGroup
		var srv *server
		srv = serve(t, f, nil, setup{open: func(s *session, _ *http.Request) {
			shutdown.Go(func() {
				if err := srv.Shutdown(context.Background()); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
				if len(s.reasons) != 1 {
					t.Error("Shutdown returned before Handler.Closed")
				}
			})
			until(t, "session is closed", s.Closed)
			if err := s.Send(text("late").frames(), 0); !errors.Is(err, engineio.ErrClosed) {
				t.Errorf("Send: %v, want ErrClosed", err)
			}
		}})
		c := srv.dialWS("EIO=4&transport=websocket")
		parseOpen(t, c.packet())
		c.wantsClose(0)
		shutdown.Wait()
		srv.accept().wantsReason(engineio.ReasonServerShuttingDown)
		srv.do(t.Context(), request{query: "EIO=4&transport=polling"}).
			wants(t, http.StatusServiceUnavailable, `{"code":3,"message":"Server shutting down"}`)
	})
}
