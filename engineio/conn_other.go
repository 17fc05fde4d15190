//go:build !unix

package engineio

import "net"

// A bareConn is not to be had on this system.
type bareConn struct{}

func newBareConn(net.Conn) *bareConn { return nil }

func (*bareConn) read(in []byte) ([]byte, error) { return in, net.ErrClosed }

func (*bareConn) tryWrite(out []byte) ([]byte, error) { return out, net.ErrClosed }
