package namespaces

import "github.com/parley-go/parley/engineio"

// A Reason says why a socket was disconnected, in the words of the official
// server where it has one. It is an error so that it can be the cause of the
// socket's context:
//
//	if context.Cause(ctx) == namespaces.ReasonPingTimeout { ... }
type Reason string

// The reasons for which a socket is disconnected. Those after the first two
// are the reasons for which its session ended.
const (
	// ReasonClientDisconnect: the client left the namespace.
	ReasonClientDisconnect Reason = "client namespace disconnect"
	// ReasonServerDisconnect: Socket.Disconnect, or an error from OnConnect.
	ReasonServerDisconnect Reason = "server namespace disconnect"

	// ReasonTransportClose: the client closed the connection.
	ReasonTransportClose = Reason(engineio.ReasonTransportClose)
	// ReasonTransportError: the connection broke.
	ReasonTransportError = Reason(engineio.ReasonTransportError)
	// ReasonPingTimeout: the client did not answer a heartbeat.
	ReasonPingTimeout = Reason(engineio.ReasonPingTimeout)
	// ReasonParseError: the client sent what is not Engine.IO.
	ReasonParseError = Reason(engineio.ReasonParseError)
	// ReasonForcedClose: the client broke the rules of Socket.IO.
	ReasonForcedClose = Reason(engineio.ReasonForcedClose)
	// ReasonForcedServerClose: the server ended the session.
	ReasonForcedServerClose = Reason(engineio.ReasonForcedServerClose)
	// ReasonServerShuttingDown: Mux.Close, or the shutdown of the server.
	ReasonServerShuttingDown = Reason(engineio.ReasonServerShuttingDown)
	// ReasonSlowConsumer: the client did not take what it was sent.
	ReasonSlowConsumer = Reason(engineio.ReasonSlowConsumer)
	// ReasonInboxOverflow: the client sent faster than handlers could work.
	ReasonInboxOverflow = Reason(engineio.ReasonInboxOverflow)
)

// Error returns the reason.
func (r Reason) Error() string { return string(r) }

// fair reports whether the client was not cut off for what it did, nor by the
// application. What it sent before it went is still handled then.
func (r Reason) fair() bool {
	switch r {
	case ReasonClientDisconnect, ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonServerShuttingDown:
		return true
	}
	return false
}
