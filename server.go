package parley

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// A Server is a Socket.IO server: an http.Handler for everything under
// Options.Path. It is safe for concurrent use.
type Server struct {
	path   string // ends in a slash
	bundle *bundle
	engine *engineio.Server
	mux    *namespaces.Mux
}

// NewServer returns a server with the namespace "/", which every client may
// join and which handles no event yet.
func NewServer(o *Options) *Server {
	c := o.withDefaults()
	b, err := newBundle(c.Client)
	if err != nil {
		// A server without the client file is still a server: clients that
		// bring their own are not to be turned away for it.
		c.Logger.Error().Err(err).Msg("the client bundle will not be served")
	}
	mux := namespaces.NewMux(c.mux())
	return &Server{
		path:   c.Path,
		bundle: b,
		engine: engineio.NewServer(mux.Open, c.engine()),
		mux:    mux,
	}
}

// ServeHTTP answers the requests of clients: the files of the client bundle
// and all that Engine.IO asks. A path that does not begin with Options.Path
// and a slash answers 404, so the pattern it is mounted under must cover
// exactly that and leave the path as it is.
//
// What wraps the server must leave a request its time and its connection:
// a timeout cuts long polls, and a ResponseWriter that hides the connection
// (no Unwrap method for http.ResponseController) refuses websockets.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, s.path)
	if !ok {
		http.Error(w, "Socket.IO is served under "+s.path, http.StatusNotFound)
		return
	}
	if s.bundle.serve(w, r, name) {
		return
	}
	s.engine.ServeHTTP(w, r)
}

// Of returns the namespace called name and creates it first if need be. The
// leading slash may be left out. Handlers must be registered before the
// namespace's first client connects.
func (s *Server) Of(name string) *namespaces.Namespace {
	return s.mux.Of(name)
}

// Len returns the number of open sessions. A session is one client's
// connection, whatever the number of namespaces it has joined.
func (s *Server) Len() int {
	return s.engine.Len()
}

// Shutdown ends the server: new sessions are refused, open ones are closed
// with the reason "server shutting down", what waits for them is sent, and
// the handlers still running are waited for. Polling clients fetch their last
// packets by request, so the HTTP server must go on answering until Shutdown
// has returned:
//
//	srv.Shutdown(ctx)
//	httpServer.Shutdown(ctx)
//
// When ctx ends first, what is left is cut and the error says so. Further
// calls wait for the first.
func (s *Server) Shutdown(ctx context.Context) error {
	return errors.Join(s.engine.Shutdown(ctx), s.mux.Close(ctx))
}
