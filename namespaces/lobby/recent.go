package lobby

import "sync"

// recentMessages is how many messages with an id of their sender's are
// remembered, so that what a client sends again takes effect once.
const recentMessages = 10_000

// A messageKey is what a sender calls a message.
type messageKey struct{ kind, user, id string }

// recent remembers the latest messages; the oldest is forgotten for the next.
type recent struct {
	mu sync.Mutex
	// Guarded by mu.
	ids  map[messageKey]string
	ring []messageKey
	next int
}

func newRecent(n int) *recent {
	return &recent{ids: make(map[messageKey]string), ring: make([]messageKey, 0, n)}
}

// claim remembers id as that of a message, or returns the one that it has.
func (r *recent) claim(key messageKey, id string) (known string, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, again := r.ids[key]; again {
		return known, false
	}
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, key)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = key
		r.next = (r.next + 1) % len(r.ring)
	}
	r.ids[key] = id
	return id, true
}
