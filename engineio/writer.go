package engineio

// A session's writer
//
// Whoever queues a packet on a session whose writer is idle claims the writer
// and becomes responsible for the whole outbox: it writes, looks again, and
// gives the writer back only when it has found the outbox empty. Who finds the
// writer claimed just appends. So packets leave in order, there is never more
// than one writer, and no goroutine waits for work.
//
//	idle ──claim──▶ writing ──outbox empty──▶ idle
//	                  │ the client does not take it all
//	                  ▼
//	               stalled ──outbox empty──▶ idle
//
// A stalled session is written by a goroutine of its own (websocket.drain),
// which may block; what was cut off in the middle stays ahead of everything.
//
// The claim is put off where waiting makes one write of many: while a handler
// of the session runs (Cork), and for broadcasts, whose writes are made by the
// session's shard.

// Delivery says how Send treats a packet.
type Delivery uint8

const (
	// Volatile drops the packet, and counts it, if the client is not ready for
	// it: the connection is stalled, no poll waits, or the outbox is 75 % full.
	Volatile Delivery = 1 << iota
	// Deferred leaves the write to the session's shard: for one packet that
	// goes to many sessions.
	Deferred
)

// Send queues the frames of one packet. Nil means that it is queued, or was
// volatile and dropped. ErrClosed: the session has ended. ErrSlowConsumer: the
// packet did not fit; the session has been closed.
func (s *Session) Send(frames []*Frame, how Delivery) error {
	o := &s.server.opts
	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return ErrClosed
	}
	if how&Volatile != 0 && (s.writer == writerStalled || !s.transport.Ready() ||
		s.out.crowded(o.OutboxPackets, o.OutboxBytes)) {
		s.mu.Unlock()
		s.server.count.volatileDropped.Add(1)
		return nil
	}
	if !s.out.push(frames, o.OutboxPackets, o.OutboxBytes) {
		s.mu.Unlock()
		s.Abort(ReasonSlowConsumer)
		return ErrSlowConsumer
	}
	if s.writer != writerIdle || !s.transport.Ready() {
		s.mu.Unlock() // its owner looks again; the next poll takes it
		return nil
	}
	if s.corks > 0 && how&Deferred == 0 {
		s.lateLocked()
		s.mu.Unlock()
		return nil
	}
	if how&Deferred != 0 || s.shard.walking.Load() {
		s.dirtyLocked()
		s.mu.Unlock()
		return nil
	}
	s.writer = writerWriting
	s.mu.Unlock()
	s.flush()
	return nil
}

// Cork puts off writing, for a millisecond at most, until the Uncork that ends
// it: what is sent meanwhile leaves together. Corks nest.
func (s *Session) Cork() {
	s.mu.Lock()
	s.corks++
	s.mu.Unlock()
}

// Uncork ends a Cork, and writes what waits when it is the last.
func (s *Session) Uncork() {
	s.mu.Lock()
	s.corks--
	flush := false
	if s.corks == 0 && !s.dirty && !s.out.empty() {
		if s.shard.walking.Load() && s.writer == writerIdle {
			s.dirtyLocked()
		} else {
			flush = s.claimLocked()
		}
	}
	s.mu.Unlock()
	if flush {
		s.flush()
	}
}

// claimLocked claims the writer if there is something to write and nobody does.
func (s *Session) claimLocked() bool {
	if s.writer != writerIdle || s.out.empty() || !s.transport.Ready() {
		return false
	}
	s.writer = writerWriting
	return true
}

// flush has the current transport send what waits. The caller has the writer.
func (s *Session) flush() {
	s.mu.Lock()
	t := s.transport
	s.mu.Unlock()
	t.Flush()
}

// take returns the next frames for the owner of the writer, at least one and
// as many as fit into limit bytes. If there are none it gives the writer back.
func (s *Session) take(dst []*Frame, limit int, size func(*Frame) int) []*Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	dst = s.out.take(dst[:0], limit, size)
	if len(dst) == 0 {
		s.writer = writerIdle
	}
	return dst
}

func (s *Session) stall() {
	s.mu.Lock()
	s.writer = writerStalled
	s.mu.Unlock()
}

// dirtyLocked leaves the session to its shard.
func (s *Session) dirtyLocked() {
	if !s.dirty {
		s.dirty = true
		s.shard.push(s)
	}
}

// lateLocked has the shard look at the session in a millisecond.
func (s *Session) lateLocked() {
	if !s.late {
		s.late = true
		s.shard.pushLate(s)
	}
}
