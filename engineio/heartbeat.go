package engineio

import "time"

// The heartbeat of revision 4: PingInterval after the last pong the server
// sends a ping, and closes the session if no pong comes within PingTimeout.
// Anything else that arrives meanwhile shows that the client lives, if busy
// with a large message, and extends the time once. While the server itself
// does not read, no time is counted.

// heartbeatTick is the precision of heartbeats: a part of the shorter of the
// two times.
func heartbeatTick(o *Options) time.Duration {
	return min(max(min(o.PingInterval, o.PingTimeout)/50, time.Millisecond), 500*time.Millisecond)
}

// pingDelay is the time from a pong to the next ping. What the wheel may be
// late, with the ping and with the timeout after it, is taken off: clients
// have all of PingTimeout, and a dead one is noticed after PingInterval +
// PingTimeout at the latest.
func (srv *Server) pingDelay() time.Duration {
	const late = 2 * wheelLate
	return max(srv.opts.PingInterval-late*srv.wheel.tick, srv.opts.PingInterval/2)
}

// heartbeats does what is due for sessions.
func (srv *Server) heartbeats(due []*Session) {
	for _, s := range due {
		s.heartbeat()
	}
}

func (s *Session) heartbeat() {
	s.mu.Lock()
	open := s.state == stateOpen
	ping := !s.pinged
	grace := s.pause != nil || (s.heard && !s.extended)
	switch {
	case ping:
		s.pinged, s.heard, s.extended = true, false, false
	case s.pause == nil && grace:
		s.extended = true
	}
	s.mu.Unlock()
	switch {
	case !open:
	case ping:
		s.server.wheel.schedule(s, s.server.opts.PingTimeout)
		s.Send(pingFrames, Deferred) // a closed session needs no ping
	case grace:
		s.server.wheel.schedule(s, s.server.opts.PingTimeout)
	default:
		s.Abort(ReasonPingTimeout)
	}
}

var pingFrames = []*Frame{pingFrame}
