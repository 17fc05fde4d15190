package engineio_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
)

// A poll that is being written when the upgrade packet comes keeps the writer
// until it has been written: the websocket waits, then it takes over.
func TestPollHandsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		synctest.Wait() // the poll of the handshake has given the writer back

		s.send(text("by the poll"))
		conn := p.begin()
		defer conn.Close()
		synctest.Wait() // the answer is being written, and nobody reads it
		c.text("5", "4from client")
		s.wants(text("from client"))
		if got := s.Transport(); got != engineio.WebSocket {
			t.Errorf("Transport() = %q", got)
		}
		s.send(text("by the websocket"))
		_ = s.Send(text("deferred").frames(), engineio.Deferred)
		synctest.Wait()
		if n := s.Queued(); n != 2 {
			t.Errorf("%d frames wait, want 2: the websocket did not wait for the poll", n)
		}
		p.answer(conn).wants(t, http.StatusOK, "4by the poll")
		c.wants(text("by the websocket"), text("deferred"))
	})
}

// Whoever has claimed the writer for the poll, and comes to flush it when the
// session is on the websocket, has it flushed there.
func TestFlushComesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		poll := p.getLater()
		synctest.Wait()
		flush := s.Claim(text("late").frames()[0])
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		synctest.Wait() // the poll of the handshake has given the writer back
		receive(t, poll, "answer to the poll").wants(t, http.StatusOK, "6")
		c.text("5")
		synctest.Wait()
		flush()
		c.wants(text("late"))
	})
}

// A poll that comes when the session has just gone on to its websocket takes
// nothing from it.
func TestPollComesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held, release := make(chan struct{}), make(chan struct{})
		srv := serve(t, formPipe, nil, setup{wrap: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("late") {
					w = lateWriter{wrapper{opaque{w}}, held, release}
				}
				next.ServeHTTP(w, r)
			})
		}})
		p, s := srv.poll()
		poll := make(chan reply, 1)
		go func() { poll <- srv.do(context.Background(), request{query: p.query() + "&late"}) }()
		<-held // it has found the session on polling
		c := p.upgrade()
		synctest.Wait()
		s.Cork()
		s.send(text("a"))
		close(release)
		receive(t, poll, "answer to the poll").wants(t, http.StatusOK, "6")
		s.Uncork()
		c.wants(text("a"))
		s.wantsOpen()
	})
}

// lateWriter holds a poll at the first thing that it does with its writer.
type lateWriter struct {
	wrapper
	held    chan<- struct{}
	release <-chan struct{}
}

func (w lateWriter) SetReadDeadline(time.Time) error {
	w.held <- struct{}{}
	<-w.release
	return nil
}

// What a poll took with it when its connection broke is lost, and the session
// ends: on the websocket a packet would be missing.
func TestPollBreaksDuringHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		synctest.Wait() // the poll of the handshake has given the writer back
		s.send(text("by the poll"))
		conn := p.begin()
		synctest.Wait()
		c.text("5")
		synctest.Wait()
		conn.Close()
		c.wantsEnd()
		s.wantsReason(engineio.ReasonTransportError)
	})
}

// A poll that took nothing with it may break: the session has left it.
func TestNoopBreaksDuringHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		synctest.Wait() // the poll of the handshake has given the writer back
		conn := p.begin()
		synctest.Wait() // a noop is being written
		c.text("5")
		synctest.Wait()
		conn.Close()
		synctest.Wait()
		s.wantsOpen()
		c.send(text("a"))
		s.wants(text("a"))
		s.send(text("b"))
		c.wants(text("b"))
		time.Sleep(time.Second)
		s.wantsOpen()
	})
}
