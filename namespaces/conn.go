package namespaces

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// Ways for a client to break the rules of Socket.IO. Each closes its session.
var (
	errSecondConnect = errors.New("CONNECT to a namespace that was asked for before")
	errConnectError  = errors.New("CONNECT_ERROR from a client")
	errNotConnected  = errors.New("packet for a namespace that is not connected")
	errRefusedOften  = errors.New("too many attempts to join a namespace that does not exist")
	errAttachments   = errors.New("attachments did not arrive in time")
)

// A conn is one engine session as this package sees it: it turns messages into
// packets and gives them to the session's sockets. It is also the owner of the
// one lock for all of them, since what they share is counted per session.
type conn struct {
	// Static after construction.
	mux     *Mux
	session *engineio.Session
	request request

	// Owned by the session's reader.
	decoder  *socketio.Decoder
	known    bool // to the mux
	gathered int  // bytes of the packet that is being received
	unbacked int  // what decoder has counted as far as it is in the mux's counts
	refused  int  // attempts to join a namespace that were refused

	mu sync.Mutex
	// Guarded by mu.
	closed     bool
	extended   bool         // the connect timeout has been put off
	sockets    []*Socket    // connecting and connected
	expelled   []*Namespace // the client was disconnected from these, and has not come back
	unfinished int          // these, and those whose last handlers have not returned
	timer      *time.Timer  // ends a session that joins no namespace; nil once it has joined one
	assembly   *time.Timer  // ends a session whose attachments do not arrive; kept once made
	assembling time.Time    // since when attachments have been awaited, zero if none are
	waiting    load         // in all inboxes
	flow       flow
}

func newConn(m *Mux, s *engineio.Session, r *http.Request) *conn {
	return &conn{
		mux:     m,
		session: s,
		request: newRequest(r),
		decoder: socketio.NewDecoder(m.opts.Limits),
	}
}

// Message implements engineio.Handler.
func (c *conn) Message(data []byte, binary bool) {
	if !c.known && !c.introduce() {
		return
	}
	var p *socketio.Packet
	var err error
	if binary {
		p, err = c.decoder.Binary(data)
	} else {
		p, err = c.decoder.Text(data)
	}
	c.gathered += len(data)
	if n := c.decoder.Unbacked(); n != c.unbacked {
		c.mux.counts.unbacked.Add(uint64(n - c.unbacked))
		c.unbacked = n
	}
	switch {
	case err != nil:
		c.violate(err)
	case p == nil:
		c.assemble()
	default:
		if binary {
			c.assembled()
		}
		size := c.gathered
		c.gathered = 0
		c.receive(p, size)
	}
}

// introduce makes the session known to the mux with its first message. It
// reports false if it has no use for it any more.
func (c *conn) introduce() bool {
	if !c.mux.adopt(c) {
		c.session.Close(engineio.ReasonServerShuttingDown)
		return false
	}
	c.known = true
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed { // and Closed may have been too early to make it forgotten
		c.mux.forget(c)
	}
	return !closed
}

// receive takes one packet. No handler runs here: the reader that calls it is
// the one who will receive the acks that handlers wait for.
func (c *conn) receive(p *socketio.Packet, size int) {
	switch p.Type {
	case socketio.Connect:
		c.reserve(p)
		return
	case socketio.ConnectError:
		c.violate(errConnectError)
		return
	}

	c.mu.Lock()
	s := c.findLocked(p.Namespace)
	if s == nil || s.state == stateConnecting {
		late := c.closed || s == nil && c.expelledLocked(p.Namespace) >= 0
		c.mu.Unlock()
		if !late {
			c.violate(errNotConnected)
		}
		return
	}
	switch p.Type {
	case socketio.Event:
		fits := s.enqueueLocked(newEvent(s, p, size))
		c.mu.Unlock()
		if !fits {
			c.session.Close(engineio.ReasonInboxOverflow)
		}
	case socketio.Ack:
		s.resolveLocked(p.ID, ackReply{args: p.Args})
		c.mu.Unlock()
	default: // DISCONNECT
		c.mu.Unlock()
		s.close(ReasonClientDisconnect)
	}
}

// findLocked returns the socket of a namespace. Most sessions have one.
func (c *conn) findLocked(namespace string) *Socket {
	for _, s := range c.sockets {
		if s.namespace.name == namespace {
			return s
		}
	}
	return nil
}

// expelledLocked returns the index of a namespace among those that the client
// was disconnected from, or -1. What it sent before it knew is no offence: the
// official server ends the session for it, and so takes clients out of
// namespaces that had nothing to do with it.
func (c *conn) expelledLocked(namespace string) int {
	return slices.IndexFunc(c.expelled, func(n *Namespace) bool { return n.name == namespace })
}

// removeLocked frees the socket's namespace for another CONNECT.
func (c *conn) removeLocked(s *Socket) {
	if i := slices.Index(c.sockets, s); i >= 0 {
		c.sockets = slices.Delete(c.sockets, i, i+1)
	}
}

// violate ends the session of a client that broke the rules. The official
// server gives no better reason to its sockets either.
func (c *conn) violate(err error) {
	c.mux.counts.protocol.Add(1)
	c.mux.log.protocol.Info().Err(err).Str("address", c.request.address).Msg("closing a session that broke the protocol")
	c.session.Close(engineio.ReasonForcedClose)
}

// Closed implements engineio.Handler.
func (c *conn) Closed(reason engineio.Reason) {
	c.mu.Lock()
	c.closed = true
	sockets := slices.Clone(c.sockets)
	for _, t := range []*time.Timer{c.timer, c.assembly} {
		if t != nil {
			t.Stop()
		}
	}
	c.mu.Unlock()

	if reason == engineio.ReasonInboxOverflow {
		c.mux.counts.overflows.Add(1)
	}
	for _, s := range sockets {
		s.close(Reason(reason))
	}
	c.mux.forget(c)
}

// send queues a packet, whatever the state of the socket it is from.
func (c *conn) send(p *socketio.Encoded, how rooms.Delivery) error {
	var d engineio.Delivery
	if how&rooms.Volatile != 0 {
		d |= engineio.Volatile
	}
	if how&rooms.Deferred != 0 {
		d |= engineio.Deferred
	}
	return sendError(c.session.Send(p.Frames(), d))
}
