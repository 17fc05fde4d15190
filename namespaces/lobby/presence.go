package lobby

import (
	"context"
	"encoding/json"

	"github.com/parley-go/parley/namespaces"
)

// presence says who is there, in the form that Phoenix made known: each user
// with a meta for each of their sockets.
//
//	{"ada":{"metas":[{"id":"fqW…","name":"Ada"},{"id":"x7R…"}]}}
type presence map[string]*metas

type metas struct {
	Metas []json.RawMessage `json:"metas"`
}

// maxPresence is how many sockets a presence lists: each newcomer is sent it.
// roomState.Count counts all.
const maxPresence = 250

type presenceState struct {
	Room    string   `json:"room"`
	Members presence `json:"members"`
}

type presenceDiff struct {
	Room   string   `json:"room"`
	Joins  presence `json:"joins"`
	Leaves presence `json:"leaves"`
}

func (p presence) add(m member) {
	if p[m.user] == nil {
		p[m.user] = new(metas)
	}
	p[m.user].Metas = append(p[m.user].Metas, m.meta)
}

// presence lists the members of a room, first of all the one who asks.
func (r *room) presence(asks *namespaces.Socket) presence {
	p, n := make(presence), 1
	p.add(r.members[asks])
	for s, m := range r.members {
		if s == asks {
			continue
		}
		if n++; n > maxPresence {
			break
		}
		p.add(m)
	}
	return p
}

// describe returns what others learn of a socket: what it says of itself, and
// its id, which it cannot choose.
func describe(s *namespaces.Socket, said json.RawMessage) (json.RawMessage, error) {
	if len(said) > maxMeta {
		return nil, refuse(CodeTooLarge, "meta is larger than 512 bytes")
	}
	meta := make(map[string]json.RawMessage)
	if said != nil {
		if err := json.Unmarshal(said, &meta); err != nil || meta == nil {
			return nil, invalid("meta must be an object")
		}
	}
	id, err := json.Marshal(s.ID())
	if err != nil {
		return nil, err
	}
	meta["id"] = id
	return json.Marshal(meta)
}

func (l *lobby) presence(_ context.Context, s *namespaces.Socket, in roomRequest) (roomState, error) {
	if err := in.check(); err != nil {
		return roomState{}, err
	}
	if _, joined := l.user(s, in.Room); !joined {
		return roomState{}, notMember
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rooms[in.Room]
	if r == nil { // it has gone meanwhile, and the socket with it
		return roomState{}, namespaces.ErrClosed
	}
	return roomState{done, in.Room, r.presence(s), len(r.members)}, nil
}
