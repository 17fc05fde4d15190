// Package engineio is the server side of Engine.IO, the layer below Socket.IO:
// a full-duplex, ordered stream of messages over whatever gets through, HTTP
// long-polling or a websocket, beginning with either and upgrading from the
// first to the second without losing or reordering a packet.
//
// It speaks revision 4 of the protocol
// (https://socket.io/docs/v4/engine-io-protocol/) and keeps to its words: a
// [Session] is one connected client, a [Transport] carries its packets, a
// packet is one of
//
//	0 open     server: {"sid","upgrades","pingInterval","pingTimeout","maxPayload"}
//	1 close    either side
//	2 ping     server, and by the client as 2probe on the websocket of an upgrade
//	3 pong     client, and by the server as 3probe
//	4 message  either side: what this package is for
//	5 upgrade  client: the websocket takes over
//	6 noop     server: ends a poll that has nothing else to say
//
// On a websocket a packet is one frame: text is the digit and the payload, a
// binary message is the bare payload. A poll carries several packets with 0x1e
// between them, a binary message as "b" and its base64.
//
// # Types
//
// A [Server] is an http.Handler. It calls a function for every new session
// and gets a [Handler] for it. A [Frame] is a packet that was encoded once for
// every session and transport it goes to.
//
// # Guarantees
//
//   - Packets arrive at the [Handler] one at a time in the order in which the
//     client sent them, and at the client in the order of [Session.Send]; the
//     frames of one Send are never interleaved with others.
//   - Send never blocks on a peer. What a slow client has not taken is bounded
//     ([Options.OutboxBytes], [Options.OutboxPackets]); over it the session ends.
//   - Handler.Closed is called exactly once.
//   - Bytes from the network never panic and are never trusted for an allocation.
//
// # Caveats
//
//   - A nil error from Send means queued, not delivered.
//   - The session id is the only secret between a polling client and others:
//     it is never logged whole and must not be shown to anyone else.
package engineio
