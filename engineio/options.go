package engineio

import (
	"cmp"
	"slices"
	"time"

	"github.com/rs/zerolog"
)

// The names of the transports, as in the query parameter "transport".
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// Options configures a Server. The zero value of every field is its default.
type Options struct {
	// PingInterval is the time between a pong and the next ping. Default 25 s.
	// Clients learn it in the handshake.
	PingInterval time.Duration
	// PingTimeout is how long the server waits for the pong. Default 20 s. A
	// dead peer is noticed after PingInterval + PingTimeout at the latest.
	PingTimeout time.Duration
	// UpgradeTimeout bounds the time from the websocket of an upgrade to the
	// upgrade packet on it. Default 10 s.
	UpgradeTimeout time.Duration

	// MaxPayload is the size of the largest POST body and of the largest
	// websocket message, in bytes. Default 1,000,000. Clients learn it in the
	// handshake. Each session may hold as much in memory while it receives.
	MaxPayload int
	// Transports lists what a client may use. Default polling and websocket.
	Transports []string
	// NoUpgrades keeps polling sessions from being offered the websocket.
	NoUpgrades bool

	// Origins lists the origins of web pages, besides the server's own, whose
	// scripts may connect, as "https://example.com" or "https://example.com:8443".
	// Requests without an Origin header are not from a web page and always
	// pass. "*" admits every page: then the browser sends no cookies, but any
	// page that a user visits can talk to this server with what else it knows.
	Origins []string
	// AllowLocalhost admits http and https origins on localhost, 127.0.0.1 and
	// [::1] with any port: development servers. Default false.
	AllowLocalhost bool

	// OutboxBytes and OutboxPackets bound what waits for one client. Defaults
	// 4 MB and 4,096. At 75 % volatile packets are dropped; beyond it the
	// session is closed as a slow consumer.
	OutboxBytes   int
	OutboxPackets int
	// WriteTimeout is how long a client may take for each 64 kB of what is
	// being written to it. Default 10 s.
	WriteTimeout time.Duration
	// PauseTimeout is how long a session may stay paused (Session.Pause)
	// before it is closed. Default 5 s.
	PauseTimeout time.Duration
	// ShutdownSpread is the time over which Shutdown spreads the closing of
	// sessions, so that their clients do not all come back in the same
	// instant. Default 0: all at once.
	ShutdownSpread time.Duration

	// Logger gets a line for what an operator may want to act on. The zero
	// value is silent.
	Logger zerolog.Logger
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.PingInterval = cmp.Or(c.PingInterval, 25*time.Second)
	c.PingTimeout = cmp.Or(c.PingTimeout, 20*time.Second)
	c.UpgradeTimeout = cmp.Or(c.UpgradeTimeout, 10*time.Second)
	c.MaxPayload = cmp.Or(c.MaxPayload, 1_000_000)
	c.OutboxBytes = cmp.Or(c.OutboxBytes, 4<<20)
	c.OutboxPackets = cmp.Or(c.OutboxPackets, 4096)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	c.PauseTimeout = cmp.Or(c.PauseTimeout, 5*time.Second)
	c.Transports = slices.Clone(c.Transports)
	if len(c.Transports) == 0 {
		c.Transports = []string{Polling, WebSocket}
	}
	c.Origins = slices.Clone(c.Origins)
	return c
}
