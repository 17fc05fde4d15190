package engineio_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
	"github.com/rs/zerolog"
)

// wrapper is a ResponseWriter as middleware makes one, to count bytes for
// instance. It says what is behind it.
type wrapper struct{ opaque }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// opaque is one that does not.
type opaque struct{ http.ResponseWriter }

func wrapWriter(wrap func(http.ResponseWriter) http.ResponseWriter) setup {
	return setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(wrap(w), r) })
	}}
}

func TestWriterWithUnwrap(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil, wrapWriter(func(w http.ResponseWriter) http.ResponseWriter {
			return wrapper{opaque{wrapper{opaque{w}}}}
		}))
		p, s := srv.poll()
		p.send(text("a"))
		s.wants(text("a"))
		c := p.upgrade()
		s.send(text("b"))
		c.wants(text("b"))
		c, s = srv.websocket()
		c.send(text("c"))
		s.wants(text("c"))
	})
}

// Through a writer that gives its connection to nobody, polling works and a
// websocket does not; the log says why.
func TestWriterWithoutHijack(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	srv := serve(t, formPipe, &engineio.Options{Logger: zerolog.New(&log)},
		wrapWriter(func(w http.ResponseWriter) http.ResponseWriter { return opaque{w} }))
	p, s := srv.poll()
	p.send(text("a"))
	s.wants(text("a"))
	s.send(text("b"))
	p.wants(text("b"))

	for _, query := range []string{newWebSocket, newWebSocket + "&sid=" + p.sid} {
		log.Reset()
		_, resp := srv.shake(upgradeRequest(query))
		body, err := io.ReadAll(resp.Body)
		reply{resp.StatusCode, resp.Header, string(body), err}.wants(t, http.StatusBadRequest, `{"code":3,"message":"Bad request"}`)
		if line := log.String(); !strings.Contains(line, "Hijack") || !strings.Contains(line, "engineio_test.opaque") {
			t.Errorf("log: %q", line)
		}
	}
	s.wantsOpen()
}

// The timeouts of an http.Server are for those who do not know better: they
// cut neither a long poll, nor a slow POST, nor a websocket.
func TestServerTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour}, setup{http: func(hs *http.Server) {
			hs.ReadTimeout, hs.WriteTimeout, hs.IdleTimeout = 200*time.Millisecond, 200*time.Millisecond, time.Minute
		}})
		c, s := srv.websocket()
		time.Sleep(time.Minute)
		c.send(text("a"))
		s.wants(text("a"))
		s.send(text("b"))
		c.wants(text("b"))

		p, s := srv.poll()
		for range 2 { // the second on the same connection
			waiting := p.getLater()
			time.Sleep(time.Minute)
			s.send(text("late"))
			receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4late")
		}

		body, write := io.Pipe()
		posted := make(chan reply, 1)
		go func() {
			posted <- srv.do(context.Background(), request{method: "POST", query: p.query(), body: body})
		}()
		for _, part := range []string{"4", "slow"} {
			time.Sleep(7 * time.Second)
			_, _ = io.WriteString(write, part)
		}
		write.Close()
		receive(t, posted, "answer to the POST").wants(t, http.StatusOK, "ok")
		s.wants(text("slow"))
	})
}

// A poll is answered before the context of its request ends.
func TestRequestDeadline(t *testing.T) {
	const timeout = 30 * time.Second
	for name, middleware := range map[string]func(http.Handler) http.Handler{
		"context": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithTimeout(r.Context(), timeout)
				defer cancel()
				next.ServeHTTP(w, r.WithContext(ctx))
			})
		},
		"http.TimeoutHandler": func(next http.Handler) http.Handler { return http.TimeoutHandler(next, timeout, "timeout") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour}, setup{wrap: middleware})
				p, s := srv.poll()
				for range 3 {
					from := time.Now()
					p.get().wants(t, http.StatusOK, "6")
					if d := time.Since(from); d != timeout-timeout/10 {
						t.Errorf("noop after %v, want 27s", d)
					}
				}
				waiting := p.getLater()
				synctest.Wait()
				s.send(text("a"))
				receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4a")
			})
		})
	}
}
