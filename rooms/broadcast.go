package rooms

import (
	"sync"

	"github.com/parley-go/parley/socketio"
)

// few is how many recipients a packet is delivered to as if it were for each
// of them alone, to be written in place. A broadcast to more is only queued:
// measured, writing within the walk never gathers several packets into one
// write, whatever the load, and dirty lists do.
const few = 8

// Broadcast delivers p once to each member that t means and returns how many
// those were. It never blocks.
func (d *Directory) Broadcast(t Target, p *socketio.Encoded, volatile bool) int {
	s := d.pick(t)
	n := s.len()
	var how Delivery
	if volatile {
		how |= Volatile
	}
	if n > few {
		how |= Deferred
	}
	for _, m := range s.members {
		if m != s.skip {
			m.Deliver(p, how)
		}
	}
	s.release()
	return n
}

// Members returns the members that t means, in no particular order.
func (d *Directory) Members(t Target) []Member {
	s := d.pick(t)
	list := make([]Member, 0, s.len())
	for _, m := range s.members {
		if m != s.skip {
			list = append(list, m)
		}
	}
	s.release()
	return list
}

// A selection is the members that a target meant at one moment: all of members
// but skip, if that is not nil, who is one of them.
type selection struct {
	members []Member
	skip    Member
	pooled  *[]Member // what members lies in, if that came from the pool
}

func (s *selection) len() int {
	if s.skip != nil {
		return len(s.members) - 1
	}
	return len(s.members)
}

// lists holds slices for the selections that are no room's own list.
var lists = sync.Pool{New: func() any { return new([]Member) }}

func (s *selection) release() {
	if s.pooled == nil {
		return
	}
	clear(s.members)
	*s.pooled = s.members[:0]
	lists.Put(s.pooled)
}

// pick finds out whom t means. One room or everybody, without nobody or
// without one, is what nearly every broadcast asks for, and needs no copy.
func (d *Directory) pick(t Target) selection {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(t.rooms) > 1 {
		return d.collectLocked(t)
	}
	skip, simple := d.onlyLocked(t.except)
	if !simple {
		return d.collectLocked(t)
	}

	r := &d.everyone
	if len(t.rooms) == 1 {
		if r = d.rooms[t.rooms[0]]; r == nil {
			return lone(d.lookupLocked(t.rooms[0]), skip)
		}
	}
	s := selection{members: r.share()}
	if skip != nil && skip.find(r) >= 0 {
		s.skip = skip.member()
	}
	return s
}

// lone is the selection from a room that is no more than a member's own.
func lone(members []Member, skip *entry) selection {
	if skip != nil && len(members) == 1 && members[0] == skip.member() {
		return selection{}
	}
	return selection{members: members}
}

// onlyLocked returns the one entry that is in a room of names; nil if there is
// none, false if there may be several.
func (d *Directory) onlyLocked(names []string) (only *entry, ok bool) {
	for _, name := range names {
		var e *entry
		if r := d.rooms[name]; r == nil {
			if e = d.entries[name]; e == nil || !e.alone {
				continue
			}
		} else if len(r.seats) > 1 {
			return nil, false
		} else {
			e = r.seats[0].entry
		}
		if only != nil && only != e {
			return nil, false
		}
		only = e
	}
	return only, true
}

// collectLocked copies the members that t means into a pooled list. Whoever
// has been seen, or is excepted, bears the number of this selection.
func (d *Directory) collectLocked(t Target) selection {
	d.selection++
	for _, name := range t.except {
		d.eachLocked(name, func(e *entry) { e.mark = d.selection })
	}
	pooled := lists.Get().(*[]Member)
	list := (*pooled)[:0]
	take := func(e *entry) {
		if e.mark != d.selection {
			e.mark = d.selection
			list = append(list, e.member())
		}
	}
	for _, name := range t.rooms {
		d.eachLocked(name, take)
	}
	if len(t.rooms) == 0 {
		for _, s := range d.everyone.seats {
			take(s.entry)
		}
	}
	return selection{members: list, pooled: pooled}
}

func (d *Directory) eachLocked(name string, do func(*entry)) {
	if r := d.rooms[name]; r != nil {
		for _, s := range r.seats {
			do(s.entry)
		}
	} else if e := d.entries[name]; e != nil && e.alone {
		do(e)
	}
}
