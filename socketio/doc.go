// Package socketio encodes and decodes the packets of Socket.IO protocol 5:
// what Engine.IO messages mean. It is pure: no I/O, no goroutines, no clocks.
//
// # The wire
//
// A packet is one text message, followed by one binary message for each of its
// attachments (https://socket.io/docs/v4/socket-io-protocol/):
//
//	+------+-------------------+---------------+----------+-----------+
//	| type | [attachments "-"] | [namespace ,] | [ack id] | [JSON]    |
//	+------+-------------------+---------------+----------+-----------+
//	  0 CONNECT                                  -          object or nothing
//	  1 DISCONNECT                               -          nothing
//	  2 EVENT                                    optional   [name, args...]
//	  3 ACK                                      needed     [args...]
//	  4 CONNECT_ERROR                            -          object or string
//	  5 BINARY_EVENT     "1-"                    optional   [name, args...]
//	  6 BINARY_ACK       "1-"                    needed     [args...]
//
//	2["hello",1]                  EVENT in "/", which is never written
//	2/chat,17["hello",1]          EVENT in "/chat", wants the ack with id 17
//	51-["hello",{"_placeholder":true,"num":0}]   and the binary message 01 02 03
//
// An attachment stands in the JSON as the placeholder object seen above, at any
// depth, as often as the sender likes; num counts from zero.
//
// # Types
//
// A [Value] is one argument: JSON text with its own attachments. It is what a
// [Decoder] finds in a packet and what the Encode functions write, so that it
// can be sent on, any number of times, without being decoded. [ValueOf] makes
// one of a Go value, [Value.Decode] goes back; []byte travels as an attachment.
// A [Packet] is what a Decoder returns. An [Encoded] is one packet, encoded
// once for everyone it goes to.
//
// # Guarantees
//
//   - Whatever arrives, a Decoder returns a packet or an error. It does not
//     panic, does not recurse deeper than [Limits.MaxDepth], and allocates in
//     proportion to what has arrived, never to what was announced.
//   - A Value is valid JSON and valid UTF-8, and each placeholder in it names
//     one of its own attachments. An object which only looks like a placeholder
//     becomes null on the way in, wherever it came from (a text packet, a Go
//     map, raw JSON): sent on beside an honest attachment it would make the
//     parsers of other clients fail, or hand them the wrong bytes.
//   - An attachment is written once per packet, however often the arguments
//     name it.
//
// # Caveats
//
//   - A Decoder is stricter than the official parser where that one relies on
//     the conversions of JavaScript: numbers on the wire are decimal digits.
//   - Values share memory with the packet they came in: keeping one argument
//     keeps the packet's text. Attachments decoded to []byte are shared, too,
//     and must not be modified.
//   - JavaScript clients since parser 4.2.6 (2026) close the connection on a
//     packet with more than ten attachments. The encoder writes what it is
//     given.
package socketio
