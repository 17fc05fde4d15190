package rooms

// A room is a list of members, laid out for walking and for leaving in
// constant time: whoever leaves is replaced by the last. It is guarded by the
// directory's lock, except that a walk reads the members it was given.
type room struct {
	name    string
	members []Member // what a walk sees
	seats   []seat   // seats[i] belongs to members[i]
	shared  bool     // a walk may be reading members: copy before writing to what it sees
}

// A seat leads from a place in a room back to the membership that holds it.
type seat struct {
	entry *entry
	at    uint32 // index in entry.rooms
}

// An entry is what the directory knows of one member.
type entry struct {
	self  [1]Member    // the member, as the list of those in its own room
	rooms []membership // [0] is everyone; the order of the others means nothing
	alone bool         // it is in its own room, and nobody else is (see Directory.lookup)
	mark  uint64       // number of the selection that saw this entry last
}

// A membership is one room of a member.
type membership struct {
	room *room
	seat uint32 // index in room.members
}

func (e *entry) member() Member { return e.self[0] }

// find returns the index of r among the entry's rooms, or -1. A member has few
// rooms; a search over a thousand pointers is still less than a microsecond.
func (e *entry) find(r *room) int {
	for i := range e.rooms {
		if e.rooms[i].room == r {
			return i
		}
	}
	return -1
}

// enter puts the entry into the room, where it is not yet. A walk over the
// members does not see what is appended.
func (r *room) enter(e *entry) {
	r.seats = append(r.seats, seat{e, uint32(len(e.rooms))})
	e.rooms = append(e.rooms, membership{r, uint32(len(r.members))})
	r.members = append(r.members, e.member())
}

// exit takes the entry out of its room number i.
func (r *room) exit(e *entry, i int) {
	at, last := e.rooms[i].seat, uint32(len(r.members)-1)
	r.own()
	r.members[at], r.seats[at] = r.members[last], r.seats[last]
	r.members[last], r.seats[last] = nil, seat{}
	r.members, r.seats = r.members[:last], r.seats[:last]
	if at != last {
		moved := r.seats[at]
		moved.entry.rooms[moved.at].seat = at
	}

	end := len(e.rooms) - 1
	e.rooms[i] = e.rooms[end]
	e.rooms[end] = membership{}
	e.rooms = e.rooms[:end]
	if i != end {
		m := e.rooms[i]
		m.room.seats[m.seat].at = uint32(i)
	}
}

// own makes members a slice that no walk reads, with about the room it needs:
// one that has lost most of its members gives back their memory.
func (r *room) own() {
	const small = 32
	n, c := len(r.members), cap(r.members)
	shrink := c > small && n <= c/4
	if shrink {
		r.seats = append(make([]seat, 0, 2*n), r.seats...)
	}
	if shrink || r.shared {
		r.members = append(make([]Member, 0, max(n, min(2*n, c))), r.members...)
		r.shared = false
	}
}

// share returns the members for a walk without the lock.
func (r *room) share() []Member {
	r.shared = true
	return r.members
}
