package engineio

import (
	"errors"
	"net"

	"github.com/gobwas/ws"
)

// What the tests of package engineio_test may see of the inside.

// Wire returns the frame as it goes on a websocket.
func (f *Frame) Wire() []byte { return f.websocket() }

// Element returns the frame as it goes into a polling payload.
func (f *Frame) Element() []byte { return f.element() }

// ElementLen returns the length of Element.
func (f *Frame) ElementLen() int { return f.elementLen() }

// Polls reports whether a GET waits for packets.
func (s *Session) Polls() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.transport.(*polling)
	return ok && p.poll != nil
}

// Posts reports whether a POST is being delivered.
func (s *Session) Posts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posting
}

// Probes reports whether an upgrade is under way.
func (s *Session) Probes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.probe != nil
}

// Stalled reports whether a goroutine waits for the client to take what was
// written.
func (s *Session) Stalled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writer == writerStalled
}

// Queued returns the number of frames in the outbox.
func (s *Session) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out.frames) - s.out.first
}

// Writes reports whether somebody owns the session's writer.
func (s *Session) Writes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writer != writerIdle
}

// Claim queues a frame as Send does up to the moment at which it has claimed
// the writer, and returns the rest of it.
func (s *Session) Claim(f *Frame) (flush func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.push([]*Frame{f}, maxInt, maxInt)
	s.writer = writerWriting
	return s.transport.Flush
}

// An Outbox is an outbox without a session.
type Outbox struct{ out outbox }

func (o *Outbox) Push(f *Frame) bool { return o.out.push([]*Frame{f}, maxInt, maxInt) }
func (o *Outbox) Take() *Frame       { return o.out.take(nil, 1, wireSize)[0] }
func (o *Outbox) Cap() int           { return cap(o.out.frames) }

// AwaitsPost reports whether an upgrade waits for the POST under way.
func (s *Session) AwaitsPost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posted != nil
}

// Receive has the session take a packet of its client.
func (s *Session) Receive(packet []byte) bool { return s.receiveText(packet) }

// ReadFrames reads a client's websocket stream as a session does, up to a
// close frame. It returns the status with which the server answers what is
// wrong with it, 0 if nothing is but its end.
func ReadFrames(c net.Conn, early []byte, limit int, got func(op ws.OpCode, payload []byte)) ws.StatusCode {
	r := wsReader{conn: newConn(c), max: limit}
	r.feed(early)
	defer r.free()
	for {
		op, payload, err := r.next()
		var bad *wsError
		switch {
		case errors.As(err, &bad):
			return bad.code
		case err != nil:
			return 0
		}
		got(op, payload)
		if op == ws.OpClose {
			return 0
		}
	}
}

// MaxFragments bounds the frames of one websocket message.
const MaxFragments = maxFragments

// Beating returns the number of sessions whose heartbeat is scheduled.
func (srv *Server) Beating() int {
	srv.wheel.mu.Lock()
	defer srv.wheel.mu.Unlock()
	return srv.wheel.count
}

// Turns returns the position of the heartbeats' wheel.
func (srv *Server) Turns() int {
	srv.wheel.mu.Lock()
	defer srv.wheel.mu.Unlock()
	return srv.wheel.pos
}
