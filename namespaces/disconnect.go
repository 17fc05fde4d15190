package namespaces

import (
	"context"
	"slices"
	"time"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/socketio"
)

// An ending is how a socket was disconnected. It is guarded by conn.mu but for
// the reason, which is static.
type ending struct {
	reason Reason
	silent bool        // nobody has heard of the socket: no handler runs
	ready  bool        // it has left its rooms: the handlers may run
	begun  bool        // the handlers run, or have run
	rooms  []string    // those it was in, until OnDisconnecting has run
	timer  *time.Timer // gives up the handler that runs; nil if none ran
}

// Disconnect disconnects the socket: the client is told with a DISCONNECT
// packet and does not reconnect by itself. If closeSession is true, all
// sockets of the session are disconnected and it is closed. Events of the
// client that wait to be handled are dropped. Disconnect does not wait for
// OnDisconnect, and any handler may call it.
func (s *Socket) Disconnect(closeSession bool) {
	if !closeSession {
		s.expel()
		return
	}
	c := s.conn
	c.mu.Lock()
	sockets := slices.Clone(c.sockets)
	c.mu.Unlock()
	for _, s := range sockets {
		s.expel()
	}
	c.session.Close(engineio.ReasonForcedClose)
}

// expel disconnects the socket and tells the client.
func (s *Socket) expel() {
	was, ok := s.close(ReasonServerDisconnect)
	if !ok {
		return
	}
	switch was {
	case stateConnecting:
		s.conn.send(socketio.EncodeConnectError(s.namespace.name, connectError(ReasonServerDisconnect)), 0)
	case stateConnected: // in between, enter tells the client
		s.conn.send(socketio.EncodeDisconnect(s.namespace.name), 0)
	}
}

// close disconnects the socket for reason and returns the state it was in; ok
// is false if it was disconnected before. It does not block: the handlers run
// on the dispatcher.
func (s *Socket) close(reason Reason) (was socketState, ok bool) {
	c := s.conn
	c.mu.Lock()
	if was = s.state; was == stateClosed {
		c.mu.Unlock()
		return was, false
	}
	c.mux.busy.Add(1) // until the dispatcher is on its way; the session counts up to here
	s.state = stateClosed
	s.closed.Store(true)
	end := &ending{reason: reason, silent: was != stateConnected}
	s.end = end
	c.removeLocked(s)
	if was != stateConnecting && reason == ReasonServerDisconnect {
		c.expelled = append(c.expelled, s.namespace)
	}
	s.resolveAllLocked(ackReply{err: ErrClosed})
	if !reason.fair() {
		s.discardLocked()
	}
	lifetime, stop := s.lifetime, s.stop
	s.stop, s.early = nil, nil
	c.mu.Unlock()

	if stop != nil {
		stop(reason)
	}
	if lifetime != nil {
		lifetime.cancel(reason)
	}
	rooms := s.namespace.directory.Remove((*member)(s))

	c.mu.Lock()
	end.ready, end.rooms = true, rooms
	if s.turn.running {
		number := s.turn.number
		end.timer = time.AfterFunc(c.mux.opts.HandlerGrace, func() { s.abandon(number) })
	}
	s.wakeLocked()
	c.settleLocked()
	c.mu.Unlock()
	c.mux.done()
	return was, true
}

// abandon gives up a handler that has not returned for Options.HandlerGrace
// after the disconnect, and what waits behind it. Its goroutine cannot be
// ended; another one goes on in its place.
func (s *Socket) abandon(number uint64) {
	c := s.conn
	c.mu.Lock()
	if !s.servesLocked(number) || s.end.begun {
		c.mu.Unlock()
		return
	}
	s.discardLocked()
	s.replaceLocked()
	c.settleLocked()
	c.mu.Unlock()

	c.mux.counts.hung.Add(1)
	c.mux.log.hung.Warn().Str("namespace", s.namespace.name).Str("socket", s.id).
		Msg("a handler has not returned since its socket was disconnected; it is not waited for any more")
}

// finish runs the handlers of a disconnect.
func (s *Socket) finish(end *ending) {
	n := s.namespace
	if end.silent || len(n.disconnecting)+len(n.disconnect) == 0 {
		return
	}
	ctx := context.WithValue(context.Background(), callerKey{}, s.conn)
	ctx, cancel := context.WithTimeout(ctx, s.conn.mux.opts.HandlerGrace)
	defer cancel()
	run := func(what string, handlers []DisconnectHandler) {
		for _, h := range handlers {
			s.guard(what, "", func() error { h(ctx, s, end.reason); return nil })
		}
	}
	run("OnDisconnecting", n.disconnecting)
	s.conn.mu.Lock()
	end.rooms = nil
	s.conn.mu.Unlock()
	run("OnDisconnect", n.disconnect)
}
