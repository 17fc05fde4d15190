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

	corked, paused   bool // what the session was told
	corking, pausing bool // somebody is telling it
}

// settleLocked brings the engine session in line with what is wanted. The lock
// is not held while the session is called, so that what is wanted may change
// meanwhile: only one goroutine at a time tells each thing, and it looks again
// until nothing is left to do. Without that, a Pause could overtake the Resume
// that came after it. A pause does not wait for an Uncork, which writes.
func (c *conn) settleLocked() {
	c.settlePauseLocked()
	c.settleCorkLocked()
}

func (c *conn) settlePauseLocked() {
	f := &c.flow
	if f.pausing {
		return
	}
	f.pausing = true
	for f.paused != c.overloadedLocked() {
		f.paused = !f.paused
		pause := f.paused
		c.mu.Unlock()
		if pause {
			c.session.Pause()
		} else {
			c.session.Resume()
		}
		c.mu.Lock()
	}
	f.pausing = false
}

func (c *conn) settleCorkLocked() {
	f := &c.flow
	if f.corking {
		return
	}
	f.corking = true
	for f.corked != (f.dispatchers > 0 && f.awaiting == 0) {
		f.corked = !f.corked
		cork := f.corked
		c.mu.Unlock()
		if cork {
			c.session.Cork()
		} else {
			c.session.Uncork()
		}
		c.mu.Lock()
	}
	f.corking = false
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
