package rooms

import (
	"cmp"
	"sync"
)

// MaxName is the length of the longest room name in bytes.
const MaxName = 256

// Options configures a Directory. Nil and the zero value mean the defaults.
type Options struct {
	// MaxRooms is how many rooms one member may be in besides its own. Default
	// 1,024. A membership costs about 50 bytes, a room of one about 200 more.
	MaxRooms int
}

// A Directory holds the members of a namespace and the rooms they are in. Its
// methods may be called from any goroutine.
//
// Members are compared by identity: a member that another one with the same
// id has replaced is not in the directory.
type Directory struct {
	maxRooms int

	mu sync.Mutex
	// Guarded by mu.
	entries   map[string]*entry // by the member's id
	rooms     map[string]*room  // by name; never empty. Not the rooms of entries that are alone in theirs
	everyone  room
	selection uint64 // number of the latest selection (see entry.mark)
}

// NewDirectory returns a directory without members.
func NewDirectory(o *Options) *Directory {
	if o == nil {
		o = &Options{}
	}
	return &Directory{
		maxRooms: cmp.Or(o.MaxRooms, 1024),
		entries:  make(map[string]*entry),
		rooms:    make(map[string]*room),
	}
}

// Add lets m enter with its own room and with rooms, all at once. The error is
// ErrExists, ErrFull or ErrName, and m is not in the directory then.
func (d *Directory) Add(m Member, rooms ...string) error {
	id := m.ID()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entries[id] != nil {
		return ErrExists
	}
	e := &entry{self: [1]Member{m}, rooms: make([]membership, 0, 1+len(rooms))}
	d.entries[id] = e
	d.everyone.enter(e)
	d.joinLocked(e, id)
	if _, err := d.joinAllLocked(e, rooms); err != nil {
		d.removeLocked(e)
		return err
	}
	return nil
}

// Remove takes m out of the directory and returns the rooms it was in, its own
// first; nil if it was not in the directory.
func (d *Directory) Remove(m Member) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entryLocked(m)
	if e == nil {
		return nil
	}
	rooms := d.roomsLocked(e)
	d.removeLocked(e)
	return rooms
}

// Join puts m into rooms, all at once, and returns those it was not in before.
// The error is ErrNotMember, ErrFull or ErrName, and nothing has changed then.
func (d *Directory) Join(m Member, rooms ...string) (joined []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entryLocked(m)
	if e == nil {
		return nil, ErrNotMember
	}
	return d.joinAllLocked(e, rooms)
}

// Leave takes m out of rooms, all at once, and returns those it was in before.
// The error is ErrNotMember.
func (d *Directory) Leave(m Member, rooms ...string) (left []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entryLocked(m)
	if e == nil {
		return nil, ErrNotMember
	}
	for _, name := range rooms {
		if d.leaveLocked(e, name) {
			left = append(left, name)
		}
	}
	return left, nil
}

// Rooms returns the rooms that m is in, its own first, the others in no
// particular order; nil if m is not in the directory.
func (d *Directory) Rooms(m Member) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entryLocked(m)
	if e == nil {
		return nil
	}
	return d.roomsLocked(e)
}

// Has reports whether m is in room.
func (d *Directory) Has(m Member, room string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entryLocked(m)
	if e == nil {
		return false
	}
	if r := d.rooms[room]; r != nil {
		return e.find(r) >= 0
	}
	return e.alone && e.member().ID() == room
}

// Count returns the number of members in room.
func (d *Directory) Count(room string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lookupLocked(room))
}

// Len returns the number of members.
func (d *Directory) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.entries)
}

// Sizes returns how many members each room has. A member's own room is among
// them only if somebody else has joined it.
func (d *Directory) Sizes() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	sizes := make(map[string]int, len(d.rooms))
	for name, r := range d.rooms {
		sizes[name] = len(r.members)
	}
	return sizes
}

// Get returns the member with this id, or nil.
func (d *Directory) Get(id string) Member {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[id]
	if e == nil {
		return nil
	}
	return e.member()
}

// entryLocked returns what is known of m, nil if m is not in the directory.
func (d *Directory) entryLocked(m Member) *entry {
	e := d.entries[m.ID()]
	if e == nil || e.member() != m {
		return nil
	}
	return e
}

// lookupLocked returns the members of a room. The room of a member's own which
// nobody else has joined is not kept as a room: most members need no other,
// and a server full of them would hold as many rooms again.
func (d *Directory) lookupLocked(name string) []Member {
	if r := d.rooms[name]; r != nil {
		return r.members
	}
	if e := d.entries[name]; e != nil && e.alone {
		return e.self[:]
	}
	return nil
}

func (d *Directory) roomsLocked(e *entry) []string {
	id := e.member().ID()
	names := make([]string, 0, len(e.rooms))
	if e.alone {
		names = append(names, id)
	}
	for _, m := range e.rooms[1:] {
		names = append(names, m.room.name)
		if m.room.name == id {
			end := len(names) - 1
			names[0], names[end] = names[end], names[0]
		}
	}
	return names
}

// joinAllLocked joins all rooms or none.
func (d *Directory) joinAllLocked(e *entry, rooms []string) (joined []string, err error) {
	for _, name := range rooms {
		if len(name) > MaxName {
			return nil, ErrName
		}
	}
	for _, name := range rooms {
		if !d.joinLocked(e, name) {
			continue
		}
		joined = append(joined, name)
		if d.fullLocked(e) {
			for _, name := range joined {
				d.leaveLocked(e, name)
			}
			return nil, ErrFull
		}
	}
	return joined, nil
}

// fullLocked reports whether the entry is in more rooms than it may be,
// everyone and its own not counted.
func (d *Directory) fullLocked(e *entry) bool {
	n := len(e.rooms) - 1
	if n <= d.maxRooms {
		return false
	}
	own := d.rooms[e.member().ID()]
	return n > d.maxRooms+1 || own == nil || e.find(own) < 0
}

func (d *Directory) joinLocked(e *entry, name string) bool {
	r := d.rooms[name]
	if r == nil {
		owner := d.entries[name]
		if owner == e {
			was := e.alone
			e.alone = true
			return !was
		}
		r = &room{name: name}
		d.rooms[name] = r
		if owner != nil && owner.alone {
			owner.alone = false
			r.enter(owner)
		}
	}
	if e.find(r) >= 0 {
		return false
	}
	r.enter(e)
	return true
}

func (d *Directory) leaveLocked(e *entry, name string) bool {
	r := d.rooms[name]
	if r == nil {
		was := e.alone && e.member().ID() == name
		e.alone = e.alone && !was
		return was
	}
	i := e.find(r)
	if i < 0 {
		return false
	}
	d.exitLocked(e, i)
	return true
}

func (d *Directory) exitLocked(e *entry, i int) {
	r := e.rooms[i].room
	r.exit(e, i)
	if len(r.members) == 0 && r != &d.everyone {
		delete(d.rooms, r.name)
	}
}

func (d *Directory) removeLocked(e *entry) {
	for i := len(e.rooms) - 1; i >= 0; i-- {
		d.exitLocked(e, i)
	}
	e.alone = false
	delete(d.entries, e.member().ID())
}
