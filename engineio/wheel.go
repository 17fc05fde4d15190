package engineio

import (
	"sync"
	"time"
)

// A wheel holds the heartbeats of all sessions on one timer: a slot is a tick,
// and whatever is in it is due together, so that a server with a hundred
// thousand idle sessions has one timer and wakes once a tick. The timer runs
// only while there are sessions.
type wheel struct {
	tick  time.Duration // static
	slots []beat        // each the head of a ring
	due   func([]*Session)

	mu sync.Mutex
	// Guarded by mu, as is the beat of every session.
	pos   int
	count int
	timer *time.Timer
}

// A beat is a session's place in the wheel: a link in the ring of a slot.
type beat struct {
	prev, next *beat
	session    *Session
	over       bool // the session has been removed for good
}

// wheelLate is how many ticks late a wheel may be: one to the border of the
// current tick, one since it turns only at borders.
const wheelLate = 2

// newWheel returns a wheel for delays of at most longest that are never early
// and less than wheelLate ticks late. due is called with the sessions of a slot.
func newWheel(tick, longest time.Duration, due func([]*Session)) *wheel {
	w := &wheel{tick: tick, due: due, slots: make([]beat, int(longest/tick)+3)}
	for i := range w.slots {
		head := &w.slots[i]
		head.prev, head.next = head, head
	}
	return w
}

// schedule has s due after d; it replaces what was scheduled before. After
// remove it does nothing.
func (w *wheel) schedule(s *Session, d time.Duration) {
	// The slot at pos is up to a tick away already.
	steps := min(int((d+w.tick-1)/w.tick)+1, len(w.slots)-1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.beat.over {
		return
	}
	w.unlink(s)
	s.beat.session = s
	head := &w.slots[(w.pos+steps)%len(w.slots)]
	s.beat.prev, s.beat.next = head.prev, head
	s.beat.prev.next, s.beat.next.prev = &s.beat, &s.beat
	if w.count++; w.count == 1 {
		if w.timer == nil {
			w.timer = time.AfterFunc(w.tick, w.turn)
		} else {
			w.timer.Reset(w.tick)
		}
	}
}

// remove takes s out for good.
func (w *wheel) remove(s *Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlink(s)
	s.beat.over = true
	if w.count == 0 && w.timer != nil {
		w.timer.Stop()
	}
}

func (w *wheel) unlink(s *Session) {
	if s.beat.next == nil {
		return
	}
	s.beat.prev.next, s.beat.next.prev = s.beat.next, s.beat.prev
	s.beat.prev, s.beat.next = nil, nil
	w.count--
}

// turn advances by one slot.
func (w *wheel) turn() {
	var due []*Session
	w.mu.Lock()
	w.pos = (w.pos + 1) % len(w.slots)
	for head := &w.slots[w.pos]; head.next != head; {
		s := head.next.session
		w.unlink(s)
		due = append(due, s)
	}
	if w.count > 0 {
		w.timer.Reset(w.tick)
	}
	w.mu.Unlock()
	w.due(due)
}
