package engineio

import (
	"encoding/base64"
	"time"
)

// receiveText takes one packet that came as text. It reports whether the
// reader should go on.
func (s *Session) receiveText(packet []byte) bool {
	if len(packet) == 0 {
		return s.refuse(ReasonParseError)
	}
	switch packetType(packet[0]) {
	case packetMessage:
		return s.deliver(packet[1:], false)
	case packetPong:
		return s.pong()
	case packetClose:
		// The poll that waits is answered with a noop, as clients expect.
		s.abort(ReasonTransportClose, noopFrame)
		return false
	case 'b':
		data, err := base64.StdEncoding.AppendDecode(nil, packet[1:])
		if err != nil {
			return s.refuse(ReasonParseError)
		}
		return s.deliver(data, true)
	case packetPing:
		// In this revision only the server pings.
		return s.refuse(ReasonTransportError)
	case packetOpen, packetUpgrade, packetNoop:
		return s.gate()
	default:
		return s.refuse(ReasonParseError)
	}
}

// refuse ends the session of a client that broke the protocol: on polling at
// once, so that its next request finds no session, as from the official server.
func (s *Session) refuse(reason Reason) bool {
	if s.Transport() == Polling {
		s.Abort(reason)
	} else {
		s.Close(reason)
	}
	return false
}

// deliver passes a message on. A pause may have begun while the reader waited
// for it, or begin with it.
func (s *Session) deliver(data []byte, binary bool) bool {
	if !s.gate() {
		return false
	}
	s.handler.Message(data, binary)
	return s.gate()
}

func (s *Session) pong() bool {
	s.mu.Lock()
	open := s.state == stateOpen
	s.pinged = false
	s.mu.Unlock()
	if open {
		s.server.wheel.schedule(s, s.server.pingDelay())
	}
	return open
}

// A pause is a time in which nothing is read from the client.
type pause struct {
	over  chan struct{}
	timer *time.Timer
}

func (p *pause) end() {
	if p != nil {
		p.timer.Stop()
		close(p.over)
	}
}

// Pause stops reading from the client after the message at hand: its
// connection fills up, or its POST is not answered. Meanwhile no pong is
// missed. A session that stays paused for Options.PauseTimeout is closed with
// ReasonInboxOverflow.
func (s *Session) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pause == nil && s.state == stateOpen {
		s.pause = &pause{
			over:  make(chan struct{}),
			timer: time.AfterFunc(s.server.opts.PauseTimeout, func() { s.Abort(ReasonInboxOverflow) }),
		}
	}
}

// Resume ends a Pause.
func (s *Session) Resume() {
	s.mu.Lock()
	p := s.takePauseLocked()
	s.mu.Unlock()
	p.end()
}

func (s *Session) takePauseLocked() *pause {
	p := s.pause
	s.pause = nil
	return p
}

// gate notes that the client was heard, waits while reading is paused and
// reports whether the session is open.
func (s *Session) gate() bool {
	for {
		s.mu.Lock()
		s.heard = true
		open, p := s.state == stateOpen, s.pause
		s.mu.Unlock()
		if p == nil || !open {
			return open
		}
		<-p.over
	}
}
