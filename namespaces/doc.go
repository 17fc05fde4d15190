// Package namespaces is where application code lives: namespaces with their
// middleware and handlers, sockets, acks and broadcasts. It speaks revision 5
// of the Socket.IO protocol over the sessions of package engineio.
//
// # Types
//
//   - A [Mux] routes the packets of engine sessions to namespaces.
//   - A [Namespace] is a channel of communication within a session, with its
//     own sockets and rooms. Handlers hang on it, not on each socket, and are
//     registered before its first client connects.
//   - A [Socket] is one client's membership of one namespace.
//   - An [Event] is what a client emitted. [On] and [OnCall] are typed doors
//     over [Namespace.Handle], which sees it as it is.
//   - A [BroadcastOperator] says to which sockets an event goes. It is an
//     immutable value.
//   - An [Error] is an error that is meant for the client.
//
// # How a socket lives
//
//	CONNECT ──▶ middleware ──▶ reply ──▶ enters its rooms ──▶ OnConnect ──▶ events
//	                                                                          │
//	   OnDisconnect ◀── OnDisconnecting ◀── the running handler ◀── leaves its rooms
//
// All of it runs on the socket's dispatcher, a goroutine that exists while
// there is something to run. What a client sends meanwhile waits in an inbox.
//
// # Guarantees
//
//   - The handlers of one socket run one at a time, in the order in which the
//     client sent its events. Those of different sockets run in parallel, also
//     when they belong to one client.
//   - No handler or middleware runs on a session's reader, and acks are
//     resolved there: a handler may wait for an ack of its own client,
//     whatever waits in its inbox.
//   - No event is handled, and nobody can send to the socket, before the reply
//     to CONNECT is on its way.
//   - Emit never blocks and never waits for a client. Nil means queued.
//   - What a handler sends reaches the client in the order in which it was
//     sent, its ack included, and leaves together where it can.
//   - For each socket that OnConnect was called for, OnDisconnecting and
//     OnDisconnect are called once. The socket has left its rooms then, and
//     its context has ended with the [Reason] as cause.
//   - A panic in a handler ends the event with an error ack. It is logged and
//     counted, and takes neither the socket nor the process.
//   - When a client leaves, its connection ends or the server is shut down,
//     what it sent before is still handled, for [Options.HandlerGrace] at most.
//     When it is disconnected for anything else, what waits is dropped.
//   - Everything that a client can make grow is bounded: see [Options]. What
//     overflows is counted in [Stats].
//
// # Backpressure
//
// At 64 events or 1 MB in the inboxes of a session it is no longer read, so
// that its client's sending comes to a stand; package engineio closes it if
// that lasts too long. It is read on while anybody waits for an ack of that
// client, or a handler of the session for an ack of any, since the ack can
// arrive no other way; up to 4,096 events or 4 MB, then it is closed with
// [ReasonInboxOverflow].
//
// # Caveats
//
//   - A slow handler holds up its own socket's events, and no others. What
//     takes long and needs no order belongs in a goroutine, with
//     [Event.AckLater].
//   - Order holds for one sender. Two that broadcast at the same time may be
//     seen in different order by two clients.
//   - A handler that never returns keeps its goroutine for ever. Its socket can
//     still be disconnected: it is given up then, and counted.
//   - A nil error from Emit does not say that the event arrived. An ack does.
package namespaces
