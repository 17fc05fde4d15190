package engineio

import (
	"encoding/base64"
	"encoding/binary"
	"sync"
)

// packetType is the first character of a packet.
type packetType byte

const (
	packetOpen    packetType = '0'
	packetClose   packetType = '1'
	packetPing    packetType = '2'
	packetPong    packetType = '3'
	packetMessage packetType = '4'
	packetUpgrade packetType = '5'
	packetNoop    packetType = '6'
)

// The first byte of an unfragmented websocket frame (RFC 6455, section 5.2).
const (
	wsFinText   = 0x80 | 0x1
	wsFinBinary = 0x80 | 0x2
	wsFinClose  = 0x80 | 0x8
	wsFinPong   = 0x80 | 0xa
)

// A Frame is one packet, encoded once for every client and transport it goes
// to. It is immutable and shared, never copied per recipient.
//
//	text:    81 len | '4' payload      as websocket frame
//	                  '4' payload      as element of a polling payload: a slice of it
//	binary:  82 len | payload          as websocket frame
//	         'b' base64(payload)       as element of a polling payload: made on demand
type Frame struct {
	wire   []byte // the finished, unmasked websocket frame
	head   uint8  // length of its header
	binary bool
	final  bool // nothing is sent behind it: the close packet

	once   sync.Once
	base64 []byte
}

// Packets without a payload of their own are made once.
var (
	pingFrame  = newText(packetPing)
	noopFrame  = newText(packetNoop)
	probeFrame = newText(packetPong, []byte("probe"))

	// closeFrame ends a session in order: on a websocket it is a close frame
	// without a status, in a poll the close packet.
	closeFrame = &Frame{wire: []byte{wsFinClose, 0, byte(packetClose)}, head: 2, final: true}
)

// TextFrame returns a message packet of type text whose payload is the
// concatenation of parts, which must be valid UTF-8. The parts are copied.
func TextFrame(parts ...[]byte) *Frame {
	return newText(packetMessage, parts...)
}

// BinaryFrame returns a message packet of type binary. data is copied.
func BinaryFrame(data []byte) *Frame {
	wire := appendWSHeader(make([]byte, 0, wsHeaderSize(len(data))+len(data)), wsFinBinary, len(data))
	head := len(wire)
	return &Frame{wire: append(wire, data...), head: uint8(head), binary: true}
}

func newText(t packetType, parts ...[]byte) *Frame {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	wire := appendWSHeader(make([]byte, 0, wsHeaderSize(n)+n), wsFinText, n)
	head := len(wire)
	wire = append(wire, byte(t))
	for _, p := range parts {
		wire = append(wire, p...)
	}
	return &Frame{wire: wire, head: uint8(head)}
}

// Payload returns the payload, the packet's type not counted, and whether it is
// binary. It must not be modified.
func (f *Frame) Payload() (data []byte, binary bool) {
	if f.binary {
		return f.wire[f.head:], true
	}
	return f.wire[f.head+1:], false
}

// Len returns the number of payload bytes, the packet's type not counted.
func (f *Frame) Len() int {
	if f.binary {
		return len(f.wire) - int(f.head)
	}
	return len(f.wire) - int(f.head) - 1
}

// websocket returns the bytes that go on a websocket.
func (f *Frame) websocket() []byte {
	if f.final {
		return f.wire[:f.head]
	}
	return f.wire
}

// element returns the bytes that stand for the packet in a polling payload.
func (f *Frame) element() []byte {
	data := f.wire[f.head:]
	if !f.binary {
		return data
	}
	f.once.Do(func() {
		b := make([]byte, 1, 1+base64.StdEncoding.EncodedLen(len(data)))
		b[0] = 'b'
		f.base64 = base64.StdEncoding.AppendEncode(b, data)
	})
	return f.base64
}

// elementLen is the length of element without making it.
func (f *Frame) elementLen() int {
	n := len(f.wire) - int(f.head)
	if f.binary {
		return 1 + base64.StdEncoding.EncodedLen(n)
	}
	return n
}

func wsHeaderSize(n int) int {
	switch {
	case n < 126:
		return 2
	case n < 1<<16:
		return 4
	default:
		return 10
	}
}

func appendWSHeader(b []byte, first byte, n int) []byte {
	switch {
	case n < 126:
		return append(b, first, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, first, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, first, 127), uint64(n))
	}
}
