package engineio_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// An upgrade that is not completed in time is given up; the session polls on.
func TestUpgradeTimeout(t *testing.T) {
	for name, begin := range map[string]func(*wsClient){
		"silent": func(*wsClient) {},
		"probed": func(c *wsClient) { c.text("2probe"); c.wantsText("3probe") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, s := serve(t, formPipe, nil).poll()
				c := p.probe()
				from := time.Now()
				begin(c)
				c.patience = time.Minute
				c.wantsEnd()
				if d := time.Since(from); d != 10*time.Second {
					t.Errorf("given up after %v, want 10s", d)
				}
				waiting := p.getLater()
				synctest.Wait()
				if !s.Polls() {
					t.Error("the next poll does not wait")
				}
				s.send(text("polled"))
				receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4polled")
				c = p.upgrade()
				c.send(text("again"))
				s.wants(text("again"))
				time.Sleep(20 * time.Second) // what was completed has no timeout
				s.wantsOpen()
			})
		})
	}
}

// A client that takes nothing at all of what is written is cut off.
func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, s := serve(t, formPipe, nil).websocket()
		s.send(text("unread"))
		time.Sleep(10*time.Second - 1)
		synctest.Wait()
		s.wantsOpen()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		s.wantsReason(engineio.ReasonTransportError)
	})
}

// A slow client has the time for each part of a large message.
func TestSlowReaderIsNoTimeout(t *testing.T) {
	const size = 1 << 20
	t.Run("websocket", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, s := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour}).websocket()
			s.send(text(strings.Repeat("x", size)))
			readSlowly(t, c.conn, size)
			s.send(text("next"))
			c.wantsText("4next")
			s.wantsOpen()
		})
	})
	t.Run("polling", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour})
			p, s := srv.poll()
			s.send(text(strings.Repeat("x", size)))
			conn := p.begin()
			defer conn.Close()
			readSlowly(t, conn, size)
			synctest.Wait()
			s.wantsOpen()
		})
	})
}

// begin sends a GET and leaves it to the caller to read the answer.
func (p *poller) begin() net.Conn {
	p.t.Helper()
	conn, err := p.srv.dial(context.Background())
	if err != nil {
		p.t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /engine.io/?%s HTTP/1.1\r\nHost: x\r\n\r\n", p.query())
	return conn
}

// answer reads the answer to a GET that was begun.
func (p *poller) answer(conn net.Conn) reply {
	p.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		p.t.Fatalf("answer to the poll: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body), err}
}

// readSlowly reads a message of size x's and what is before it, little more
// than 64 kB every 9 s.
func readSlowly(t *testing.T, from net.Conn, size int) {
	t.Helper()
	_ = from.SetReadDeadline(time.Time{})
	buf := make([]byte, 65<<10)
	for left := size; left > 0; {
		time.Sleep(9 * time.Second)
		n, err := io.ReadFull(from, buf[:min(left, len(buf))])
		if err != nil {
			t.Fatalf("%d bytes before the end: %v", left, err)
		}
		left -= strings.Count(string(buf[:n]), "x")
	}
}

// A client that does not answer the close frame is cut off after 5 s.
func TestCloseFrameUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		c, s := srv.websocket()
		s.Close(engineio.ReasonForcedClose)
		s.wantsReason(engineio.ReasonForcedClose)
		c.next(ws.OpClose)
		from := time.Now()
		c.wantsEnd()
		if d := time.Since(from); d != 5*time.Second {
			t.Errorf("cut off after %v, want 5s", d)
		}
		synctest.Wait()
		if srv.Len() != 0 {
			t.Error("the session is still there")
		}
	})
}

// One that goes on sending is cut off as well.
func TestCloseFrameIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		c, s := srv.websocket()
		s.Close(engineio.ReasonForcedClose)
		c.next(ws.OpClose)
		from := time.Now()
		for {
			if _, err := c.conn.Write(masked(textFrame("4more"), ws.NewPingFrame(nil))); err != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if d := time.Since(from); d < 5*time.Second || d > 6*time.Second {
			t.Errorf("cut off after %v, want 5s", d)
		}
		s.wantsNothing()
	})
}

// A closed polling session waits 30 s for the poll that takes its last packets,
// and 5 s at shutdown.
func TestClosePacketUnfetched(t *testing.T) {
	for reason, wait := range map[engineio.Reason]time.Duration{
		engineio.ReasonForcedClose:        30 * time.Second,
		engineio.ReasonServerShuttingDown: 5 * time.Second,
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := serve(t, formPipe, nil)
				for early, left := range map[time.Duration]int{1: 1, 0: 0} {
					p, s := srv.poll()
					s.Close(reason)
					time.Sleep(wait - early)
					synctest.Wait()
					if srv.Len() != left {
						t.Errorf("%d sessions after %v, want %d", srv.Len(), wait-early, left)
					}
					if left == 1 {
						p.get().wants(t, http.StatusOK, "6\x1e1")
					}
					p.gone()
				}
			})
		})
	}
}

// A refused request holds its connection for the write timeout at most: the
// body that it announced need not come.
func TestRefusedRequestDoesNotLinger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		conn, err := srv.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		from := time.Now()
		fmt.Fprint(conn, "POST /engine.io/?EIO=4&transport=polling&sid=unknown HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4a")
		_ = conn.SetReadDeadline(from.Add(time.Minute))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Fatalf("the connection did not end: %v", err)
		}
		if d := time.Since(from); d > 11*time.Second {
			t.Errorf("ended after %v, want 10s", d)
		}
	})
}

// A closed websocket whose client takes nothing is cut off, with what is left.
func TestCloseOfStalledWebSocket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		_, s := srv.websocket()
		s.send(text("unread"))
		s.Close(engineio.ReasonForcedClose)
		s.wantsReason(engineio.ReasonForcedClose)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if srv.Len() != 0 {
			t.Error("the session is still there after the write timeout")
		}
	})
}

// The body of a POST may come slowly, but not stand still.
func TestSlowPost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour})
		p, s := srv.poll()
		conn, err := srv.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const size = 100 << 10
		fmt.Fprintf(conn, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n4", p.query(), size)
		for sent := 1; sent < size; {
			time.Sleep(14 * time.Second)
			n, err := conn.Write([]byte(strings.Repeat("x", min(16<<10, size-sent))))
			if err != nil {
				t.Fatal(err)
			}
			sent += n
		}
		s.wants(text(strings.Repeat("x", size-1)))

		conn2, err := srv.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn2.Close()
		fmt.Fprintf(conn2, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4a", p.query())
		time.Sleep(15 * time.Second)
		synctest.Wait()
		s.wantsReason(engineio.ReasonTransportError)
	})
}
