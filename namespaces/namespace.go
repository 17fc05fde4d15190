package namespaces

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/parley-go/parley/rooms"
)

// Handler handles an event. The events of one socket are handled one at a
// time, in the order in which the client sent them; those of different sockets
// run in parallel.
//
// ctx is the socket's context; it may have ended, when the client left behind
// the event. If the client wants an ack and the handler has
// not sent one, an error becomes an error ack (see Error), and nil means that
// there is none. A panic is logged and treated as an error.
type Handler func(ctx context.Context, s *Socket, e *Event) error

// A Middleware decides whether a client may join the namespace. It runs before
// the socket is in any room, not even its own; rooms it joins are entered with
// it. ctx ends after Options.ConnectTimeout, or with the session. An error
// refuses the client, and its text is sent to it.
type Middleware func(ctx context.Context, s *Socket) error

// A ConnectHandler runs when a socket has joined the namespace, before its
// first event is handled. An error is logged and disconnects the socket.
type ConnectHandler func(ctx context.Context, s *Socket) error

// A DisconnectHandler runs after a socket was disconnected and its handler has
// returned. The socket has left its rooms and can send nothing any more, and
// its context has ended; ctx is another one, which ends after
// Options.HandlerGrace.
type DisconnectHandler func(ctx context.Context, s *Socket, reason Reason)

// A Namespace is a channel of communication within a session, with its own
// sockets, rooms and handlers. Handlers hang on the namespace, not on each
// socket.
//
// All handlers must be registered before the first client connects to the
// namespace: registering later panics, since some clients would be served
// without the handler.
type Namespace struct {
	// Static after construction.
	name      string
	mux       *Mux
	directory *rooms.Directory

	acks atomic.Int64 // the next ack id: one counter for all sockets and broadcasts

	mu     sync.Mutex
	sealed atomic.Bool // a client has connected; written under mu

	// Written under mu until sealed, then read without it.
	middleware    []Middleware
	connect       []ConnectHandler
	disconnecting []DisconnectHandler
	disconnect    []DisconnectHandler
	any           []Handler
	events        map[string]Handler
}

func newNamespace(m *Mux, name string) *Namespace {
	return &Namespace{
		name:      name,
		mux:       m,
		directory: rooms.NewDirectory(&rooms.Options{MaxRooms: m.opts.MaxRooms}),
		events:    make(map[string]Handler),
	}
}

// Name returns the name, which begins with a slash.
func (n *Namespace) Name() string { return n.name }

// Use adds a middleware. All run in the order in which they were added, until
// one returns an error.
func (n *Namespace) Use(m Middleware) {
	n.register("Use", func() { n.middleware = append(n.middleware, m) })
}

// OnConnect adds a handler for sockets that joined. All run in the order in
// which they were added, until one returns an error.
func (n *Namespace) OnConnect(h ConnectHandler) {
	n.register("OnConnect", func() { n.connect = append(n.connect, h) })
}

// OnDisconnecting adds a handler for sockets that were disconnected. It runs
// before those of OnDisconnect, and Socket.Rooms still tells it which rooms
// the socket was in.
func (n *Namespace) OnDisconnecting(h DisconnectHandler) {
	n.register("OnDisconnecting", func() { n.disconnecting = append(n.disconnecting, h) })
}

// OnDisconnect adds a handler for sockets that were disconnected. It runs for
// every socket for which OnConnect ran.
func (n *Namespace) OnDisconnect(h DisconnectHandler) {
	n.register("OnDisconnect", func() { n.disconnect = append(n.disconnect, h) })
}

// Handle sets the handler for an event. It panics if the event has one: two
// would have to agree on who sends the ack. Events without a handler are
// ignored, and never acked.
func (n *Namespace) Handle(event string, h Handler) {
	n.register("Handle", func() {
		if n.events[event] != nil {
			panic(fmt.Sprintf("namespaces: a handler for event %q of %s exists", event, n.name))
		}
		n.events[event] = h
	})
}

// HandleAny adds a handler for all events, whether they have a handler of
// their own or not. All run in the order in which they were added, before the
// event's own handler, until one returns an error, which ends the event.
func (n *Namespace) HandleAny(h Handler) {
	n.register("HandleAny", func() { n.any = append(n.any, h) })
}

// register runs add unless a client has connected.
func (n *Namespace) register(door string, add func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sealed.Load() {
		panic(fmt.Sprintf("namespaces: %s on %s after its first connection", door, n.name))
	}
	add()
}

// seal ends registration: from here the handlers are read without a lock.
func (n *Namespace) seal() {
	if n.sealed.Load() {
		return
	}
	n.mu.Lock()
	n.sealed.Store(true)
	n.mu.Unlock()
}

// Emit sends an event to every socket of the namespace.
func (n *Namespace) Emit(event string, args ...any) error {
	return n.operator().Emit(event, args...)
}

// To returns an operator for the sockets in at least one of rooms.
func (n *Namespace) To(rooms ...string) BroadcastOperator { return n.operator().To(rooms...) }

// In is To by another name.
func (n *Namespace) In(rooms ...string) BroadcastOperator { return n.operator().To(rooms...) }

// Except returns an operator for the sockets in none of rooms.
func (n *Namespace) Except(rooms ...string) BroadcastOperator { return n.operator().Except(rooms...) }

// Local returns an operator for the sockets of this server only.
func (n *Namespace) Local() BroadcastOperator { return n.operator().Local() }

// Volatile returns an operator for events that need not arrive.
func (n *Namespace) Volatile() BroadcastOperator { return n.operator().Volatile() }

func (n *Namespace) operator() BroadcastOperator { return BroadcastOperator{namespace: n} }

// Sockets returns the connected sockets.
func (n *Namespace) Sockets() []*Socket { return sockets(n.directory.Members(rooms.Target{})) }

// Socket returns the connected socket with this id, or nil.
func (n *Namespace) Socket(id string) *Socket {
	if m, ok := n.directory.Get(id).(*member); ok {
		return (*Socket)(m)
	}
	return nil
}

// Len returns the number of connected sockets.
func (n *Namespace) Len() int { return n.directory.Len() }

// Rooms returns how many sockets each room has. A socket's own room is among
// them only if another socket has joined it.
func (n *Namespace) Rooms() map[string]int { return n.directory.Sizes() }

// Count returns the number of sockets in room.
func (n *Namespace) Count(room string) int { return n.directory.Count(room) }

// RoomMembers returns the sockets in room.
func (n *Namespace) RoomMembers(room string) []*Socket {
	return sockets(n.directory.Members(rooms.Target{}.To(room)))
}

func sockets(members []rooms.Member) []*Socket {
	list := make([]*Socket, len(members))
	for i, m := range members {
		list[i] = (*Socket)(m.(*member))
	}
	return list
}
