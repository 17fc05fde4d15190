package namespaces

import (
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Stats counts what went wrong since the start, by kind.
type Stats struct {
	Panics           uint64 // handlers and middleware that panicked
	Hung             uint64 // handlers that OnDisconnect no longer waited for
	Dropped          uint64 // events that were not handled since their socket was disconnected
	InboxOverflows   uint64 // sessions closed since too much waited for their handlers
	ConnectTimeouts  uint64 // sessions closed since they joined no namespace in time
	AckTimeouts      uint64 // acks that clients did not send in time
	ProtocolErrors   uint64 // sessions closed since they broke the rules of Socket.IO
	NamespaceRefused uint64 // attempts to join an unknown namespace, or too many
	Unbacked         uint64 // placeholders for attachments that did not exist, replaced by null
}

// Stats returns the present counts.
func (m *Mux) Stats() Stats {
	c := &m.counts
	return Stats{
		Panics:           c.panics.Load(),
		Hung:             c.hung.Load(),
		Dropped:          c.dropped.Load(),
		InboxOverflows:   c.overflows.Load(),
		ConnectTimeouts:  c.connectTimeouts.Load(),
		AckTimeouts:      c.ackTimeouts.Load(),
		ProtocolErrors:   c.protocol.Load(),
		NamespaceRefused: c.refused.Load(),
		Unbacked:         c.unbacked.Load(),
	}
}

type counts struct {
	panics, hung, dropped, overflows                atomic.Uint64
	connectTimeouts, ackTimeouts, protocol, refused atomic.Uint64

	unbacked atomic.Uint64
}

// logs are the loggers, one for each kind of line, so that a client which
// provokes one kind drowns no other.
type logs struct {
	panics   zerolog.Logger
	errors   zerolog.Logger
	hung     zerolog.Logger
	protocol zerolog.Logger
}

func newLogs(l zerolog.Logger) logs {
	kind := func() zerolog.Logger {
		return l.Sample(&zerolog.BurstSampler{Burst: 10, Period: time.Second})
	}
	return logs{panics: kind(), errors: kind(), hung: kind(), protocol: kind()}
}

// clip shortens text that came from a client for a log line.
func clip(s string) string {
	const enough = 128
	if len(s) > enough {
		return s[:enough] + "..."
	}
	return s
}
