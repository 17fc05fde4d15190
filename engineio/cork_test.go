package engineio_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/engineio"
)

// eachRecordForm runs test over connections that keep the server's writes
// apart, so that a client's read shows what one write held: sequenced packets
// of a unix socket, which is of the bare form, and pipes.
func eachRecordForm(t *testing.T, test func(t *testing.T, f form)) {
	t.Parallel()
	t.Run("bare", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unixpacket", path)
		if err != nil {
			t.Skipf("no sequenced packets here: %v", err)
		}
		test(t, form{"bare", func(testing.TB) network { return recorded{&sockets{Listener: l}} }})
	})
	t.Run("any", func(t *testing.T) {
		t.Parallel()
		test(t, form{"any", func(testing.TB) network { return recorded{newPipes()} }})
	})
}

// recorded is a network whose clients note what each read returned.
type recorded struct{ network }

func (n recorded) dial(ctx context.Context) (net.Conn, error) {
	c, err := n.network.dial(ctx)
	return &recordedConn{Conn: c}, err
}

type recordedConn struct {
	net.Conn
	mu    sync.Mutex
	reads []string // Guarded by mu.
}

func (c *recordedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads = append(c.reads, string(p[:n]))
	return n, err
}

// wantsTogether fails the test unless these are the next messages, and came in
// one write.
func (c *wsClient) wantsTogether(messages ...message) {
	c.t.Helper()
	c.wants(messages...)
	conn := c.conn.(*recordedConn)
	conn.mu.Lock()
	defer conn.mu.Unlock()
	var wire []string
	for _, m := range messages {
		wire = append(wire, string(m.frames()[0].Wire()))
	}
	if got, want := conn.reads[len(conn.reads)-1], strings.Join(wire, ""); got != want {
		c.t.Errorf("the last write held %q, want %q", got, want)
	}
}

// An event and its ack, a packet and its attachments, and what open sends with
// the open packet: each leaves in one write.
func TestOneWrite(t *testing.T) {
	eachRecordForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil, setup{open: func(s *session, _ *http.Request) { s.send(text("welcome")) }})
		c, s := srv.websocket()
		c.wants(text("welcome"))
		reads := c.conn.(*recordedConn).reads
		if last := reads[len(reads)-1]; !strings.Contains(last, `0{"sid"`) || !strings.HasSuffix(last, "4welcome") {
			t.Errorf("the open packet and what open sent came in %q", reads)
		}

		err := s.Send([]*engineio.Frame{
			engineio.TextFrame([]byte("head")), engineio.BinaryFrame([]byte("1")), engineio.BinaryFrame([]byte("2")),
		}, 0)
		if err != nil {
			t.Errorf("Send: %v", err)
		}
		c.wantsTogether(text("head"), blob("1"), blob("2"))
	})
}

// Between Cork and Uncork nothing leaves, and then all of it together.
func TestCork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := serve(t, form{"pipe", func(testing.TB) network { return recorded{newPipes()} }}, nil).websocket()
		conn := c.conn.(*recordedConn)
		synctest.Wait() // for the writer of the open packet: an owner looks again in spite of corks
		s.Cork()
		s.send(text("event"))
		s.Cork()
		s.send(text("in the inner cork"))
		s.Uncork()
		s.send(text("ack"))
		synctest.Wait()
		if s.Writes() {
			t.Error("somebody writes while the session is corked")
		}
		s.Uncork()
		c.wantsTogether(text("event"), text("in the inner cork"), text("ack"))

		synctest.Wait()
		before := len(conn.reads)
		s.Cork()
		s.Uncork()
		s.send(text("after")) // at once again
		c.wantsTogether(text("after"))
		if n := len(conn.reads) - before; n != 1 {
			t.Errorf("%d writes, want 1", n)
		}
	})
}

// A handler that takes its time keeps what it sent for 1 ms at most.
func TestCorkLastsAMillisecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		c, s := srv.websocket()
		c2, s2 := srv.websocket()
		synctest.Wait()
		s.Cork()
		s2.Cork()
		for range 3 {
			s.send(text("a"))
			s.send(text("b"))
			time.Sleep(time.Millisecond - 1)
			synctest.Wait()
			s2.send(text("of another session"))
			if s.Queued() != 2 {
				t.Errorf("%d frames wait after less than a millisecond, want 2", s.Queued())
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if s.Queued() != 0 {
				t.Errorf("%d frames wait after a millisecond", s.Queued())
			}
			c.wants(text("a"), text("b"))
			time.Sleep(time.Millisecond - 1)
			synctest.Wait()
			if s2.Queued() != 0 {
				t.Errorf("%d frames of the other session wait after a millisecond", s2.Queued())
			}
			c2.wants(text("of another session"))
		}
		s.Uncork()
		s2.Uncork()
		s.send(text("end"))
		c.wants(text("end"))
	})
}

// The same on a socket: the client gets it although nobody uncorks.
func TestCorkOnSocket(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		c, s := serve(t, f, nil).websocket()
		s.Cork()
		s.send(text("a"))
		c.wants(text("a"))
		s.Uncork()
	})
}

// A poll that waits is corked like a websocket; one that comes takes what there is.
func TestCorkOnPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := serve(t, formPipe, nil).poll()
		waiting := p.getLater()
		synctest.Wait()
		s.Cork()
		s.send(text("a"))
		synctest.Wait()
		s.send(text("b"))
		synctest.Wait()
		if len(waiting) != 0 {
			t.Error("the poll was answered in spite of the cork")
		}
		s.Uncork()
		receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4a\x1e4b")

		s.Cork()
		s.send(text("c"))
		p.get().wants(t, http.StatusOK, "4c")
		s.Uncork()
	})
}

// A cork does not hold back broadcasts, nor what they find waiting.
func TestDeferredInCork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := serve(t, formPipe, nil).websocket()
		synctest.Wait()
		s.Cork()
		s.send(text("a"))
		_ = s.Send(text("broadcast").frames(), engineio.Deferred)
		from := time.Now()
		c.wants(text("a"), text("broadcast"))
		if d := time.Since(from); d != 0 {
			t.Errorf("came after %v", d)
		}
		s.Uncork()
	})
}
