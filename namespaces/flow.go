package namespaces

// A flow is what a session's sockets want of their engine session, and what it
// was told.
//
// While handlers run, the session is corked, so that what they send leaves in
// one write; and when too much waits for them it is paused, so that no more
// arrives. Both end while anybody waits for this client's ack, or a handler of
// this session for any client's: a request must leave, and a session that is
// not read can bring no ack.
type flow struct {
	dispatchers int // that run handlers
	awaiting    int // acks

	corked, paused bool // what the session was told
	settling       bool // somebody is telling it
}

// settleLocked brings the engine session in line with what is wanted. The lock
// is not held while the session is called, so that what is wanted may change
// meanwhile: only one goroutine at a time does this, and it looks again until
// nothing is left to do. Without that, a Pause could overtake the Resume that
// came after it.
func (c *conn) settleLocked() {
	f := &c.flow
	if f.settling {
		return
	}
	f.settling = true
	for {
		was := *f
		f.corked, f.paused = f.dispatchers > 0 && f.awaiting == 0, c.overloadedLocked()
		if f.corked == was.corked && f.paused == was.paused {
			break
		}
		now := *f
		c.mu.Unlock()
		switch {
		case now.paused && !was.paused:
			c.session.Pause()
		case !now.paused && was.paused:
			c.session.Resume()
		}
		switch {
		case now.corked && !was.corked:
			c.session.Cork()
		case !now.corked && was.corked:
			c.session.Uncork()
		}
		c.mu.Lock()
	}
	f.settling = false
}

// overloadedLocked reports whether the session should not be read.
func (c *conn) overloadedLocked() bool {
	o := &c.mux.opts
	switch {
	case c.flow.awaiting > 0:
		return false
	case c.flow.paused: // not for one event at a time
		return c.waiting.over(o.InboxEvents/2+1, o.InboxBytes/2+1)
	default:
		return c.waiting.over(o.InboxEvents, o.InboxBytes)
	}
}

// await notes that somebody begins or ends to wait for an ack.
func (c *conn) await(n int) {
	c.mu.Lock()
	c.flow.awaiting += n
	c.settleLocked()
	c.mu.Unlock()
}
