package engineio_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-go/parley/engineio"
)

// upgradeRequest returns a websocket handshake, changed by pairs of old and new.
func upgradeRequest(query string, changes ...string) string {
	const request = "GET /engine.io/?QUERY HTTP/1.1\r\n" +
		"Host: engine.test\r\n" +
		"Connection: Upgrade\r\n" +
		"Upgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	return strings.NewReplacer(append(changes, "QUERY", query)...).Replace(request)
}

// shake sends bytes on a new connection and returns the response to them.
func (srv *server) shake(request string) (*wsClient, *http.Response) {
	srv.t.Helper()
	conn, err := srv.dial(srv.t.Context())
	if err != nil {
		srv.t.Fatal(err)
	}
	srv.t.Cleanup(func() { conn.Close() })
	c := &wsClient{t: srv.t, conn: conn, in: bufio.NewReader(conn), patience: patience}
	c.write([]byte(request))
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		srv.t.Fatal(err)
	}
	return c, resp
}

const newWebSocket = "EIO=4&transport=websocket"

func TestWebSocketHandshake(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes []string
		status  int
	}{
		{"as of the RFC", nil, 101},
		{"tokens in a list", []string{"Connection: Upgrade", "Connection: keep-alive, Upgrade"}, 101},
		{"tokens in lower case", []string{"Connection: Upgrade", "connection: upgrade", "Upgrade: websocket", "upgrade: WebSocket"}, 101},
		{"extensions offered", []string{"Host:", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost:"}, 101},

		{"version 8", []string{"Version: 13", "Version: 8"}, 400},
		{"version missing", []string{"Sec-WebSocket-Version: 13\r\n", ""}, 400},
		{"version twice", []string{"Version: 13", "Version: 13, 8"}, 400},
		{"key missing", []string{"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""}, 400},
		{"key too short", []string{"dGhlIHNhbXBsZSBub25jZQ==", "dGhl"}, 400},
		{"HTTP/1.0", []string{"HTTP/1.1", "HTTP/1.0"}, 400},
		{"no upgrade header", []string{"Upgrade: websocket\r\n", ""}, 400},
		{"no connection header", []string{"Connection: Upgrade\r\n", ""}, 400},
		{"upgrade to something else", []string{"Upgrade: websocket", "Upgrade: h2c"}, 400},
		{"POST", []string{"GET", "POST", "Host:", "Content-Length: 0\r\nHost:"}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				c, resp := srv.shake(upgradeRequest(newWebSocket, test.changes...))
				if resp.StatusCode != test.status {
					t.Fatalf("status %d, want %d", resp.StatusCode, test.status)
				}
				if test.status != http.StatusSwitchingProtocols {
					if srv.Len() != 0 {
						t.Error("a session was opened")
					}
					return
				}
				for name, want := range map[string]string{
					"Upgrade": "websocket", "Connection": "Upgrade",
					"Sec-Websocket-Accept":     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", // the RFC's example
					"Sec-Websocket-Extensions": "",
				} {
					if got := resp.Header.Get(name); got != want {
						t.Errorf("header %s: %q, want %q", name, got, want)
					}
				}
				parseOpen(t, c.packet())
			})
		})
	}
}

// A version that is not spoken is answered with the one that is.
func TestWebSocketVersion(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		_, resp := serve(t, f, nil).shake(upgradeRequest(newWebSocket, "Version: 13", "Version: 8"))
		if got := resp.Header.Get("Sec-Websocket-Version"); got != "13" || resp.StatusCode != http.StatusBadRequest {
			t.Errorf("got %d with version %q, want 400 with 13", resp.StatusCode, got)
		}
	})
}

// What a client sends in the same breath as the handshake is not lost.
func TestFramesWithHandshake(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3, 7, 100} { // of the part of the frames that comes with the request
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				frames := string(masked(textFrame("4a"), textFrame("4"+strings.Repeat("b", 200)), textFrame("4c")))
				c, _ := srv.shake(upgradeRequest(newWebSocket) + frames[:size])
				s := srv.accept()
				parseOpen(t, c.packet())
				c.write([]byte(frames[size:]))
				s.wants(text("a"), text(strings.Repeat("b", 200)), text("c"))
			})
		})
	}
}

// So is what it sends with the handshake of an upgrade.
func TestUpgradeInOneBreath(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		frames := string(masked(textFrame("2probe"), textFrame("5"), textFrame("4a")))
		c, _ := srv.shake(upgradeRequest(newWebSocket+"&sid="+p.sid) + frames)
		c.wantsText("3probe")
		s.wants(text("a"))
		s.send(text("b"))
		c.wants(text("b"))
		if got := s.Transport(); got != engineio.WebSocket {
			t.Errorf("Transport() = %q", got)
		}
	})
}
