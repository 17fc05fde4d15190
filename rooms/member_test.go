package rooms_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// A member remembers what was delivered to it.
type member struct {
	id string

	mu     sync.Mutex
	packs  []*socketio.Encoded
	hows   []rooms.Delivery
	during func() // called by Deliver
}

func (m *member) ID() string { return m.id }

func (m *member) Deliver(p *socketio.Encoded, how rooms.Delivery) {
	m.mu.Lock()
	m.packs = append(m.packs, p)
	m.hows = append(m.hows, how)
	m.mu.Unlock()
	if m.during != nil {
		m.during()
	}
}

// take returns how packets were delivered since the last call.
func (m *member) take() []rooms.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	hows := m.hows
	m.packs, m.hows = nil, nil
	return hows
}

// enter adds a member to d.
func enter(t testing.TB, d *rooms.Directory, id string, names ...string) *member {
	t.Helper()
	m := &member{id: id}
	if err := d.Add(m, names...); err != nil {
		t.Fatalf("Add(%s): %v", id, err)
	}
	return m
}

var packet = socketio.EncodeEvent("/", socketio.NoID, "hello", nil)

// sorted joins names for comparison.
func sorted(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), " ")
}

func ids(members []rooms.Member) string {
	var list []string
	for _, m := range members {
		list = append(list, m.ID())
	}
	return sorted(list)
}
