package namespaces

import (
	"cmp"
	"time"

	"github.com/rs/zerolog"

	"github.com/parley-go/parley/socketio"
)

// Options configures a Mux. Nil and the zero value mean the defaults.
type Options struct {
	// ConnectTimeout is how long a session may take to join its first
	// namespace, and how long the middleware of a namespace may run. Default
	// 10 s. A session that has joined none is closed. The official server
	// gives 45 s; whoever can connect can hold a session that long.
	ConnectTimeout time.Duration
	// AckTimeout is how long EmitWithAck waits. Default 30 s.
	AckTimeout time.Duration
	// AttachmentTimeout is how long the attachments of a packet may take to
	// arrive. Default 30 s. A session that takes longer is closed.
	AttachmentTimeout time.Duration
	// HandlerGrace is how long a handler may go on running after its socket
	// was disconnected until OnDisconnect no longer waits for it, and how long
	// OnDisconnect itself may run until its context ends. Default 10 s.
	HandlerGrace time.Duration

	// MaxNamespaces is how many namespaces one session may be in. Default 16.
	MaxNamespaces int
	// MaxRooms is how many rooms one socket may be in besides its own. Default
	// 1,024.
	MaxRooms int
	// MaxPendingAcks is how many acks of one client may be awaited at once.
	// Default 1,024.
	MaxPendingAcks int

	// InboxEvents and InboxBytes are how much may wait for the handlers of one
	// session until it is not read any further. Defaults 64 and 1 MB. Reading
	// goes on at half of it.
	InboxEvents int
	InboxBytes  int
	// InboxMaxEvents and InboxMaxBytes are how much may wait while reading
	// must go on, since a handler waits for an ack. Defaults 4,096 and 4 MB.
	// Beyond it the session is closed. One event is always accepted.
	InboxMaxEvents int
	InboxMaxBytes  int

	// Limits bounds what a packet may hold. Default: those of package
	// socketio.
	Limits *socketio.Limits

	// Logger gets a line for what an operator may want to act on, at most 10
	// in a second of each kind. The zero value is silent.
	Logger zerolog.Logger
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second)
	c.AckTimeout = cmp.Or(c.AckTimeout, 30*time.Second)
	c.AttachmentTimeout = cmp.Or(c.AttachmentTimeout, 30*time.Second)
	c.HandlerGrace = cmp.Or(c.HandlerGrace, 10*time.Second)
	c.MaxNamespaces = cmp.Or(c.MaxNamespaces, 16)
	c.MaxRooms = cmp.Or(c.MaxRooms, 1024)
	c.MaxPendingAcks = cmp.Or(c.MaxPendingAcks, 1024)
	c.InboxEvents = cmp.Or(c.InboxEvents, 64)
	c.InboxBytes = cmp.Or(c.InboxBytes, 1_000_000)
	c.InboxMaxEvents = cmp.Or(c.InboxMaxEvents, 4096)
	c.InboxMaxBytes = cmp.Or(c.InboxMaxBytes, 4_000_000)
	if c.Limits != nil {
		l := *c.Limits
		c.Limits = &l
	}
	return c
}
