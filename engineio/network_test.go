package engineio_test

import (
	"context"
	"net"
	"sync"
	"testing"
)

// A form is a kind of connection. The server treats two differently, so
// whatever is written on a connection is tested over both:
//
//   - bare: a TCP socket, written without blocking.
//   - any: the same hidden in another net.Conn, written by a goroutine.
//
// What depends on time runs over pipes, which are of the second form and the
// only connections whose waiting a synctest bubble sees through.
type form struct {
	name   string
	listen func(testing.TB) network
}

// A network is a listener and the way to it.
type network interface {
	net.Listener
	dial(context.Context) (net.Conn, error)
}

var (
	formBare = form{"bare", func(t testing.TB) network { return listen(t, "tcp", "127.0.0.1:0", nil) }}
	formAny  = form{"any", func(t testing.TB) network { return listen(t, "tcp", "127.0.0.1:0", hidden) }}
	formPipe = form{"pipe", func(testing.TB) network { return newPipes() }}
)

// eachForm runs test over both forms.
func eachForm(t *testing.T, test func(t *testing.T, f form)) {
	t.Parallel()
	for _, f := range []form{formBare, formAny} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			test(t, f)
		})
	}
}

// hidden keeps the server from seeing which connection it has.
func hidden(c net.Conn) net.Conn { return struct{ net.Conn }{c} }

// narrow returns a form whose sockets hold little, so that a client which does
// not read is soon felt.
func narrow(f form) form { return narrowTo(f, 64<<10) }

// narrowTo does so with buffers of a size: less is felt sooner, and slows down.
func narrowTo(f form, size int) form {
	return form{f.name, func(t testing.TB) network {
		n := f.listen(t).(*sockets)
		n.buffers = size
		return n
	}}
}

// sockets are a network of real ones.
type sockets struct {
	net.Listener
	wrap    func(net.Conn) net.Conn // what the server sees; nil for the socket itself
	buffers int                     // 0 for the system's
}

func listen(t testing.TB, kind, address string, wrap func(net.Conn) net.Conn) *sockets {
	t.Helper()
	l, err := net.Listen(kind, address)
	if err != nil {
		t.Fatal(err)
	}
	return &sockets{Listener: l, wrap: wrap}
}

func (n *sockets) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if n.buffers > 0 {
		_ = c.(*net.TCPConn).SetWriteBuffer(n.buffers)
	}
	if n.wrap != nil {
		c = n.wrap(c)
	}
	return c, nil
}

func (n *sockets) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, n.Addr().Network(), n.Addr().String())
	if tcp, ok := c.(*net.TCPConn); ok && n.buffers > 0 {
		_ = tcp.SetReadBuffer(n.buffers)
	}
	return c, err
}

// pipes are a network of net.Pipe connections.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipes() *pipes {
	n := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	n.close = sync.OnceFunc(func() { close(n.done) })
	return n
}

func (n *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *pipes) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		return client, nil
	case <-n.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *pipes) Close() error {
	n.close()
	return nil
}

func (n *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
