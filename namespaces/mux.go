package namespaces

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parley-go/parley/engineio"
)

// maxName is the length of the longest namespace name in bytes.
const maxName = 256

// A Mux routes the packets of engine sessions to namespaces. Its methods may
// be called from any goroutine.
type Mux struct {
	// Static after construction.
	opts Options
	log  logs

	counts counts

	mu sync.Mutex
	// Guarded by mu.
	namespaces map[string]*Namespace
	conns      map[*conn]struct{}
	closed     bool

	// busy counts what Close waits for: each session it is responsible for,
	// each dispatcher, and one for the mux itself until Close. A dispatcher
	// starts within the life of its session, so that zero is final.
	busy atomic.Int64
	idle chan struct{} // closed at zero
}

// NewMux returns a mux with the namespace "/", which has no handlers.
func NewMux(o *Options) *Mux {
	m := &Mux{
		opts:       o.withDefaults(),
		namespaces: make(map[string]*Namespace),
		conns:      make(map[*conn]struct{}),
		idle:       make(chan struct{}),
	}
	m.log = newLogs(m.opts.Logger)
	m.busy.Store(1)
	m.Of("/")
	return m
}

// Of returns the namespace called name and creates it first if need be. The
// leading slash may be left out. It panics for a name that no client could
// ask for: one that holds a comma or is longer than 256 bytes.
func (m *Mux) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	if strings.Contains(name, ",") || len(name) > maxName {
		panic(fmt.Sprintf("namespaces: bad name %q", name))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.namespaces[name]
	if n == nil {
		n = newNamespace(m, name)
		m.namespaces[name] = n
	}
	return n
}

// lookup returns the namespace called name, or nil.
func (m *Mux) lookup(name string) *Namespace {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.namespaces[name]
}

// Namespaces returns all namespaces, in no particular order.
func (m *Mux) Namespaces() []*Namespace {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*Namespace, 0, len(m.namespaces))
	for _, n := range m.namespaces {
		list = append(list, n)
	}
	return list
}

// Open returns the handler for a new session. It is what engineio.NewServer
// wants.
func (m *Mux) Open(s *engineio.Session, r *http.Request) engineio.Handler {
	c := newConn(m, s, r)
	c.awaitConnect()
	return c
}

// Close ends all sessions that have sent anything, with
// ReasonServerShuttingDown, and any other as soon as it does. It waits until
// the handlers have returned, those of OnDisconnect included, or ctx ends: then
// the error is that of ctx, and handlers may still be running. Further calls
// do the same. A handler that runs for more than Options.HandlerGrace after
// its socket was disconnected is not waited for.
func (m *Mux) Close(ctx context.Context) error {
	m.mu.Lock()
	first := !m.closed
	m.closed = true
	open := make([]*conn, 0, len(m.conns))
	for c := range m.conns {
		open = append(open, c)
	}
	m.mu.Unlock()

	for _, c := range open {
		c.session.Close(engineio.ReasonServerShuttingDown)
	}
	if first {
		m.done()
	}
	select {
	case <-m.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for handlers: %w", context.Cause(ctx))
	}
}

// done takes back one busy.Add.
func (m *Mux) done() {
	if m.busy.Add(-1) == 0 {
		close(m.idle)
	}
}

// adopt makes Close responsible for a session. It reports false after Close.
// Not before the session's first message: until Open has returned it cannot be
// ended.
func (m *Mux) adopt(c *conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.conns[c] = struct{}{}
	m.busy.Add(1)
	return true
}

// forget drops a session that has ended, if it is known.
func (m *Mux) forget(c *conn) {
	m.mu.Lock()
	_, known := m.conns[c]
	delete(m.conns, c)
	m.mu.Unlock()
	if known {
		m.done()
	}
}
