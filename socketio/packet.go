package socketio

import "strconv"

// Type is the kind of a packet: the first digit on the wire.
type Type uint8

// The types of protocol 5. BinaryEvent and BinaryAck exist on the wire only: a
// [Decoder] returns them as Event and Ack.
const (
	Connect Type = iota
	Disconnect
	Event
	Ack
	ConnectError
	BinaryEvent
	BinaryAck
)

var typeNames = [...]string{
	"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK",
}

// String returns the protocol's name of the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "Type(" + strconv.Itoa(int(t)) + ")"
}

// NoID is the ID of a packet that has no ack id.
const NoID int64 = -1

// maxID is the largest ack id, 2^53-1: beyond it a JavaScript client can not
// tell an id from its neighbour, and upstream's answer is a rounded one.
const maxID = 1<<53 - 1

// Packet is one decoded packet.
type Packet struct {
	Type      Type
	Namespace string // "/" when the wire names none
	ID        int64  // ack id, or NoID

	// Event is the head of an Event's array. A number, which the protocol
	// allows there, is given as the text JavaScript makes of it.
	Event string
	// Args are the other elements of an Event's array, all of an Ack's.
	Args []Value
	// Data is the auth object of a Connect, the payload of a ConnectError;
	// absent (IsZero) when the packet has none.
	Data Value
}

// Reserved reports whether event is one of the names which the protocol, or the
// event emitter of the JavaScript client, keeps to itself. A [Decoder] refuses
// an Event with such a name.
func Reserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
