package namespaces

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/socketio"
)

// How a client joins a namespace:
//
//	reader       CONNECT -> the namespace is reserved for the session, and a
//	             dispatcher started. Another CONNECT for it, or any other
//	             packet, ends the session from here to the reply.
//	dispatcher   middleware, under a deadline
//	             the reply is queued: {"sid":id}, or CONNECT_ERROR and the end
//	             the socket enters the directory, with its own room and those
//	             that middleware joined, in one critical section
//	             OnConnect, while events wait in the inbox
//	             events
//
// Nobody can send to the socket before it is in the directory, so that the
// reply is the first packet of the namespace on the wire, but for what
// middleware emits to it.

var (
	emptyAuth        = fixedValue(struct{}{}, "{}")
	invalidNamespace = fixedValue(map[string]string{"message": "Invalid namespace"}, "{}")
	tooMany          = fixedValue(map[string]string{"message": "Too many namespaces"}, "{}")
)

// maxRefused is how many attempts to join an unknown namespace end a session.
const maxRefused = 20

// reserve takes a CONNECT. It runs on the reader.
func (c *conn) reserve(p *socketio.Packet) {
	n := c.mux.lookup(p.Namespace)
	c.mu.Lock()
	switch {
	case c.closed:
		c.mu.Unlock()
		return
	case c.findLocked(p.Namespace) != nil:
		c.mu.Unlock()
		c.violate(errSecondConnect)
		return
	case n == nil:
		c.mu.Unlock()
		c.refuse(p.Namespace, invalidNamespace)
		return
	case c.unfinished >= c.mux.opts.MaxNamespaces:
		c.mu.Unlock()
		c.refuse(p.Namespace, tooMany)
		return
	}
	defer c.mu.Unlock()
	s := &Socket{
		id:        newID(),
		conn:      c,
		namespace: n,
		auth:      p.Data,
		issued:    time.Now().UnixMilli(),
	}
	if s.auth.IsZero() {
		s.auth = emptyAuth
	}
	if i := c.expelledLocked(n.name); i >= 0 {
		c.expelled = slices.Delete(c.expelled, i, i+1)
	}
	c.sockets = append(c.sockets, s)
	c.unfinished++
	s.wakeLocked()
}

// refuse answers a CONNECT that leads nowhere.
func (c *conn) refuse(namespace string, payload socketio.Value) {
	c.mux.counts.refused.Add(1)
	if c.refused++; c.refused >= maxRefused {
		c.violate(errRefusedOften)
		return
	}
	c.send(socketio.EncodeConnectError(namespace, payload), 0)
}

// join runs the dispatcher's part of a connection.
func (s *Socket) join() {
	s.namespace.seal()
	if err := s.admit(); err != nil {
		s.refuse(err)
		return
	}
	if !s.reply() || !s.enter() {
		return // the session died meanwhile: nobody has heard of this socket
	}
	for _, h := range s.namespace.connect {
		if s.closed.Load() {
			return
		}
		err := s.guard("OnConnect", "", func() error { return h(s.Context(), s) })
		if err != nil {
			s.logError(err, "OnConnect", "")
			s.Disconnect(false)
			return
		}
	}
}

// admit runs the middleware.
func (s *Socket) admit() error {
	if len(s.namespace.middleware) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), callerKey{}, s.conn))
	defer cancel(nil)
	c := s.conn
	c.mu.Lock()
	if s.state == stateClosed {
		c.mu.Unlock()
		return ErrClosed
	}
	s.stop = cancel
	c.mu.Unlock()

	ctx, done := context.WithTimeout(ctx, c.mux.opts.ConnectTimeout)
	defer done()
	for _, m := range s.namespace.middleware {
		if s.closed.Load() {
			return ErrClosed
		}
		if err := s.guard("middleware", "", func() error { return m(ctx, s) }); err != nil {
			return err
		}
	}
	return nil
}

// refuse ends a socket that middleware did not let in.
func (s *Socket) refuse(err error) {
	c := s.conn
	c.mu.Lock()
	if s.state == stateClosed {
		c.mu.Unlock()
		return
	}
	s.state, s.stop, s.early = stateClosed, nil, nil
	s.closed.Store(true)
	s.end = &ending{reason: ReasonServerDisconnect, begun: true}
	c.removeLocked(s)
	lifetime := s.lifetime
	c.mu.Unlock()

	if lifetime != nil {
		lifetime.cancel(ReasonServerDisconnect)
	}
	if errors.Is(err, errPanicked) {
		err = &Error{Message: CodeInternal}
	}
	c.send(socketio.EncodeConnectError(s.namespace.name, connectError(err)), 0)
}

// reply lets the client in. It reports false if it has gone.
func (s *Socket) reply() bool {
	c := s.conn
	c.mu.Lock()
	if s.state == stateClosed {
		c.mu.Unlock()
		return false
	}
	s.state, s.stop = stateEntering, nil
	timer := c.timer
	c.timer = nil
	c.mu.Unlock()

	if timer != nil {
		timer.Stop()
	}
	sid := fmt.Appendf(nil, `{"sid":"%s"}`, s.id)
	payload, err := socketio.RawValue(sid)
	if err != nil {
		panic(err) // base64url needs no escaping
	}
	return c.send(socketio.EncodeConnect(s.namespace.name, payload), 0) == nil
}

// enter puts the socket into the directory. It reports false if the socket was
// disconnected before anyone could see it there.
func (s *Socket) enter() bool {
	c, d := s.conn, s.namespace.directory
	c.mu.Lock()
	early := s.early
	s.early = nil
	c.mu.Unlock()

	err := d.Add((*member)(s), early...)
	if err != nil {
		// Join has checked these rooms, and ids do not repeat.
		s.logError(err, "entering the namespace", "")
		s.Disconnect(false)
		return false
	}
	c.mu.Lock()
	if s.state == stateClosed {
		c.mu.Unlock()
		d.Remove((*member)(s))
		if s.end.reason == ReasonServerDisconnect {
			c.send(socketio.EncodeDisconnect(s.namespace.name), 0) // behind the reply
		}
		return false
	}
	s.state = stateConnected
	late := s.early // joined by a goroutine that middleware left behind
	s.early = nil
	c.mu.Unlock()

	if late != nil {
		d.Join((*member)(s), late...)
	}
	return true
}

// awaitConnect starts the time in which a session must join a namespace.
func (c *conn) awaitConnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.timer = time.AfterFunc(c.mux.opts.ConnectTimeout, c.connectExpired)
	}
}

// connectExpired ends a session that has joined no namespace, unless
// middleware is at work, which has its own deadline; but not twice.
func (c *conn) connectExpired() {
	c.mu.Lock()
	if c.closed || c.timer == nil {
		c.mu.Unlock()
		return
	}
	if len(c.sockets) > 0 && !c.extended {
		c.extended = true
		c.timer.Reset(c.mux.opts.ConnectTimeout)
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	c.mux.counts.connectTimeouts.Add(1)
	c.session.Close(engineio.ReasonForcedServerClose)
}
