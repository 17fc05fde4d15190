package namespaces

import (
	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// A BroadcastOperator says to which sockets of a namespace an event goes. It
// is an immutable value: every method returns another one, and
//
//	lobby := chat.To("lobby")
//
// can be kept and used by any number of goroutines.
type BroadcastOperator struct {
	namespace *Namespace
	target    rooms.Target
	volatile  bool

	// self is the socket itself, while nothing has made a broadcast of its
	// Volatile.
	self *Socket
}

// To returns the operator with rooms added: it means the sockets that are in
// at least one of its rooms, each once. With no rooms it returns the operator
// as it is: one that names no room means all sockets.
func (b BroadcastOperator) To(rooms ...string) BroadcastOperator {
	b = b.broadcast()
	b.target = b.target.To(rooms...)
	return b
}

// In is To by another name.
func (b BroadcastOperator) In(rooms ...string) BroadcastOperator { return b.To(rooms...) }

// Except returns the operator without the sockets that are in one of rooms.
// The id of a socket is the name of its own room.
func (b BroadcastOperator) Except(rooms ...string) BroadcastOperator {
	b = b.broadcast()
	b.target = b.target.Except(rooms...)
	return b
}

// Local returns the operator for the sockets of this server only, where
// several make a cluster.
func (b BroadcastOperator) Local() BroadcastOperator { return b.broadcast() }

// Volatile returns the operator for events that need not arrive: a client that
// is not ready to take one when it is sent misses it.
func (b BroadcastOperator) Volatile() BroadcastOperator {
	b.volatile = true
	return b
}

// broadcast returns the operator with the socket that it meant excepted.
func (b BroadcastOperator) broadcast() BroadcastOperator {
	if b.self != nil {
		b.target = b.target.Except(b.self.id)
		b.self = nil
	}
	return b
}

// Emit sends an event. Arguments are anything that encoding/json takes, with
// []byte anywhere in them sent as binary, or socketio.Value. Nil means that it
// was queued for those sockets; whether they are any, and whether it reaches
// them, it does not say. The error is ErrReserved, or that of an argument.
func (b BroadcastOperator) Emit(event string, args ...any) error {
	values, err := encodable(event, args)
	if err != nil {
		return err
	}
	p := socketio.EncodeEvent(b.namespace.name, socketio.NoID, event, values)
	if b.self != nil {
		return b.self.emit(p, rooms.Volatile)
	}
	b.namespace.directory.Broadcast(b.target, p, b.volatile)
	return nil
}

// encodable checks the name of an event and marshals its arguments.
func encodable(event string, args []any) ([]socketio.Value, error) {
	if socketio.Reserved(event) {
		return nil, ErrReserved
	}
	return socketio.Values(args...)
}
