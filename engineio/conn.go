package engineio

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A conn is a hijacked connection in one of two forms behind one type.
//
//   - bare: TCP and unix sockets on unix. Writes can be tried without blocking,
//     and a reader parks without holding a buffer (conn_unix.go).
//   - any other net.Conn: TLS, pipes, other systems. Reading holds a buffer,
//     and every write may block, so that all are made by a goroutine.
type conn struct {
	net.Conn
	bare *bareConn // nil in the other form

	blockedSince atomic.Int64 // when the write under way began (Unix ns), 0 if none is
}

func newConn(c net.Conn) *conn { return &conn{Conn: c, bare: newBareConn(c)} }

// chunkSize is the size of the pooled buffers that readers use while data
// comes in and writers to join small frames.
const chunkSize = 16 << 10

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func getChunk() []byte  { return chunks.Get().(*[chunkSize]byte)[:] }
func putChunk(b []byte) { chunks.Put((*[chunkSize]byte)(b[:chunkSize])) }

// grow returns b with room for n more bytes. Input that grows by as much as has
// arrived costs twice its size; the quarters of append add up to five times.
func grow(b []byte, n int) []byte { return append(make([]byte, 0, len(b)+n), b...) }

// read waits for data and appends it to in, which has room or is nil; for nil
// it takes a chunk, in the bare form not before there is something to read.
func (c *conn) read(in []byte) ([]byte, error) {
	if c.bare != nil {
		return c.bare.read(in)
	}
	if in == nil {
		in = getChunk()[:0]
	}
	n, err := c.Conn.Read(in[len(in):cap(in)])
	in = in[:len(in)+n]
	if len(in) == 0 {
		putChunk(in[:chunkSize])
		in = nil
	}
	if n > 0 {
		err = nil // it comes again
	}
	return in, err
}

// tryWrite writes what it can without blocking and returns the rest.
func (c *conn) tryWrite(b []byte) ([]byte, error) {
	if c.bare == nil {
		return b, nil
	}
	return c.bare.tryWrite(b)
}

// writePiece is what a slow peer gets Options.WriteTimeout for.
const writePiece = 64 << 10

// write blocks until b is written, or the peer takes more than timeout for a
// piece of it.
func (c *conn) write(b []byte, timeout time.Duration) error {
	for len(b) > 0 {
		now := time.Now()
		c.blockedSince.Store(now.UnixNano())
		if err := c.SetWriteDeadline(now.Add(timeout)); err != nil {
			return err
		}
		n, err := c.Conn.Write(b[:min(len(b), writePiece)])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	c.blockedSince.Store(0)
	return c.SetWriteDeadline(time.Time{})
}

// ready reports whether no write is held up by the peer.
func (c *conn) ready() bool {
	const moment = 10 * time.Millisecond
	since := c.blockedSince.Load()
	return since == 0 || time.Now().UnixNano()-since < int64(moment)
}
