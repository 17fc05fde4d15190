package engineio

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is what a Server has counted since it began.
type Stats struct {
	Open            int               // sessions now
	Opened          uint64            // sessions ever
	Upgraded        uint64            // sessions that went from polling to a websocket
	Refused         uint64            // requests that were answered with an error
	VolatileDropped uint64            // volatile packets that were dropped
	Closed          map[Reason]uint64 // sessions that ended, by reason
}

// counters is the running form of Stats.
type counters struct {
	opened, upgraded, refused, volatileDropped atomic.Uint64

	mu       sync.Mutex
	byReason map[Reason]uint64 // Guarded by mu.
}

func (c *counters) closed(reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byReason == nil {
		c.byReason = make(map[Reason]uint64)
	}
	c.byReason[reason]++
}

// Stats returns what the server has counted.
func (srv *Server) Stats() Stats {
	c := &srv.count
	s := Stats{
		Open:            srv.Len(),
		Opened:          c.opened.Load(),
		Upgraded:        c.upgraded.Load(),
		Refused:         c.refused.Load(),
		VolatileDropped: c.volatileDropped.Load(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Closed = maps.Clone(c.byReason)
	return s
}
