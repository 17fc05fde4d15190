package namespaces

import (
	"context"
	"time"
)

// callerKey is the context key under which handlers carry the *conn of their
// session, for EmitWithAck.
type callerKey struct{}

// Context returns the socket's context. It is cancelled when the socket is
// disconnected, and context.Cause is the Reason then. It does not end with the
// request that began the session.
func (s *Socket) Context() context.Context { return (*lifetime)(s) }

// A lifetime is a socket as a context. Most sockets have handlers that never
// look at it, so the real context is made when somebody does; everything that
// package context asks of a parent is answered by that one.
type lifetime Socket

// A cancelable is the real context of a socket.
type cancelable struct {
	context.Context
	cancel context.CancelCauseFunc
}

func (l *lifetime) real() *cancelable {
	l.conn.mu.Lock()
	c := l.lifetime
	if c == nil {
		c = new(cancelable)
		c.Context, c.cancel = context.WithCancelCause(context.Background())
		l.lifetime = c
	}
	end := l.end
	l.conn.mu.Unlock()
	if end != nil {
		c.cancel(end.reason) // close may have come before the context was made
	}
	return c
}

// Deadline implements context.Context.
func (l *lifetime) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (l *lifetime) Done() <-chan struct{} { return l.real().Done() }

// Err implements context.Context.
func (l *lifetime) Err() error {
	if !l.closed.Load() {
		return nil
	}
	return l.real().Err()
}

// Value implements context.Context.
func (l *lifetime) Value(key any) any {
	if key == (callerKey{}) {
		return l.conn
	}
	return l.real().Value(key)
}
