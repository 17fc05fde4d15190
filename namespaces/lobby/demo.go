package lobby

import (
	"context"
	"strings"

	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/socketio"
)

// The events of the official example pages. They reach every socket of the
// namespace, so they are on in demo mode only.

type handler = func(context.Context, *namespaces.Socket, *namespaces.Event) error

// demo guards a handler, and acks what it has accepted.
func (l *lobby) demo(h handler) handler {
	return func(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
		if !l.opts.Demo {
			return refuse(CodeDemoOnly, "this event reaches everybody; the server is not in demo mode")
		}
		if err := h(ctx, s, e); err != nil {
			return err
		}
		return e.Ack(done)
	}
}

// chatMessage is the tutorial's: everybody gets the message, the sender too.
// A clientOffset tells a message from one that is sent again.
//
// The page makes it of its socket's id, which others can see, and sends it again
// from its next socket. So an offset of another socket that is still here is
// not believed: who claimed it could keep that one's messages from everybody.
func (l *lobby) chatMessage(_ context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	var msg socketio.Value
	var clientOffset string
	if err := e.Decode(&msg, &clientOffset); err != nil {
		return err
	}
	if len(clientOffset) > maxIDLength {
		return invalid("the client offset is longer than 256 bytes")
	}
	if i := strings.LastIndexByte(clientOffset, '-'); i >= 0 && clientOffset[:i] != s.ID() && l.namespace.Socket(clientOffset[:i]) != nil {
		clientOffset = ""
	}
	if _, first := l.claim("chat message", "", clientOffset); !first {
		return nil
	}
	return l.namespace.Emit("chat message", orNull(msg))
}

type userCount struct {
	NumUsers int `json:"numUsers"`
}

type namedUser struct {
	Username string `json:"username"`
	NumUsers int    `json:"numUsers"`
}

// addUser gives a socket its name in the official chat.
func (l *lobby) addUser(_ context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	var name string
	if err := e.Decode(&name); err != nil {
		return err
	}
	if name == "" || len(name) > maxUser {
		return invalid("the user name must have 1 to 128 bytes")
	}
	count, first := l.name(s, name)
	if !first {
		return nil
	}
	if err := s.Emit("login", userCount{count}); err != nil {
		return err
	}
	return s.Broadcast().Emit("user joined", namedUser{name, count})
}

// name notes a socket's name, unless it has one, and counts the names.
func (l *lobby) name(s *namespaces.Socket, name string) (count int, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.people[s]
	if p == nil || p.username != "" {
		return l.named, false
	}
	p.username = name
	l.named++
	return l.named, true
}

// userLeft tells the official chat that a socket with a name has gone.
func (l *lobby) userLeft(p *person) {
	if p.username == "" {
		return
	}
	l.mu.Lock()
	l.named--
	count := l.named
	l.mu.Unlock()
	l.namespace.Emit("user left", namedUser{p.username, count}) // encodable
}

func (l *lobby) newMessage(_ context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	var msg socketio.Value
	if err := e.Decode(&msg); err != nil {
		return err
	}
	return s.Broadcast().Emit("new message", struct {
		Username string `json:"username"`
		Message  any    `json:"message"`
	}{l.username(s), orNull(msg)})
}

type typist struct {
	Username string `json:"username"`
}

func (l *lobby) startTyping(_ context.Context, s *namespaces.Socket, _ *namespaces.Event) error {
	return s.Broadcast().Emit("typing", typist{l.username(s)})
}

func (l *lobby) stopTyping(_ context.Context, s *namespaces.Socket, _ *namespaces.Event) error {
	return s.Broadcast().Emit("stop typing", typist{l.username(s)})
}

func (l *lobby) username(s *namespaces.Socket) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.people[s]; p != nil {
		return p.username
	}
	return ""
}

// drawing is the whiteboard's.
func (l *lobby) drawing(_ context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	var line socketio.Value
	if err := e.Decode(&line); err != nil {
		return err
	}
	return s.Broadcast().Emit("drawing", orNull(line))
}
