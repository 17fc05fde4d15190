package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/rs/zerolog"

	"github.com/parley-go/parley"
	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/namespaces/lobby"
	"github.com/parley-go/parley/socketio"
)

// A program is a server as a user of the library would write it, in this process.
type program struct {
	*server
	sockets *parley.Server
	done    func() // stops it; called by the end of the test if not before
}

// startProgram serves the handlers of official.mjs, in Go, behind what wrap puts around them.
func startProgram(t *testing.T, wrap func(http.Handler) http.Handler, settings ...func(*http.Server)) *program {
	t.Helper()
	out := &output{}
	srv := parley.NewServer(&parley.Options{Logger: zerolog.New(out)})
	lobby.Register(srv.Of("/"), &lobby.Options{Demo: true})
	registerLab(srv)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Server{Handler: wrap(srv), ErrorLog: log.New(out, "", 0)}
	for _, set := range settings {
		set(h)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	p := &program{
		server:  &server{name: "program", addr: l.Addr().String(), url: "http://" + l.Addr().String(), output: out},
		sockets: srv,
	}
	stopped := false
	p.done = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(ctx), h.Shutdown(ctx)); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
		p.inspect(t)
	}
	t.Cleanup(p.done)
	return p
}

// registerLab registers what official.mjs has under /lab and /guarded.
func registerLab(srv *parley.Server) {
	lab := srv.Of("/lab")
	lab.Handle("echo", func(_ context.Context, _ *namespaces.Socket, e *namespaces.Event) error {
		args := make([]any, len(e.Args))
		for i, v := range e.Args {
			args[i] = v
		}
		return e.Ack(args...)
	})
	lab.Handle("silent", func(context.Context, *namespaces.Socket, *namespaces.Event) error { return nil })
	namespaces.OnCall(lab, "question", func(ctx context.Context, s *namespaces.Socket, question socketio.Value) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		answer, err := s.EmitWithAck(ctx, "question", question)
		if err != nil {
			return nil, err
		}
		return answer[0], nil
	})
	namespaces.OnCall(lab, "patience", func(ctx context.Context, s *namespaces.Socket, ms int) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
		if _, err := s.EmitWithAck(ctx, "unanswered", 1); !errors.Is(err, namespaces.ErrTimeout) {
			return "", err
		}
		return "timeout", nil
	})
	namespaces.On(lab, "count", func(_ context.Context, s *namespaces.Socket, n int) error {
		for i := range n {
			if err := s.Emit("number", i); err != nil {
				return err
			}
		}
		return nil
	})
	srv.Of("/guarded").Use(func(_ context.Context, s *namespaces.Socket) error {
		var auth struct{ Token string }
		if err := s.Handshake().Auth.Decode(&auth); err != nil || auth.Token != "open sesame" {
			return &namespaces.Error{Message: "not you", Data: map[string]string{"code": "forbidden"}}
		}
		return nil
	})
}

func bare(h http.Handler) http.Handler { return h }

// router mounts the server as users of chi do, behind middleware.
func router(use ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		r := chi.NewRouter()
		r.Use(use...)
		r.Mount("/socket.io/", h)
		return r
	}
}

// TestLibrary runs the scenarios on a program that uses the library.
func TestLibrary(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	p := startProgram(t, bare)
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			script{server: p.server, args: []string{"--mode=" + mode}}.run(t, "lab")
		})
	}
}

// TestMiddleware puts the middleware that people use before the server: polling and upgrades go through it.
func TestMiddleware(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	logger := middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0), NoColor: true})
	for name, c := range map[string]struct {
		wrap    func(http.Handler) http.Handler
		setting func(*http.Server)
	}{
		"chi alone":    {wrap: router()},
		"chi Logger":   {wrap: router(logger)},
		"chi Compress": {wrap: router(middleware.Compress(5, "text/plain", "text/html", "application/json"))},
		"chi Timeout":  {wrap: router(middleware.Timeout(60 * time.Second))},
		"chi all of them": {wrap: router(middleware.RequestID, logger, middleware.Recoverer,
			middleware.Compress(5, "text/plain"), middleware.Timeout(60*time.Second))},
		"net/http timeouts": {wrap: bare, setting: func(h *http.Server) {
			h.ReadTimeout, h.WriteTimeout, h.IdleTimeout = time.Second, time.Second, time.Second
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.setting == nil {
				c.setting = func(*http.Server) {}
			}
			p := startProgram(t, c.wrap, c.setting)
			for _, mode := range modes {
				t.Run(mode, func(t *testing.T) {
					script{server: p.server, args: []string{"--mode=" + mode, "--idle=1500"}}.run(t, "lab")
				})
			}
			if strings.Contains(name, "Compress") {
				t.Run("compressed", func(t *testing.T) { compressed(t, p) })
			}
		})
	}
}

// compressed demands that an answer to a poll may be compressed on its way.
func compressed(t *testing.T, p *program) {
	c := joinPoller(t, p.url)
	c.post(t, `420["private message",{"to":"nobody","content":"`+strings.Repeat("x", 5000)+`"}]`)
	r := c.do(t, http.MethodGet, c.query(), "", http.Header{"Accept-Encoding": {"gzip"}})
	if r.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", r.header)
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(r.body)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || !strings.HasPrefix(string(plain), "430[{") {
		t.Errorf("%q %v", plain, err)
	}
}

// TestHarmfulMiddleware has middleware that a realtime server cannot work behind in full. What does not work must be said in
// the log, and must not take the rest along.
func TestHarmfulMiddleware(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	t.Run("a writer that hides the connection", func(t *testing.T) {
		t.Parallel()
		p := startProgram(t, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			})
		})
		script{server: p.server, args: []string{"--mode=polling", "--idle=1000"}}.run(t, "lab")
		script{server: p.server}.run(t, "fallback")
		if _, err := dialSocket(p.addr, "EIO=4&transport=websocket", nil); refusal(err) != 400 {
			t.Errorf("websocket: %v; want 400", err)
		}
		if log := p.output.String(); !strings.Contains(strings.ToLower(log), "hijack") && !strings.Contains(log, "ResponseController") {
			t.Errorf("the log does not say why there are no websockets:\n%s", log)
		}
	})
	t.Run("http.TimeoutHandler", func(t *testing.T) {
		t.Parallel()
		p := startProgram(t, func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 30*time.Second, "") })
		script{server: p.server}.run(t, "fallback")
	})
	t.Run("a timeout shorter than a poll", func(t *testing.T) {
		t.Parallel()
		p := startProgram(t, router(middleware.Timeout(700*time.Millisecond)))
		// A websocket is not a request any more.
		script{server: p.server, args: []string{"--mode=websocket", "--idle=1500"}}.run(t, "lab")
		c := joinPoller(t, p.url)
		r := c.get(t)
		t.Logf("a poll is answered with %d %q", r.status, r.body)
		if r.status != 200 && !strings.Contains(p.output.String(), "timeout") && !strings.Contains(p.output.String(), "context") {
			t.Errorf("a poll was cut with %d %q and the log does not say why:\n%s", r.status, r.body, p.output)
		}
	})
}
