//go:build unix

package engineio

import (
	"io"
	"net"
	"syscall"
)

// A bareConn reaches below a TCP or unix socket: its descriptor is
// non-blocking, and the runtime's poller parks who waits for it.
//
// The functions handed to the RawConn are bound once, so that neither reading
// nor writing allocates.
type bareConn struct {
	raw syscall.RawConn

	// Owned by the reader.
	readFn  func(fd uintptr) bool
	in      []byte
	readErr error

	// Owned by the writer.
	writeFn  func(fd uintptr) bool
	out      []byte
	writeErr error
}

// newBareConn returns nil for connections that are not bare.
func newBareConn(c net.Conn) *bareConn {
	var sc syscall.Conn
	switch c := c.(type) {
	case *net.TCPConn:
		sc = c
	case *net.UnixConn:
		sc = c
	default:
		return nil // what wraps a socket may do something with the bytes
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	b := &bareConn{raw: raw}
	b.readFn, b.writeFn = b.readFD, b.writeFD
	return b
}

func (b *bareConn) read(in []byte) ([]byte, error) {
	b.in, b.readErr = in, nil
	err := b.raw.Read(b.readFn)
	in, b.in = b.in, nil
	if err == nil {
		err = b.readErr
	}
	return in, err
}

// readFD is called by the RawConn whenever the socket may be readable; false
// parks the reader, which holds no buffer then unless it holds data.
func (b *bareConn) readFD(fd uintptr) bool {
	held := b.in != nil
	if !held {
		b.in = getChunk()[:0]
	}
	n, err := ignoringEINTR(syscall.Read, int(fd), b.in[len(b.in):cap(b.in)])
	switch {
	case n > 0:
		b.in = b.in[:len(b.in)+n]
		return true
	case err == nil:
		err = io.EOF
	}
	if !held {
		putChunk(b.in[:chunkSize])
		b.in = nil
	}
	if err == syscall.EAGAIN {
		return false
	}
	b.readErr = err
	return true
}

func (b *bareConn) tryWrite(out []byte) ([]byte, error) {
	b.out, b.writeErr = out, nil
	err := b.raw.Write(b.writeFn)
	out, b.out = b.out, nil
	if err == nil {
		err = b.writeErr
	}
	return out, err
}

// writeFD writes until the socket takes no more. It never parks.
func (b *bareConn) writeFD(fd uintptr) bool {
	for len(b.out) > 0 {
		n, err := ignoringEINTR(syscall.Write, int(fd), b.out)
		if n > 0 {
			b.out = b.out[n:]
		}
		if err == syscall.EAGAIN {
			break
		}
		if err != nil {
			b.writeErr = err
			break
		}
	}
	return true
}

func ignoringEINTR(call func(int, []byte) (int, error), fd int, p []byte) (int, error) {
	for {
		n, err := call(fd, p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
