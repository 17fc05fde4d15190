package engineio

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// An upgrade, step by step:
//
//	client                          server
//	GET …&sid=…, Upgrade ─────────▶ 101           attachProbe
//	2probe ───────────────────────▶               probePacket
//	       ◀─────────────────────── 3probe
//	       ◀── the poll that waits, or the next, is answered at once,
//	           with what is queued or a noop; what comes later waits
//	5 ────────────────────────────▶               takeOver: the websocket
//	       ◀─────────────────────── what waited   is the transport now
//
// POSTs are taken until the 5 arrives. Until then the websocket carries nothing
// but the probe, and if it breaks the session stays on polling.

// attachProbe makes c the probe of a polling session, which can have one at a
// time; a session on a websocket has none.
func (s *Session) attachProbe(c *conn, early []byte) bool {
	t := newWebsocket(s, c)
	t.probing = true
	t.reader.feed(early)
	s.mu.Lock()
	_, polls := s.transport.(*polling)
	ok := s.state == stateOpen && polls && s.probe == nil
	if ok {
		s.probe = t
	}
	s.mu.Unlock()
	if !ok {
		t.reader.free()
		return false
	}
	s.run(func() {
		timeout := time.AfterFunc(s.server.opts.UpgradeTimeout, func() { s.detachProbe(t) })
		defer timeout.Stop()
		defer s.detachProbe(t)
		t.readLoop()
	})
	return true
}

// takeProbeLocked ends an upgrade under way and returns its websocket, if any.
func (s *Session) takeProbeLocked() *websocket {
	t := s.probe
	s.probe = nil
	s.postedLocked()
	return t
}

// detachProbe gives up an upgrade that has not been completed.
func (s *Session) detachProbe(t *websocket) {
	s.mu.Lock()
	failed := s.probe == t
	if failed {
		s.takeProbeLocked()
	}
	if p, polls := s.transport.(*polling); failed && polls {
		p.probed = false
	}
	s.mu.Unlock()
	if failed {
		t.Abort(nil)
	}
}

// probePacket takes what comes on the websocket of an upgrade under way.
func (t *websocket) probePacket(op ws.OpCode, payload []byte) bool {
	if op != ws.OpText {
		return false
	}
	switch string(payload) {
	case "2probe":
		if t.conn.write(probeFrame.websocket(), t.session.server.opts.WriteTimeout) != nil {
			return false
		}
		return t.session.probed(t)
	case "5":
		if !t.session.takeOver(t) {
			return false
		}
		t.probing = false
		return true
	default:
		return false
	}
}

// probed releases the poll that waits: the client finishes polling before it
// sends the upgrade packet.
func (s *Session) probed(t *websocket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, polls := s.transport.(*polling)
	if s.probe != t || !polls {
		return false
	}
	p.probed = true
	p.wakeLocked()
	return true
}

// takeOver makes the websocket of an upgrade the session's transport. Nobody
// waits with the lock held: a poll that is writing hands the writer over when
// it returns.
func (s *Session) takeOver(t *websocket) bool {
	for {
		s.mu.Lock()
		p, polls := s.transport.(*polling)
		if s.probe != t || s.state != stateOpen || !polls || !p.probed {
			s.mu.Unlock()
			return false
		}
		if !s.posting {
			s.probe = nil
			s.transport = t
			p.wakeLocked() // a poll that still waits is answered with a noop
			flush := s.claimLocked()
			s.mu.Unlock()
			s.server.count.upgraded.Add(1)
			if flush {
				t.Flush()
			}
			return true
		}
		// A client waits for its POST before it sends the packet; one that
		// does not is held until the POST's packets have been delivered.
		if s.posted == nil {
			s.posted = make(chan struct{})
		}
		posted := s.posted
		s.mu.Unlock()
		<-posted
	}
}

// isUpgrade reports whether r asks for a websocket.
func isUpgrade(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && r.Method == http.MethodGet &&
		hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

// hijack completes the websocket handshake and returns the connection and what
// the client has already sent on it, or nil when it has refused.
func (srv *Server) hijack(w http.ResponseWriter, r *http.Request) (*conn, []byte) {
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		srv.refuse(w, r, errBadRequest)
		return nil, nil
	}
	netConn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		srv.logHijack.Warn().Err(err).Str("writer", fmt.Sprintf("%T", w)).
			Msg("websocket refused: a middleware's ResponseWriter has neither Hijack nor Unwrap")
		srv.refuse(w, r, errBadRequest)
		return nil, nil
	}
	if _, _, _, err := (ws.HTTPUpgrader{Timeout: srv.opts.WriteTimeout}).Upgrade(r, hijacked{w, netConn, rw}); err != nil {
		netConn.Close() // the refusal has been written
		return nil, nil
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	return newConn(netConn), bytes.Clone(early)
}

// hijacked is a ResponseWriter whose connection has been taken already.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
	rw   *bufio.ReadWriter
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.conn, h.rw, nil }
