package namespaces

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// A Socket is one client's membership of one namespace. Its methods may be
// called from any goroutine.
type Socket struct {
	// Static after construction.
	id        string
	conn      *conn
	namespace *Namespace
	auth      socketio.Value
	issued    int64 // Unix ms

	closed atomic.Bool // the state is stateClosed; written under conn.mu

	// Guarded by conn.mu. Pointers and maps are nil in a socket that has
	// nothing to do.
	state    socketState
	turn     turn
	inbox    inbox
	acks     map[int64]chan<- ackReply
	early    []string // rooms joined before it entered
	data     json.RawMessage
	lifetime *cancelable
	stop     context.CancelCauseFunc // ends the context of its middleware
	end      *ending                 // how it was disconnected
}

// socketState says how far a socket's life has come.
type socketState uint8

const (
	stateConnecting socketState = iota // CONNECT has come: the namespace is reserved
	stateEntering                      // the reply is on its way: packets are welcome
	stateConnected                     // it is in the directory
	stateClosed
)

// newID returns an id that tells nothing, least of all the session's.
func newID() string {
	var b [15]byte
	rand.Read(b[:])
	return base64.URLEncoding.EncodeToString(b[:])
}

// ID returns the socket's id: 20 characters, unique to this connection to this
// namespace. It is the name of the socket's own room. Unlike the id of its
// session it is no secret.
func (s *Socket) ID() string { return s.id }

// Namespace returns the namespace that the socket belongs to.
func (s *Socket) Namespace() *Namespace { return s.namespace }

// Handshake returns what the socket came with, made anew by each call.
func (s *Socket) Handshake() *Handshake {
	h := s.conn.request.handshake()
	h.Auth = s.auth
	h.Issued = time.UnixMilli(s.issued)
	return h
}

// Transport returns the name of the transport in use now: polling or
// websocket.
func (s *Socket) Transport() string { return s.conn.session.Transport() }

// Emit sends an event to the client. Arguments are as for
// BroadcastOperator.Emit. It never blocks; nil means that the event was
// queued. The error is ErrClosed, ErrReserved, ErrSlowConsumer or that of an
// argument. What middleware emits is on the wire before the reply to CONNECT;
// clients keep it until they are connected.
func (s *Socket) Emit(event string, args ...any) error {
	values, err := encodable(event, args)
	if err != nil {
		return err
	}
	return s.emit(socketio.EncodeEvent(s.namespace.name, socketio.NoID, event, values), 0)
}

// emit sends p unless the socket is disconnected.
func (s *Socket) emit(p *socketio.Encoded, how rooms.Delivery) error {
	if s.closed.Load() {
		return ErrClosed
	}
	return s.conn.send(p, how)
}

// To returns an operator for the sockets in at least one of rooms, without
// this one.
func (s *Socket) To(rooms ...string) BroadcastOperator { return s.Broadcast().To(rooms...) }

// In is To by another name.
func (s *Socket) In(rooms ...string) BroadcastOperator { return s.Broadcast().To(rooms...) }

// Except returns an operator for the sockets in none of rooms, without this
// one.
func (s *Socket) Except(rooms ...string) BroadcastOperator { return s.Broadcast().Except(rooms...) }

// Local returns an operator for the sockets of this server, without this one.
func (s *Socket) Local() BroadcastOperator { return s.Broadcast().Local() }

// Broadcast returns an operator for all sockets of the namespace but this one.
func (s *Socket) Broadcast() BroadcastOperator { return s.namespace.Except(s.id) }

// Volatile returns an operator for events that need not arrive, to this socket
// itself; with To, In, Except or Local it becomes one for others, without this
// one.
func (s *Socket) Volatile() BroadcastOperator {
	return BroadcastOperator{namespace: s.namespace, self: s, volatile: true}
}

// String returns the socket's namespace and id, for logs.
func (s *Socket) String() string { return fmt.Sprintf("%s#%s", s.namespace.name, s.id) }

// A member is a socket as its namespace's directory sees it: what rooms asks
// for is no part of a socket's public face.
type member Socket

// ID implements rooms.Member.
func (m *member) ID() string { return m.id }

// Deliver implements rooms.Member. A session that cannot take the packet is
// closed by its own layer.
func (m *member) Deliver(p *socketio.Encoded, how rooms.Delivery) {
	(*Socket)(m).emit(p, how)
}
