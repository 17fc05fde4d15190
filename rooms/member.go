package rooms

import "github.com/parley-go/parley/socketio"

// A Member is whoever can be in a room.
type Member interface {
	// ID returns a name that no other member of the directory has. It never
	// changes.
	ID() string
	// Deliver appends p to the member's outbox. It must not block; it may be
	// called from many goroutines, and once more after the member has left.
	// It may call back into the directory, which holds no lock meanwhile.
	Deliver(p *socketio.Encoded, how Delivery)
}

// Delivery is a set of bits that say how a packet is delivered.
type Delivery uint8

const (
	// Volatile packets are dropped rather than queued when the client is not
	// ready to take them.
	Volatile Delivery = 1 << iota
	// Deferred packets are part of a large broadcast: they are queued, and
	// never written by whoever delivers them.
	Deferred
)
