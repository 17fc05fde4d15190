// Package lobby is the stock namespace "/": rooms that anyone can open, join
// and publish to, with presence, typing and private messages; and, in demo
// mode, the events of the official chat, whiteboard and tutorial pages, so that
// those work against the stock program as they are.
//
// Every event that a client sends takes an ack, which is
//
//	{"ok":true, ...}
//	{"ok":false,"error":{"code":"...","message":"..."}}
//
// The events, with their payloads, are listed in the README. The codes are
// those of this package's Code constants.
//
// # Who is who
//
// A socket belongs to a user: the one that Options.User knows from the
// namespace's middleware; else, in demo mode only, the clientId that the
// client claims in its auth payload; else the socket's own id. All sockets of
// a user are in the room "user:<user>", which no client can join by itself, as
// it cannot join the own room of another socket.
package lobby

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// Codes of the error acks of this namespace, besides namespaces.CodeInvalid
// and namespaces.CodeInternal.
const (
	CodeForbidden   = "forbidden"      // the room is not open to clients
	CodeNotMember   = "not_member"     // the socket is not in the room
	CodeReserved    = "reserved_event" // the server itself emits events of this name
	CodeUnavailable = "unavailable"    // this server does not keep what was asked for
	CodeTooLarge    = "too_large"      // over a limit
	CodeDemoOnly    = "demo_only"      // the event reaches everybody: demo mode only
)

// Limits of what a client may say, in bytes.
const (
	maxRoom     = 256
	maxUser     = 128
	maxMeta     = 512 // each newcomer is sent those of all others
	maxIDLength = 256 // of messageId and clientOffset
)

// Options configures the namespace. Nil means the defaults.
type Options struct {
	// Demo admits the events that reach every socket of the namespace, and
	// believes the clientId that a client claims. Default false: whoever can
	// connect can then write to everyone, and take anybody's name.
	Demo bool

	// User returns the user that the namespace's middleware has found a socket
	// to belong to, or "". Default: none.
	User func(*namespaces.Socket) string
}

// A lobby is the state of the namespace.
type lobby struct {
	// Static after construction.
	namespace *namespaces.Namespace
	opts      Options
	recent    *recent

	mu sync.Mutex
	// Guarded by mu.
	people   map[*namespaces.Socket]*person
	rooms    map[string]*room
	named    int       // sockets that have said "add user"
	roomsDue bool      // a rooms event is on its way
	roomsAt  time.Time // when the last one left
}

// A person is what the lobby knows of a socket.
type person struct {
	user     string
	username string          // of the official chat page; "" until "add user"
	rooms    map[string]bool // the rooms it has joined here
}

// Register makes n a lobby. It must be called before n's first connection.
func Register(n *namespaces.Namespace, o *Options) {
	l := &lobby{
		namespace: n,
		recent:    newRecent(recentMessages),
		people:    make(map[*namespaces.Socket]*person),
		rooms:     make(map[string]*room),
	}
	if o != nil {
		l.opts = *o
	}
	n.OnConnect(l.connect)
	n.OnDisconnect(l.disconnect)

	namespaces.OnCall(n, "whoami", l.whoami)
	n.Handle("join", l.join)
	namespaces.OnCall(n, "leave", l.leave)
	namespaces.OnCall(n, "presence", l.presence)
	namespaces.OnCall(n, "rooms", l.listRooms)
	namespaces.OnCall(n, "publish", l.publish)
	namespaces.OnCall(n, "private message", l.privateMessage)
	namespaces.OnCall(n, "history", l.history)
	n.Handle("typing", l.typing)

	n.Handle("chat message", l.demo(l.chatMessage))
	n.Handle("add user", l.demo(l.addUser))
	n.Handle("new message", l.demo(l.newMessage))
	n.Handle("stop typing", l.demo(l.stopTyping))
	n.Handle("drawing", l.demo(l.drawing))
}

// emitted are the names of the events that the server itself emits here: a
// client that could publish under them could speak in its name.
var emitted = map[string]bool{
	"presence_state":  true,
	"presence_diff":   true,
	"rooms":           true,
	"typing":          true,
	"private message": true,
	"replay":          true,

	"chat message": true,
	"login":        true,
	"new message":  true,
	"user joined":  true,
	"user left":    true,
	"stop typing":  true,
	"drawing":      true,
}

// ok is the ack of a request that has nothing else to say.
type ok struct {
	OK bool `json:"ok"`
}

var done = ok{OK: true}

func refuse(code, message string) error {
	return &namespaces.Error{Code: code, Message: message}
}

func invalid(message string) error { return refuse(namespaces.CodeInvalid, message) }

// connect makes a socket known.
func (l *lobby) connect(_ context.Context, s *namespaces.Socket) error {
	auth := readAuth(s)
	user := l.identify(s, auth)
	l.mu.Lock()
	l.people[s] = &person{user: user}
	l.mu.Unlock()
	if err := s.Join(userRoom(user)); err != nil {
		return err
	}
	if auth.ServerOffset != nil {
		// The pages of the official tutorial ask so for what they missed.
		return s.Emit("replay", struct {
			OK    bool `json:"ok"`
			Error any  `json:"error"`
		}{Error: map[string]string{"code": CodeUnavailable, "message": noHistory}})
	}
	return nil
}

// disconnect forgets a socket. It runs after the last handler of the socket.
func (l *lobby) disconnect(_ context.Context, s *namespaces.Socket, _ namespaces.Reason) {
	l.mu.Lock()
	p := l.people[s]
	delete(l.people, s)
	l.mu.Unlock()
	if p == nil {
		return
	}
	for name := range p.rooms {
		l.depart(s, name)
	}
	l.userLeft(p)
}

// user returns the user that a socket belongs to, and whether it has joined
// room. Of a socket that is gone, whose handler still runs, nothing is known.
func (l *lobby) user(s *namespaces.Socket, room string) (user string, joined bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.people[s]
	if p == nil {
		return s.ID(), false
	}
	return p.user, p.rooms[room]
}

// auth is what this namespace reads of a client's auth payload.
type auth struct {
	ClientID     string          `json:"clientId"`
	ServerOffset json.RawMessage `json:"serverOffset"`
}

func readAuth(s *namespaces.Socket) auth {
	var a auth
	if s.Handshake().Auth.Decode(&a) != nil {
		return auth{} // of other types than ours
	}
	return a
}

// identify returns the user that a socket belongs to.
func (l *lobby) identify(s *namespaces.Socket, a auth) string {
	if l.opts.User != nil {
		if user := l.opts.User(s); user != "" {
			return user
		}
	}
	if l.opts.Demo && a.ClientID != "" && len(a.ClientID) <= maxUser {
		return a.ClientID
	}
	return s.ID()
}

// userPrefix begins the names of rooms that hold the sockets of one user.
const userPrefix = "user:"

func userRoom(user string) string { return userPrefix + user }

type identity struct {
	ok
	User string `json:"user"`
	ID   string `json:"id"`
	Demo bool   `json:"demo"`
}

func (l *lobby) whoami(_ context.Context, s *namespaces.Socket, _ struct{}) (identity, error) {
	user, _ := l.user(s, "")
	return identity{done, user, s.ID(), l.opts.Demo}, nil
}
