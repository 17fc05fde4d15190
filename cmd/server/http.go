package main

import (
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/rs/zerolog"

	"github.com/parley-go/parley/web"
)

// newHTTPServer returns the HTTP server. It has no ReadTimeout or WriteTimeout:
// a poll lasts as long as a heartbeat and every request that carries a session
// sets its own deadlines. What is not a session gets them from withDeadlines.
func newHTTPServer(h http.Handler, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          stdlog.New(errorLog{log}, "", 0),
	}
}

// routes puts everything under one roof. Paths of no other kind are pages.
func (s *server) routes() http.Handler {
	r := chi.NewRouter()
	if s.config.loopback() && s.config.demo() {
		r.Use(ownHost)
	}
	r.Mount("/socket.io/", s.sockets)
	r.Group(func(r chi.Router) {
		if s.log.GetLevel() <= zerolog.DebugLevel {
			r.Use(s.logRequests)
		}
		r.Use(withDeadlines)
		r.Get("/healthz", s.live)
		r.Head("/healthz", s.live)
		r.Get("/readyz", s.ready)
		r.Head("/readyz", s.ready)
		r.Handle("/*", s.pages())
	})
	return r
}

// ownHost refuses requests for a host that is not this machine by its own name.
// Any site can have a name of its own lead to 127.0.0.1 (DNS rebinding); its
// pages would then pass for the server's.
func ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := (&url.URL{Host: r.Host}).Hostname()
		ip := net.ParseIP(name)
		local := strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost")
		if !local && (ip == nil || !ip.IsLoopback()) {
			status(w, http.StatusForbidden, "In demo mode on loopback this server answers to localhost only. "+
				"Behind a reverse proxy start it with --no-demo.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pages serves the pages in the binary, or those of the folder that replaces
// them.
func (s *server) pages() http.Handler {
	if s.config.WebDir == "" {
		return web.NewHandler(nil)
	}
	return web.NewHandler(&web.Options{Files: os.DirFS(s.config.WebDir)})
}

// live answers as long as the process can: a failure means restart it.
func (s *server) live(w http.ResponseWriter, _ *http.Request) {
	status(w, http.StatusOK, "ok")
}

// ready says whether to send clients here: a failure means send them elsewhere.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.draining.Load() {
		status(w, http.StatusServiceUnavailable, "shutting down")
		return
	}
	status(w, http.StatusOK, "ready")
}

func status(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n") // a prober that left needs no answer
}

// requestTime is what a request for a page may take, body and answer together.
const requestTime = 30 * time.Second

// withDeadlines ends requests of clients that send or read too slowly.
func withDeadlines(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadline := time.Now().Add(requestTime)
		control := http.NewResponseController(w)
		// Every connection of net/http has deadlines; a test's recorder has
		// none and needs none.
		_ = control.SetReadDeadline(deadline)
		_ = control.SetWriteDeadline(deadline)
		next.ServeHTTP(w, r)
	})
}

// logRequests logs each request with its answer.
func (s *server) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			s.log.Debug().
				Str("method", clip(r.Method)).
				Str("path", clip(r.URL.Path)).
				Str("from", r.RemoteAddr).
				Int("status", answer.Status()).
				Int("bytes", answer.BytesWritten()).
				Stringer("took", time.Since(begin)).
				Msg("request")
		}()
		next.ServeHTTP(answer, r)
	})
}
