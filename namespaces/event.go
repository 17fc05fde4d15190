package namespaces

import (
	"fmt"
	"sync/atomic"

	"github.com/parley-go/parley/socketio"
)

// An Event is what a client emitted.
type Event struct {
	// Name is the event's name.
	Name string
	// Args are its arguments. They can be decoded, or sent on as they are.
	Args []socketio.Value

	socket *Socket
	id     int64         // ack id, or socketio.NoID
	ack    atomic.Uint32 // ackOpen, ackDetached or ackSent

	// Owned by the inbox.
	next *Event
	size int
}

const (
	ackOpen     = iota // the handler's return decides
	ackDetached        // AckLater: the function it returned decides
	ackSent
)

// Decode stores the arguments in the values that dst point to, in order. An
// argument that is missing leaves its destination as it is; arguments beyond
// dst are ignored. An argument that does not fit is an error with CodeInvalid.
func (e *Event) Decode(dst ...any) error {
	for i, d := range dst[:min(len(dst), len(e.Args))] {
		if err := e.Args[i].Decode(d); err != nil {
			return fmt.Errorf("argument %d: %w: %w", i, invalid(), err)
		}
	}
	return nil
}

// WantsAck reports whether the client waits for an ack.
func (e *Event) WantsAck() bool { return e.id != socketio.NoID }

// Ack answers the client's ack callback with values. Only the first call of
// it, or of the function that AckLater returned, sends anything, and only if
// the client wants an ack; the others return nil. After an error of encoding
// a value another one can be tried.
func (e *Event) Ack(values ...any) error {
	if !e.WantsAck() || e.ack.Load() == ackSent {
		return nil
	}
	args, err := socketio.Values(values...)
	if err != nil {
		return err
	}
	return e.answer(args)
}

// AckLater leaves the ack to the function that it returns, which does what Ack
// does, from any goroutine, at any time: the return of the handler no longer
// decides about it, nor does its error.
func (e *Event) AckLater() func(values ...any) error {
	e.ack.CompareAndSwap(ackOpen, ackDetached)
	return e.Ack
}

// answer sends the ack unless one was sent. It is tried even if the socket was
// disconnected meanwhile, as long as its session lives.
func (e *Event) answer(args []socketio.Value) error {
	if e.ack.Swap(ackSent) == ackSent {
		return nil
	}
	s := e.socket
	return s.conn.send(socketio.EncodeAck(s.namespace.name, e.id, args), 0)
}

// fail answers with an error ack if the client waits for an ack and the
// handler is the one to decide about it.
func (e *Event) fail(err error) {
	if e.WantsAck() && e.ack.Load() == ackOpen {
		e.answer([]socketio.Value{errorAck(err)})
	}
}
