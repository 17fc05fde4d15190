package namespaces_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// BenchmarkEcho is an event with an ack, answered by an event and the ack,
// through all layers over loopback TCP. The client's share is in the time but
// not in the allocations.
func BenchmarkEcho(b *testing.B) {
	for _, window := range []int{1, 8} {
		b.Run(fmt.Sprintf("outstanding=%d", window), func(b *testing.B) {
			m := namespaces.NewMux(nil)
			m.Of("/").Handle("echo", func(_ ctx, s *socket, e *event) error {
				if err := s.Emit("echo", e.Args[0]); err != nil {
					return err
				}
				return e.Ack()
			})
			conn := dialBench(b, m)
			text := strings.Repeat("x", 100)
			var request bytes.Buffer
			for range window {
				if err := wsutil.WriteClientText(&request, []byte(`421["echo","`+text+`"]`)); err != nil {
					b.Fatal(err)
				}
			}
			reply := ws.MustCompileFrame(ws.NewTextFrame([]byte(`42["echo","` + text + `"]`)))
			reply = append(reply, ws.MustCompileFrame(ws.NewTextFrame([]byte("431[]")))...)
			answer := make([]byte, window*len(reply))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%window != 0 {
					continue
				}
				if _, err := conn.Write(request.Bytes()); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(conn, answer); err != nil {
					b.Fatal(err)
				}
			}
			if !bytes.Equal(answer, bytes.Repeat(reply, window)) {
				b.Errorf("answered %q", answer)
			}
		})
	}
}

// dialBench serves m and returns a connection that has joined "/".
func dialBench(b *testing.B, m *namespaces.Mux) net.Conn {
	e := engineio.NewServer(m.Open, nil)
	h := httptest.NewServer(e)
	conn, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		conn.Close()
		e.Shutdown(b.Context())
		m.Close(b.Context())
		h.Close()
	})
	u, err := url.Parse("ws://server.test/?EIO=4&transport=websocket")
	if err != nil {
		b.Fatal(err)
	}
	early, _, err := ws.Dialer{}.Upgrade(conn, u)
	if err != nil {
		b.Fatal(err)
	}
	var in io.Reader = conn
	if early != nil {
		in = early
	}
	for _, send := range []string{"", "40"} { // the open packet, the reply to CONNECT
		if send != "" {
			if err := wsutil.WriteClientText(conn, []byte(send)); err != nil {
				b.Fatal(err)
			}
			in = conn
		}
		if _, err := wsutil.ReadServerText(struct {
			io.Reader
			io.Writer
		}{in, conn}); err != nil {
			b.Fatal(err)
		}
	}
	return conn
}
