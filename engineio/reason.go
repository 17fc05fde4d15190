package engineio

import "errors"

// A Reason says why a session ended, in the words of the official server
// where it has one.
type Reason string

// The reasons for which a session ends.
const (
	// ReasonTransportClose: the client closed the connection, or sent a close packet.
	ReasonTransportClose Reason = "transport close"
	// ReasonTransportError: the connection broke, or the client broke the rules of its transport.
	ReasonTransportError Reason = "transport error"
	// ReasonPingTimeout: no pong within PingTimeout after a ping.
	ReasonPingTimeout Reason = "ping timeout"
	// ReasonParseError: a packet or a payload that cannot be decoded.
	ReasonParseError Reason = "parse error"
	// ReasonForcedClose: the application closed the session.
	ReasonForcedClose Reason = "forced close"
	// ReasonForcedServerClose: the server closed a session that it had no use for.
	ReasonForcedServerClose Reason = "forced server close"
	// ReasonServerShuttingDown: Shutdown.
	ReasonServerShuttingDown Reason = "server shutting down"
	// ReasonSlowConsumer: the client took what it was sent so slowly that its outbox overflowed.
	ReasonSlowConsumer Reason = "slow consumer"
	// ReasonInboxOverflow: the application took what the client sent so slowly that reading stood still for too long.
	ReasonInboxOverflow Reason = "inbox overflow"
)

// Errors of Session.Send.
var (
	// ErrClosed is returned when the session has ended.
	ErrClosed = errors.New("engineio: session closed")
	// ErrSlowConsumer is returned when the packet did not fit into the
	// session's outbox; the session has been closed with ReasonSlowConsumer.
	ErrSlowConsumer = errors.New("engineio: slow consumer")
)
