package lobby

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// A room is one that clients have joined, with what they say of themselves.
//
// Its members must hear of changes in the order in which they happened: a
// newcomer's presence_state must not come after the presence_diff of somebody
// who is not in it. Nothing is emitted under the lock, so what is to be told
// queues up, and whoever finds nobody telling tells it all. The queue is
// bounded by the changes that are under way.
type room struct {
	members map[*namespaces.Socket]member
	pending []func()
	telling bool
}

// member is a socket in a room.
type member struct {
	user string
	meta json.RawMessage // an object: the socket's id, and what it said on joining
}

// A roomRequest is the argument of join, leave and presence: a room's name,
// or an object with it.
type roomRequest struct {
	Room  string          `json:"room"`
	Meta  json.RawMessage `json:"meta"`
	After json.RawMessage `json:"after"`
	Last  json.RawMessage `json:"last"`
}

// UnmarshalJSON accepts both forms.
func (r *roomRequest) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &r.Room)
	}
	type object roomRequest
	return json.Unmarshal(b, (*object)(r))
}

func (r *roomRequest) check() error {
	if r.Room == "" || len(r.Room) > maxRoom {
		return invalid("room must be a name of 1 to 256 bytes")
	}
	return nil
}

// watchRoom holds the sockets that are told of changes in the list of rooms.
const (
	ownPrefix = "lobby:"
	watchRoom = ownPrefix + "rooms"
)

// open reports whether clients may join a room: it must be none of the
// server's, of a user's, or some socket's own.
func (l *lobby) open(name string) bool {
	return !strings.HasPrefix(name, userPrefix) && !strings.HasPrefix(name, ownPrefix) &&
		l.namespace.Socket(name) == nil
}

type roomState struct {
	ok
	Room    string   `json:"room"`
	Members presence `json:"members"`
	Count   int      `json:"count"`
}

func (l *lobby) join(_ context.Context, s *namespaces.Socket, e *namespaces.Event) error {
	var in roomRequest
	if err := e.Decode(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if !l.open(in.Room) {
		return refuse(CodeForbidden, "this room is not open to clients")
	}
	if in.After != nil || in.Last != nil {
		return refuse(CodeUnavailable, noHistory)
	}
	meta, err := describe(s, in.Meta)
	if err != nil {
		return err
	}
	if err := enter(s, in.Room); err != nil {
		return err
	}
	return l.arrive(s, in.Room, meta, e)
}

// enter joins a room of the directory.
func enter(s *namespaces.Socket, name string) error {
	err := s.Join(name)
	if errors.Is(err, namespaces.ErrFull) {
		return refuse(CodeTooLarge, "too many rooms")
	}
	return err
}

// arrive notes that s is in a room and has everybody there told. The ack is a
// part of that: it says who is there, too.
func (l *lobby) arrive(s *namespaces.Socket, name string, meta json.RawMessage, e *namespaces.Event) error {
	l.mu.Lock()
	p := l.people[s]
	if p == nil {
		l.mu.Unlock()
		return namespaces.ErrClosed
	}
	r := l.rooms[name]
	if r == nil {
		r = &room{members: make(map[*namespaces.Socket]member)}
		l.rooms[name] = r
	}
	diff := presenceDiff{Room: name, Joins: presence{}, Leaves: presence{}}
	if before, again := r.members[s]; again {
		diff.Leaves.add(before)
	}
	now := member{p.user, meta}
	diff.Joins.add(now)
	r.members[s] = now
	if p.rooms == nil {
		p.rooms = make(map[string]bool)
	}
	p.rooms[name] = true
	state := roomState{done, name, r.presence(s), len(r.members)}
	ack := e.AckLater()
	r.pending = append(r.pending, func() {
		s.Emit("presence_state", presenceState{name, state.Members}) // it has left meanwhile
		ack(state)
		s.To(name).Emit("presence_diff", diff) // encodable
	})
	l.mu.Unlock()
	l.tell(name, r)
	l.roomsChanged()
	return nil
}

type left struct {
	ok
	Room string `json:"room"`
}

func (l *lobby) leave(_ context.Context, s *namespaces.Socket, in roomRequest) (left, error) {
	if err := in.check(); err != nil {
		return left{}, err
	}
	if _, joined := l.user(s, in.Room); !joined {
		return left{}, notMember
	}
	if err := s.Leave(in.Room); err != nil {
		return left{}, err
	}
	l.depart(s, in.Room)
	return left{done, in.Room}, nil
}

var notMember = refuse(CodeNotMember, "join the room first")

// depart notes that s is no longer in a room and has the others told.
func (l *lobby) depart(s *namespaces.Socket, name string) {
	l.mu.Lock()
	if p := l.people[s]; p != nil {
		delete(p.rooms, name)
	}
	r := l.rooms[name]
	if r == nil {
		l.mu.Unlock()
		return
	}
	was, there := r.members[s]
	if !there {
		l.mu.Unlock()
		return
	}
	diff := presenceDiff{Room: name, Joins: presence{}, Leaves: presence{}}
	diff.Leaves.add(was)
	delete(r.members, s)
	r.pending = append(r.pending, func() {
		l.namespace.To(name).Emit("presence_diff", diff) // encodable
	})
	l.mu.Unlock()
	l.tell(name, r)
	l.roomsChanged()
}

// tell emits what is pending in r, unless somebody else is at it.
func (l *lobby) tell(name string, r *room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.telling {
		return
	}
	r.telling = true
	for len(r.pending) > 0 {
		next := r.pending[0]
		r.pending = r.pending[1:]
		l.mu.Unlock()
		next()
		l.mu.Lock()
	}
	r.telling = false
	if len(r.members) == 0 && l.rooms[name] == r {
		delete(l.rooms, name)
	}
}

const (
	roomsInterval = time.Second            // between two rooms events
	roomsDelay    = 100 * time.Millisecond // so that one event tells of what happens together
	maxRoomsList  = 200
)

type roomsRequest struct {
	Watch *bool `json:"watch"`
}

type roomCount struct {
	Room  string `json:"room"`
	Count int    `json:"count"`
}

type roomsList struct {
	Rooms []roomCount `json:"rooms"`
}

func (l *lobby) listRooms(_ context.Context, s *namespaces.Socket, in roomsRequest) (any, error) {
	var err error
	if in.Watch != nil && *in.Watch {
		err = enter(s, watchRoom)
	} else if in.Watch != nil {
		err = s.Leave(watchRoom)
	}
	if err != nil {
		return nil, err
	}
	return struct {
		ok
		roomsList
	}{done, l.openRooms()}, nil
}

// openRooms returns the rooms that clients have joined, the largest first.
func (l *lobby) openRooms() roomsList {
	l.mu.Lock()
	list := make([]roomCount, 0, len(l.rooms))
	for name, r := range l.rooms {
		if len(r.members) > 0 {
			list = append(list, roomCount{name, len(r.members)})
		}
	}
	l.mu.Unlock()
	slices.SortFunc(list, func(a, b roomCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Room, b.Room))
	})
	return roomsList{list[:min(len(list), maxRoomsList)]}
}

// roomsChanged has those who watch told soon, but not too often.
func (l *lobby) roomsChanged() {
	if l.namespace.Count(watchRoom) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.roomsDue {
		return
	}
	l.roomsDue = true
	time.AfterFunc(max(roomsDelay, time.Until(l.roomsAt.Add(roomsInterval))), func() {
		l.mu.Lock()
		l.roomsDue = false
		l.roomsAt = time.Now()
		l.mu.Unlock()
		l.namespace.To(watchRoom).Emit("rooms", l.openRooms()) // encodable
	})
}
