package engineio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// A Server is an http.Handler that speaks Engine.IO to every request it gets:
// mount it where clients look for it ("/engine.io/", "/socket.io/").
type Server struct {
	// Static after construction.
	opts    Options
	open    func(*Session, *http.Request) Handler
	origins originPolicy

	// A logger for each kind of line: a client that provokes one kind drowns no other.
	logOrigin, logHijack zerolog.Logger

	wheel  *wheel
	shards []*shard

	count   counters
	next    atomic.Uint32  // the shard of the next session
	running sync.WaitGroup // shard writers
	start   sync.Once      // of the shards
	done    chan struct{}  // closed by Shutdown: ends the shards

	mu sync.Mutex
	// Guarded by mu.
	sessions map[string]*Session // those that a request may name
	alive    int                 // those of which anything is left (Session.owed)
	draining bool
	empty    chan struct{} // closed when draining and nothing is left
	ended    bool          // done is closed
}

// NewServer returns a Server that calls open for every new session. open is
// given the request of the handshake, which it must not keep, and returns what
// receives the session's messages; it is called before the first is read. It
// may send. If the session ends meanwhile, Handler.Closed follows its return.
func NewServer(open func(s *Session, r *http.Request) Handler, o *Options) *Server {
	srv := &Server{
		opts:     o.withDefaults(),
		open:     open,
		sessions: make(map[string]*Session),
		done:     make(chan struct{}),
		empty:    make(chan struct{}),
		shards:   make([]*shard, runtime.GOMAXPROCS(0)),
	}
	srv.origins = newOriginPolicy(&srv.opts)
	srv.logOrigin, srv.logHijack = sampled(srv.opts.Logger), sampled(srv.opts.Logger)
	longest := max(srv.opts.PingInterval, srv.opts.PingTimeout)
	srv.wheel = newWheel(heartbeatTick(&srv.opts), longest, srv.heartbeats)
	for i := range srv.shards {
		srv.shards[i] = newShard()
	}
	return srv
}

func sampled(l zerolog.Logger) zerolog.Logger {
	return l.Sample(&zerolog.BurstSampler{Burst: 10, Period: time.Second})
}

// Len returns the number of sessions.
func (srv *Server) Len() int {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return len(srv.sessions)
}

// ServeHTTP serves handshakes, polls, POSTs and websockets.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !srv.origins.allows(r) {
		srv.logOrigin.Warn().Str("origin", clip(r.Header.Get("Origin"))).Str("host", clip(r.Host)).
			Msg("origin refused; Options.Origins (parley serve --origin) lists the pages that may connect")
		srv.refuse(w, r, errForbidden)
		return
	}
	srv.origins.headers(w, r)
	if r.Method == http.MethodOptions && r.Header.Get("Origin") != "" {
		preflight(w, r)
		return
	}
	query := r.URL.Query()
	transport, sid := query.Get("transport"), query.Get("sid")
	if !slices.Contains(srv.opts.Transports, transport) {
		srv.refuse(w, r, errUnknownTransport)
		return
	}
	if sid == "" {
		srv.handshake(w, r, transport, query.Get("EIO"))
		return
	}
	s := srv.session(sid)
	if s == nil {
		srv.refuse(w, r, errUnknownSID)
		return
	}
	if query.Has("EIO") && query.Get("EIO") != "4" {
		srv.refuse(w, r, errBadRequest)
		return
	}
	if transport == WebSocket {
		srv.serveProbe(w, r, s)
		return
	}
	s.servePolling(w, r)
}

// handshake opens a session.
func (srv *Server) handshake(w http.ResponseWriter, r *http.Request, transport, protocol string) {
	upgrade := isUpgrade(r)
	switch {
	case r.Method != http.MethodGet:
		srv.refuse(w, r, errHandshakeMethod)
		return
	case upgrade != (transport == WebSocket):
		srv.refuse(w, r, errBadRequest)
		return
	case protocol != "4":
		srv.refuse(w, r, errProtocol)
		return
	}
	s := srv.newSession()
	if transport == Polling {
		p := &polling{session: s}
		s.transport = p
		if !srv.begin(s, r) {
			srv.refuse(w, r, errShuttingDown)
			return
		}
		p.get(w, r)
		return
	}
	// Asked before the connection is taken: then it is too late for an answer.
	if srv.isDraining() {
		srv.refuse(w, r, errShuttingDown)
		return
	}
	c, early := srv.hijack(w, r)
	if c == nil {
		return
	}
	t := newWebsocket(s, c)
	t.reader.feed(early)
	s.transport = t
	if !srv.begin(s, r) {
		t.reader.free()
		t.Abort(nil)
		return
	}
	s.run(t.readLoop)
}

// serveProbe serves a websocket for a session that exists.
func (srv *Server) serveProbe(w http.ResponseWriter, r *http.Request, s *Session) {
	if !isUpgrade(r) {
		srv.refuse(w, r, errBadRequest)
		return
	}
	c, early := srv.hijack(w, r)
	if c == nil {
		return
	}
	if !s.attachProbe(c, early) {
		// A second websocket, or one for a session that needs none: clients
		// expect the handshake, then the end.
		_ = c.write(closeFrame.websocket(), srv.opts.WriteTimeout)
		c.Close() // nobody is left to tell
	}
}

// servePolling serves a GET or POST of a session that exists.
func (s *Session) servePolling(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, polls := s.transport.(*polling)
	s.mu.Unlock()
	switch {
	case !polls, isUpgrade(r):
		s.server.refuse(w, r, errBadRequest)
	case r.Method == http.MethodGet:
		p.get(w, r)
	case r.Method == http.MethodPost:
		p.post(w, r)
	default:
		w.WriteHeader(http.StatusInternalServerError) // as the official server
	}
}

func (srv *Server) newSession() *Session {
	var b [15]byte
	rand.Read(b[:]) // never fails
	return &Session{
		id:     base64.RawURLEncoding.EncodeToString(b[:]),
		server: srv,
		shard:  srv.shards[srv.next.Add(1)%uint32(len(srv.shards))],
		owed:   2,
	}
}

// begin brings a session to life, the open packet first. It reports false if
// the server takes no more sessions.
func (srv *Server) begin(s *Session, r *http.Request) bool {
	s.Cork() // whatever open sends leaves with the open packet
	s.out.push([]*Frame{srv.openFrame(s)}, maxInt, maxInt)
	srv.mu.Lock()
	if srv.draining {
		srv.mu.Unlock()
		return false
	}
	srv.sessions[s.id] = s
	srv.alive++
	srv.mu.Unlock()
	srv.count.opened.Add(1)
	srv.start.Do(func() {
		for _, sh := range srv.shards {
			srv.running.Go(func() { sh.run(srv.done) })
		}
	})

	var h Handler
	defer func() {
		if h == nil { // open panicked
			s.Abort(ReasonForcedServerClose)
		}
		s.introduce(h)
		s.Uncork()
	}()
	h = srv.open(s, r)
	srv.wheel.schedule(s, srv.pingDelay())
	return true
}

// openFrame returns the packet that begins a session:
//
//	0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
func (srv *Server) openFrame(s *Session) *Frame {
	upgrades := []string{}
	if s.transport.Name() == Polling && !srv.opts.NoUpgrades && slices.Contains(srv.opts.Transports, WebSocket) {
		upgrades = append(upgrades, WebSocket)
	}
	b, err := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int      `json:"maxPayload"`
	}{s.id, upgrades, srv.opts.PingInterval.Milliseconds(), srv.opts.PingTimeout.Milliseconds(), srv.opts.MaxPayload})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return newText(packetOpen, b)
}

// session returns the session with an id, or nil.
func (srv *Server) session(id string) *Session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.sessions[id]
}

// remove makes a session unknown to requests.
func (srv *Server) remove(s *Session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.sessions, s.id)
}

// forget is called once for a session of which nothing is left.
func (srv *Server) forget() {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.alive--; srv.alive == 0 && srv.draining {
		close(srv.empty)
	}
}

func (srv *Server) isDraining() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.draining
}

// Shutdown refuses new sessions, closes those there are in order, spread over
// Options.ShutdownSpread, and returns when their clients have taken what was
// queued and every goroutine of the server has ended. When ctx ends first,
// what is left is cut off and its error returned. Keep serving HTTP until it
// has returned: polling clients fetch their last packets with a GET.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.mu.Lock()
	if !srv.draining && srv.alive == 0 {
		close(srv.empty)
	}
	srv.draining = true
	sessions := slices.Collect(maps.Values(srv.sessions))
	srv.mu.Unlock()

	srv.closeAll(ctx, sessions)
	var err error
	select {
	case <-srv.empty:
	case <-ctx.Done():
		err = ctx.Err()
		for _, s := range sessions {
			s.Abort(ReasonServerShuttingDown)
		}
		<-srv.empty
	}
	srv.mu.Lock()
	if !srv.ended {
		srv.ended = true
		close(srv.done)
	}
	srv.mu.Unlock()
	srv.running.Wait()
	return err
}

// closeAll closes sessions one after the other over ShutdownSpread.
func (srv *Server) closeAll(ctx context.Context, sessions []*Session) {
	begin := time.Now()
	for i, s := range sessions {
		at := begin.Add(srv.opts.ShutdownSpread * time.Duration(i) / time.Duration(len(sessions)))
		if d := time.Until(at); d > 0 {
			select {
			case <-time.After(d):
			case <-ctx.Done():
			}
		}
		s.Close(ReasonServerShuttingDown)
	}
}

// clip shortens a client's text for the log, which escapes it.
func clip(s string) string {
	const most = 128
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
