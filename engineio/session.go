package engineio

import (
	"sync"
	"time"
)

// A Handler receives what arrives on one session.
type Handler interface {
	// Message is called for each message, in order and one at a time, by the
	// session's reader. data is valid only until it returns. It must not block.
	Message(data []byte, binary bool)

	// Closed is called once, when the session has ended, by whoever ended it
	// and with no lock held. It may run while Message runs. It must not block.
	Closed(reason Reason)
}

// closeTimeout is how long a closed session waits for its client to take what
// was queued: for the next poll, or to read the websocket to its end.
const closeTimeout = 30 * time.Second

// sessionState says how far a session's life has come.
type sessionState uint8

const (
	stateOpen    sessionState = iota
	stateClosing              // ended for the application; what was queued still leaves
	stateClosed               // nothing moves any more
)

// writerState says who writes what is in the outbox (see writer.go).
type writerState uint8

const (
	writerIdle    writerState = iota
	writerWriting             // somebody owns the writer and looks at the outbox again before giving it back
	writerStalled             // the same, and that is a goroutine which waits for the client
)

// A Session is one connected client, on whatever transport. Its methods may be
// called from any goroutine.
type Session struct {
	// Static after construction.
	id     string
	server *Server
	shard  *shard

	mu sync.Mutex
	// Guarded by mu.
	handler    Handler // nil until open has returned
	unheard    Reason  // of an end before that
	owed       int     // what Shutdown waits for: every goroutine, the end of the transport, Handler.Closed
	state      sessionState
	writer     writerState
	dirty      bool // on the shard's dirty list
	late       bool // on the shard's corked list
	posting    bool // a POST is being delivered
	pinged     bool // a ping is out
	heard      bool // something arrived since the ping
	extended   bool // and has been taken for a sign of life, once
	corks      int32
	transport  Transport
	probe      *websocket // the websocket of an upgrade under way
	out        outbox
	pause      *pause        // not nil while reading is paused
	posted     chan struct{} // closed when the POST under way has been delivered, or the upgrade is over; made by the upgrade that waits
	closeTimer *time.Timer

	// Owned by the shard's lists; each link is written only by who set the
	// flag above, or by the shard that took the list.
	nextDirty, nextLate *Session

	// Guarded by the server's wheel.
	beat beat
}

// ID returns the session id: 20 base64url characters with 120 random bits. It
// is a secret between server and client; never log or show it.
func (s *Session) ID() string { return s.id }

// Protocol returns the revision of Engine.IO that the client speaks.
func (s *Session) Protocol() int { return 4 }

// Transport returns the name of the transport in use now.
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transport.Name()
}

// Closed reports whether the session has ended.
func (s *Session) Closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != stateOpen
}

// Close ends the session in order: what is queued leaves first, nothing that
// arrives from now on is delivered. Handler.Closed is called before it returns.
func (s *Session) Close(reason Reason) { s.closeWith(reason, closeFrame) }

// closeWith is Close with a last frame other than the usual one.
func (s *Session) closeWith(reason Reason, last *Frame) {
	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return
	}
	s.state = stateClosing
	s.out.push([]*Frame{last}, maxInt, maxInt)
	timeout := closeTimeout
	if reason == ReasonServerShuttingDown {
		timeout = farewellTime // a client that is there polls all the time
	}
	s.closeTimer = time.AfterFunc(timeout, s.bury)
	flush := s.claimLocked()
	p, probe := s.takePauseLocked(), s.takeProbeLocked()
	s.mu.Unlock()

	p.end()
	if probe != nil {
		probe.Abort(nil)
	}
	if flush {
		s.flush()
	}
	s.ended(reason)
}

// Abort ends the session at once and drops what is queued. Handler.Closed is
// called before it returns.
func (s *Session) Abort(reason Reason) { s.abort(reason, closeFrame) }

// abort is Abort with an answer of its own for a poll that waits.
func (s *Session) abort(reason Reason, last *Frame) {
	s.mu.Lock()
	was := s.state
	if was == stateClosed {
		s.mu.Unlock()
		return
	}
	s.state = stateClosed
	s.out.clear()
	t, probe, p, timer := s.transport, s.takeProbeLocked(), s.takePauseLocked(), s.closeTimer
	s.mu.Unlock()

	if timer != nil {
		timer.Stop()
	}
	p.end()
	t.Abort(last)
	if probe != nil {
		probe.Abort(nil)
	}
	s.server.remove(s)
	if was == stateOpen {
		s.ended(reason)
	}
	s.release()
}

// bury ends what is left of a session that was closed in order: its last frame
// has left, or its client did not come for it.
func (s *Session) bury() { s.abort(ReasonForcedClose, closeFrame) }

// ended does once what follows every end of a session.
func (s *Session) ended(reason Reason) {
	s.server.wheel.remove(s)
	s.server.count.closed(reason)
	s.mu.Lock()
	h := s.handler
	if h == nil {
		s.unheard = reason
	}
	s.mu.Unlock()
	if h != nil {
		h.Closed(reason)
		s.release()
	}
}

// introduce makes the session's handler known, nil if there is none, and tells
// it if the session has ended already.
func (s *Session) introduce(h Handler) {
	s.mu.Lock()
	s.handler = h
	reason := s.unheard
	s.mu.Unlock()
	if reason == "" {
		return
	}
	if h != nil {
		h.Closed(reason)
	}
	s.release()
}

// run runs f in a goroutine that Shutdown waits for, unless the session is over.
func (s *Session) run(f func()) {
	s.mu.Lock()
	over := s.owed == 0
	if !over {
		s.owed++
	}
	s.mu.Unlock()
	if over {
		return
	}
	go func() {
		defer s.release()
		f()
	}()
}

// release takes back one of what is owed.
func (s *Session) release() {
	s.mu.Lock()
	s.owed--
	over := s.owed == 0
	s.mu.Unlock()
	if over {
		s.server.forget()
	}
}

const maxInt = int(^uint(0) >> 1)
