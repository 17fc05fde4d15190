package engineio

import (
	"net/http"
	"strconv"
	"time"
)

// A requestError is an answer to a request that the server does not take:
//
//	{"code":1,"message":"Session ID unknown"}
//
// The codes and messages are those of the official server; clients and
// operators search for them.
type requestError struct {
	status  int
	code    int
	message string
}

var (
	errUnknownTransport = &requestError{http.StatusBadRequest, 0, "Transport unknown"}
	errUnknownSID       = &requestError{http.StatusBadRequest, 1, "Session ID unknown"}
	errHandshakeMethod  = &requestError{http.StatusBadRequest, 2, "Bad handshake method"}
	errBadRequest       = &requestError{http.StatusBadRequest, 3, "Bad request"}
	errForbidden        = &requestError{http.StatusForbidden, 4, "Forbidden"}
	errProtocol         = &requestError{http.StatusBadRequest, 5, "Unsupported protocol version"}
	errShuttingDown     = &requestError{http.StatusServiceUnavailable, 3, "Server shutting down"}
)

// refuse answers a request with e.
func (srv *Server) refuse(w http.ResponseWriter, r *http.Request, e *requestError) {
	rc, deadline := http.NewResponseController(w), time.Now().Add(srv.opts.WriteTimeout)
	_ = rc.SetReadDeadline(deadline) // of a body that nobody wants
	_ = rc.SetWriteDeadline(deadline)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if e.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if r.Header.Get("Upgrade") != "" {
		h.Set("Connection", "close")
	}
	w.WriteHeader(e.status)
	_, _ = w.Write([]byte(`{"code":` + strconv.Itoa(e.code) + `,"message":"` + e.message + `"}`))
	srv.count.refused.Add(1)
}
