package lobby

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/socketio"
)

// newMessageID returns an id that no other message has.
func newMessageID() string {
	var b [12]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func timestamp() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00") }

type publication struct {
	Room      string         `json:"room"`
	Event     string         `json:"event"`
	Data      socketio.Value `json:"data"`
	Echo      bool           `json:"echo"`
	MessageID string         `json:"messageId"`
}

// provenance is what the recipients of a publication get beside its data.
type provenance struct {
	ID   string `json:"id"`
	Room string `json:"room"`
	From string `json:"from"`
	TS   string `json:"ts"`
}

type sent struct {
	ok
	ID string `json:"id"`
}

// publish sends an event of the client's choice to a room that it is in.
func (l *lobby) publish(_ context.Context, s *namespaces.Socket, in publication) (sent, error) {
	switch {
	case in.Room == "" || len(in.Room) > maxRoom:
		return sent{}, invalid("room must be a name of 1 to 256 bytes")
	case in.Event == "" || len(in.Event) > maxIDLength:
		return sent{}, invalid("event must be a name of 1 to 256 bytes")
	case len(in.MessageID) > maxIDLength:
		return sent{}, invalid("messageId is longer than 256 bytes")
	case emitted[in.Event] || socketio.Reserved(in.Event):
		return sent{}, refuse(CodeReserved, "the server itself emits events of this name")
	}
	user, joined := l.user(s, in.Room)
	if !joined {
		return sent{}, notMember
	}
	id, first := l.claim("publish", user, in.MessageID)
	if !first {
		return sent{done, id}, nil
	}
	to := s.To(in.Room)
	if in.Echo {
		to = l.namespace.To(in.Room)
	}
	if err := to.Emit(in.Event, orNull(in.Data), provenance{id, in.Room, user, timestamp()}); err != nil {
		return sent{}, err
	}
	return sent{done, id}, nil
}

// orNull makes null of a value that the client left out.
func orNull(v socketio.Value) any {
	if v.IsZero() {
		return nil
	}
	return v
}

// claim returns the id of a message and whether it is the first of its
// messageId; one without a messageId always is.
func (l *lobby) claim(kind, user, messageID string) (id string, first bool) {
	id = newMessageID()
	if messageID == "" {
		return id, true
	}
	return l.recent.claim(messageKey{kind, user, messageID}, id)
}

type privateMessage struct {
	To        string         `json:"to"`
	Content   socketio.Value `json:"content"`
	MessageID string         `json:"messageId"`
}

type delivery struct {
	ID      string `json:"id"`
	From    string `json:"from"`
	To      string `json:"to"`
	Content any    `json:"content"`
	TS      string `json:"ts"`
}

// privateMessage sends to all devices of a user, and to the sender's others.
func (l *lobby) privateMessage(_ context.Context, s *namespaces.Socket, in privateMessage) (sent, error) {
	switch {
	case in.To == "" || len(in.To) > maxUser:
		return sent{}, invalid("to must be a user of 1 to 128 bytes")
	case len(in.MessageID) > maxIDLength:
		return sent{}, invalid("messageId is longer than 256 bytes")
	case l.namespace.Count(userRoom(in.To)) == 0:
		return sent{}, refuse(CodeUnavailable, "the user is not connected, and this server keeps no mail")
	}
	from, _ := l.user(s, "")
	id, first := l.claim("private message", from, in.MessageID)
	if !first {
		return sent{done, id}, nil
	}
	err := s.To(userRoom(in.To), userRoom(from)).Emit("private message",
		delivery{id, from, in.To, orNull(in.Content), timestamp()})
	if err != nil {
		return sent{}, err
	}
	return sent{done, id}, nil
}

type typingRequest struct {
	Room string `json:"room"`
	On   bool   `json:"on"`
}

type typingNotice struct {
	Room string `json:"room"`
	User string `json:"user"`
	On   bool   `json:"on"`
}

// typing tells the others in a room that somebody types. Without an argument
// it is the event of the official chat page.
func (l *lobby) typing(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	if len(e.Args) == 0 {
		return l.demo(l.startTyping)(ctx, s, e)
	}
	var in typingRequest
	if err := e.Decode(&in); err != nil {
		return err
	}
	user, joined := l.user(s, in.Room)
	if !joined {
		return notMember
	}
	if err := s.To(in.Room).Emit("typing", typingNotice{in.Room, user, in.On}); err != nil {
		return err
	}
	return e.Ack(done)
}

const noHistory = "this server keeps no history"

func (l *lobby) history(context.Context, *namespaces.Socket, socketio.Value) (ok, error) {
	return ok{}, refuse(CodeUnavailable, noHistory)
}
