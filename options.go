package parley

import (
	"cmp"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// Options configures a Server. Nil and the zero value mean the defaults, which
// are those of the official server except where they are safer. A Server keeps
// its own copy.
type Options struct {
	// Path is the URL path under which clients look for the server: the client
	// option `path`. Default /socket.io. With or without a trailing slash;
	// requests are ours when they begin with it and a slash.
	Path string

	// Client holds the dist folder of the npm package socket.io-client, at its
	// root, with that package's package.json: the eight bundle files that
	// browsers load as /socket.io/socket.io.js and the like. Package web of
	// this module has them once `make build` has run. Default nil: their paths
	// answer 404. Everything else in it stays private.
	Client fs.FS

	// Origins lists the origins of web pages, besides the server's own, whose
	// scripts may connect, as "https://example.com" or "http://example.com:8080".
	// Default none. "*" admits every page on the web, which then acts with what
	// it can reach from its visitor's machine, though without cookies.
	Origins []string
	// AllowLocalhost admits pages served from any port of localhost, 127.0.0.1
	// and [::1], where development servers live. Default false. On a server
	// that others can reach it admits what runs on each visitor's own machine.
	AllowLocalhost bool

	// PingInterval is the time from one heartbeat to the next. Default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long the answer to a heartbeat may take. Default 20 s.
	// A client that vanished is noticed after PingInterval and PingTimeout;
	// short times disconnect phones that only slept.
	PingTimeout time.Duration
	// UpgradeTimeout bounds the change from polling to websocket. Default 10 s.
	UpgradeTimeout time.Duration
	// ConnectTimeout is how long a session may take to join its first
	// namespace, and how long a namespace's middleware may run. Default 10 s.
	// The official server gives 45 s; whoever connects may hold a session that
	// long without having said who they are.
	ConnectTimeout time.Duration
	// AckTimeout is how long EmitWithAck waits when its context has no
	// deadline. Default 30 s.
	AckTimeout time.Duration
	// AttachmentTimeout is how long the binary attachments of a packet may take
	// to arrive after it. Default 30 s.
	AttachmentTimeout time.Duration
	// HandlerGrace is how long a handler may go on after its client has left
	// before OnDisconnect runs beside it. Default 10 s. Shutdown does not wait
	// for a handler that takes longer.
	HandlerGrace time.Duration
	// PauseTimeout is how long a session may stay unread because its handlers
	// do not keep up, before it is closed. Default 5 s.
	PauseTimeout time.Duration
	// WriteTimeout is how long a client may take nothing of what is written to
	// it before its session is closed. Default 10 s.
	WriteTimeout time.Duration
	// ShutdownSpread is the time over which Shutdown tells the clients, so
	// that they do not all come back to another node in one instant. Default
	// 0: at once. It is part of the time that Shutdown's context allows.
	ShutdownSpread time.Duration

	// MaxPayload is the size in bytes of the largest packet a client may send.
	// Default 1,000,000. Each session can make the server hold as much.
	MaxPayload int
	// Transports lists what clients may use. Default polling and websocket.
	Transports []string
	// NoUpgrades leaves clients on the transport they came with. Default false.
	NoUpgrades bool
	// OutboxBytes and OutboxPackets bound what waits for one slow client.
	// Defaults 4 MB and 4,096 packets. At three quarters volatile packets are
	// dropped, beyond them the session is closed. Slow clients times
	// OutboxBytes is memory that the server must have.
	OutboxBytes   int
	OutboxPackets int

	// MaxNamespaces is how many namespaces one session may join. Default 16.
	MaxNamespaces int
	// MaxRooms is how many rooms one socket may be in. Default 1,024.
	MaxRooms int
	// MaxPendingAcks is how many acknowledgements of one client the server may
	// wait for at once. Default 1,024.
	MaxPendingAcks int
	// InboxEvents and InboxBytes are how much of one session may wait for its
	// handlers until it is read no further. Defaults 64 events and 1 MB.
	InboxEvents int
	InboxBytes  int
	// InboxMaxEvents and InboxMaxBytes are how much may wait while a handler of
	// the session itself waits for an acknowledgement, which could not arrive
	// if nothing was read. Defaults 4,096 events and 4 MB; beyond them the
	// session is closed. Clients times InboxMaxBytes is memory that the server
	// must have.
	InboxMaxEvents int
	InboxMaxBytes  int

	// Logger gets a line for what an operator may want to act on. Its zero
	// value is silent.
	Logger zerolog.Logger
	// Slog takes Logger's place when it is not nil.
	Slog *slog.Logger
}

// defaultPath is where clients look unless they are told otherwise.
const defaultPath = "/socket.io"

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Path = "/" + strings.Trim(cmp.Or(c.Path, defaultPath), "/")
	if !strings.HasSuffix(c.Path, "/") {
		c.Path += "/"
	}
	if c.Slog != nil {
		c.Logger = slogLogger(c.Slog)
	}
	return c
}

// engine returns the options of the sessions, with their defaults left to them.
func (o *Options) engine() *engineio.Options {
	return &engineio.Options{
		PingInterval:   o.PingInterval,
		PingTimeout:    o.PingTimeout,
		UpgradeTimeout: o.UpgradeTimeout,
		MaxPayload:     o.MaxPayload,
		Transports:     o.Transports,
		NoUpgrades:     o.NoUpgrades,
		Origins:        o.Origins,
		AllowLocalhost: o.AllowLocalhost,
		OutboxBytes:    o.OutboxBytes,
		OutboxPackets:  o.OutboxPackets,
		WriteTimeout:   o.WriteTimeout,
		PauseTimeout:   o.PauseTimeout,
		ShutdownSpread: o.ShutdownSpread,
		Logger:         o.Logger,
	}
}

// mux returns the options of the namespaces, with their defaults left to them.
func (o *Options) mux() *namespaces.Options {
	return &namespaces.Options{
		ConnectTimeout:    o.ConnectTimeout,
		AckTimeout:        o.AckTimeout,
		AttachmentTimeout: o.AttachmentTimeout,
		HandlerGrace:      o.HandlerGrace,
		MaxNamespaces:     o.MaxNamespaces,
		MaxRooms:          o.MaxRooms,
		MaxPendingAcks:    o.MaxPendingAcks,
		InboxEvents:       o.InboxEvents,
		InboxBytes:        o.InboxBytes,
		InboxMaxEvents:    o.InboxMaxEvents,
		InboxMaxBytes:     o.InboxMaxBytes,
		Logger:            o.Logger,
	}
}
