package engineio

import (
	"sync/atomic"
	"time"
)

// corkTime is how long a cork may put off a write.
const corkTime = time.Millisecond

// A shard writes for the sessions that belong to it and have been marked
// dirty. One goroutine walks them, so whatever piles up for a session while
// the walk is elsewhere leaves in one write.
//
// Both lists are stacks linked through the sessions: marking costs one
// compare-and-swap, no lock and no allocation, and a session is in each list
// once at most.
type shard struct {
	dirty   atomic.Pointer[Session]
	late    atomic.Pointer[Session] // corked sessions with something to send
	walking atomic.Bool             // a hint: a packet queued now is written soon
	wake    chan struct{}           // holds one token, sent when dirty was empty; never closed
}

func newShard() *shard { return &shard{wake: make(chan struct{}, 1)} }

func (sh *shard) push(s *Session) {
	for {
		head := sh.dirty.Load()
		s.nextDirty = head
		if sh.dirty.CompareAndSwap(head, s) {
			if head == nil {
				select {
				case sh.wake <- struct{}{}:
				default:
				}
			}
			return
		}
	}
}

func (sh *shard) pushLate(s *Session) {
	for {
		head := sh.late.Load()
		s.nextLate = head
		if sh.late.CompareAndSwap(head, s) {
			if head == nil {
				time.AfterFunc(corkTime, sh.takeLate)
			}
			return
		}
	}
}

// takeLate marks dirty the sessions whose cork has lasted long enough.
func (sh *shard) takeLate() {
	for s := sh.late.Swap(nil); s != nil; {
		next := s.nextLate
		s.nextLate = nil
		s.mu.Lock()
		s.late = false
		if s.writer == writerIdle && !s.out.empty() {
			s.dirtyLocked()
		}
		s.mu.Unlock()
		s = next
	}
}

// run walks dirty sessions until done is closed.
func (sh *shard) run(done <-chan struct{}) {
	for {
		select {
		case <-sh.wake:
		case <-done:
			return
		}
		sh.walking.Store(true)
		for s := reverse(sh.dirty.Swap(nil)); s != nil; {
			next := s.nextDirty
			s.nextDirty = nil
			s.mu.Lock()
			s.dirty = false
			flush := s.claimLocked()
			s.mu.Unlock()
			if flush {
				s.flush()
			}
			if s = next; s == nil {
				s = reverse(sh.dirty.Swap(nil))
			}
		}
		sh.walking.Store(false)
	}
}

// reverse turns a stack into the order in which it was filled.
func reverse(s *Session) *Session {
	var first *Session
	for s != nil {
		next := s.nextDirty
		s.nextDirty = first
		first, s = s, next
	}
	return first
}
