package namespaces

import "github.com/parley-go/parley/socketio"

// An inbox holds the events that wait for one socket's handlers. It is a list
// through the events themselves, so that an empty one costs nothing.
type inbox struct {
	head, tail *Event
}

func (b *inbox) push(e *Event) {
	if b.tail == nil {
		b.head = e
	} else {
		b.tail.next = e
	}
	b.tail = e
}

func (b *inbox) pop() *Event {
	e := b.head
	if e == nil {
		return nil
	}
	if b.head, e.next = e.next, nil; b.head == nil {
		b.tail = nil
	}
	return e
}

// A load is how much waits in the inboxes of one session. It is bounded in two
// steps: at Options.InboxEvents or InboxBytes the session is not read any
// further, so that the client's sending comes to a stand; and at
// InboxMaxEvents or InboxMaxBytes, which it can reach only while reading must
// go on, the session is closed.
type load struct {
	events, bytes int
}

func (l load) over(events, bytes int) bool { return l.events >= events || l.bytes >= bytes }

// What an event holds besides its bytes: arguments can be many and tiny.
const (
	eventCost    = 256
	argumentCost = 48
)

func newEvent(s *Socket, p *socketio.Packet, size int) *Event {
	size += eventCost + argumentCost*len(p.Args)
	return &Event{Name: p.Event, Args: p.Args, socket: s, id: p.ID, size: size}
}

// enqueueLocked puts an event into the inbox. It reports false if there is no
// room for it.
func (s *Socket) enqueueLocked(e *Event) bool {
	c := s.conn
	o := &c.mux.opts
	if c.waiting.events > 0 && (load{c.waiting.events, c.waiting.bytes + e.size}).over(o.InboxMaxEvents, o.InboxMaxBytes) {
		return false
	}
	c.waiting.events++
	c.waiting.bytes += e.size
	s.inbox.push(e)
	s.wakeLocked()
	c.settleLocked()
	return true
}

func (s *Socket) dequeueLocked() *Event {
	e := s.inbox.pop()
	if e != nil {
		s.conn.waiting.events--
		s.conn.waiting.bytes -= e.size
	}
	return e
}

// discardLocked drops what waits in the inbox.
func (s *Socket) discardLocked() {
	for s.dequeueLocked() != nil {
		s.conn.mux.counts.dropped.Add(1)
	}
}
