package engineio

import (
	"sync"
	"sync/atomic"
	"time"
)

// websocket is the Transport on a websocket connection. Its reading half is in
// wsread.go.
type websocket struct {
	session *Session
	conn    *conn

	// Owned by readLoop.
	reader  wsReader
	probing bool // the session is still on polling

	// Owned by the session's writer.
	rest  []byte // what the client did not take of the last write: it goes ahead of everything
	final bool   // rest ends with the session's last frame

	// Of the closing handshake, whose second half ends the connection.
	peerClosed atomic.Bool // the client has sent a close frame
	said       atomic.Bool // ours has been written
}

func newWebsocket(s *Session, c *conn) *websocket {
	t := &websocket{session: s, conn: c}
	t.reader.conn, t.reader.max = c, s.server.opts.MaxPayload
	return t
}

func (t *websocket) Name() string { return WebSocket }

// Ready: a bare connection that takes no more has its session stalled; of
// another one only the time tells.
func (t *websocket) Ready() bool { return t.conn.bare != nil || t.conn.ready() }

// joinLimit is the size from which a frame is written from where it is
// instead of being copied behind others.
const joinLimit = 4 << 10

// batchLimit is how much one look at the outbox takes.
const batchLimit = 64 << 10

// maxBatches is how many times a caller of Send or a shard writes in a row for
// one session that others keep filling; then the session gets a goroutine.
const maxBatches = 16

// A batch is what a writer needs while it writes.
type batch struct {
	frames []*Frame
	chunk  []byte
}

var batches = sync.Pool{New: func() any {
	return &batch{frames: make([]*Frame, 0, 64), chunk: make([]byte, 0, chunkSize)}
}}

func (b *batch) free() {
	clear(b.frames[:cap(b.frames)])
	if cap(b.frames) <= 1024 {
		batches.Put(b)
	}
}

func wireSize(f *Frame) int { return len(f.wire) }

// Flush writes until the outbox is empty or the connection takes no more; then
// a goroutine goes on.
func (t *websocket) Flush() {
	if t.conn.bare == nil {
		t.session.run(t.drain)
		return
	}
	stalled, err := t.writeAll(t.tryWrite, maxBatches)
	switch {
	case err != nil:
		t.session.abort(ReasonTransportError, nil)
	case stalled:
		t.session.run(t.drain)
	}
}

// drain writes what the client takes slowly, or on a connection whose writes
// cannot be tried, until nothing waits any more.
func (t *websocket) drain() {
	timeout := t.session.server.opts.WriteTimeout
	rest := t.rest
	t.rest = nil
	err := t.conn.write(rest, timeout)
	if err == nil && t.final {
		t.farewell()
	}
	if err == nil {
		_, err = t.writeAll(func(p []byte) error { return t.conn.write(p, timeout) }, maxInt)
	}
	if err != nil {
		t.session.abort(ReasonTransportError, nil)
	}
}

// writeAll writes what waits until nothing does, and then gives the writer
// back, or until the connection has refused something or most batches have
// been written, and then keeps it.
func (t *websocket) writeAll(write func([]byte) error, most int) (stalled bool, err error) {
	b := batches.Get().(*batch)
	defer b.free()
	for n := 1; ; n++ {
		b.frames = t.session.take(b.frames, batchLimit, wireSize)
		if len(b.frames) == 0 {
			return false, nil
		}
		final := b.frames[len(b.frames)-1].final
		if err := b.write(write); err != nil {
			return false, err
		}
		if len(t.rest) > 0 || n == most && !final {
			t.final = final
			t.session.stall()
			return true, nil
		}
		if final {
			t.farewell()
		}
	}
}

// tryWrite keeps what the connection does not take now.
func (t *websocket) tryWrite(p []byte) error {
	if len(t.rest) > 0 { // in order: not past what was refused
		t.rest = append(t.rest, p...)
		return nil
	}
	rest, err := t.conn.tryWrite(p)
	if len(rest) > 0 {
		t.rest = append([]byte(nil), rest...)
	}
	return err
}

// write writes the frames with as few writes as it can: small ones are copied
// into one buffer; large ones, which are finished frames in one piece, go from
// where they are.
func (b *batch) write(write func([]byte) error) error {
	if len(b.frames) == 1 {
		return write(b.frames[0].websocket())
	}
	b.chunk = b.chunk[:0]
	flush := func() error {
		if len(b.chunk) == 0 {
			return nil
		}
		defer func() { b.chunk = b.chunk[:0] }()
		return write(b.chunk)
	}
	for _, f := range b.frames {
		wire := f.websocket()
		large := len(wire) >= joinLimit
		if large || len(b.chunk)+len(wire) > cap(b.chunk) {
			if err := flush(); err != nil {
				return err
			}
		}
		if !large {
			b.chunk = append(b.chunk, wire...)
		} else if err := write(wire); err != nil {
			return err
		}
	}
	return flush()
}

// farewellTime is how long the client may take to answer a close frame.
const farewellTime = 5 * time.Second

// farewell follows the last frame: the side that began the closing handshake
// has its answer, or waits for it (RFC 6455, section 7.1.1).
func (t *websocket) farewell() {
	t.said.Store(true)
	if t.peerClosed.Load() {
		t.session.bury()
		return
	}
	t.conn.SetReadDeadline(time.Now().Add(farewellTime)) // it fails when the connection has closed
}

// Abort closes the connection.
func (t *websocket) Abort(*Frame) {
	t.conn.Close() // nobody is left to tell
}
