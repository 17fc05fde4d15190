package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// The error bodies of the protocol.
const (
	transportUnknown = `{"code":0,"message":"Transport unknown"}`
	sessionUnknown   = `{"code":1,"message":"Session ID unknown"}`
	badMethod        = `{"code":2,"message":"Bad handshake method"}`
	badRequest       = `{"code":3,"message":"Bad request"}`
	badProtocol      = `{"code":5,"message":"Unsupported protocol version"}`
)

// TestHTTPErrors holds the table of errors that clients of the protocol rely on, to the byte, beside a client that must not
// notice any of it.
func TestHTTPErrors(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	both(t, func(t *testing.T, s *server) {
		startControl(t, s)
		for _, c := range []struct {
			name          string
			method, query string // SID in the query is that of an open polling session
			status        int
			body          string
		}{
			{"transport missing", "GET", "EIO=4", 400, transportUnknown},
			{"transport unknown", "GET", "EIO=4&transport=telepathy", 400, transportUnknown},
			{"transport from the prototype", "GET", "EIO=4&transport=constructor", 400, transportUnknown},
			{"webtransport over HTTP", "GET", "EIO=4&transport=webtransport", 400, transportUnknown},
			{"session unknown", "GET", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 400, sessionUnknown},
			{"session unknown, POST", "POST", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 400, sessionUnknown},
			{"handshake by POST", "POST", "EIO=4&transport=polling", 400, badMethod},
			{"handshake by PUT", "PUT", "EIO=4&transport=polling", 400, badMethod},
			{"handshake by OPTIONS", "OPTIONS", "EIO=4&transport=polling", 400, badMethod},
			{"websocket without upgrade", "GET", "EIO=4&transport=websocket", 400, badRequest},
			{"websocket without upgrade on a polling session", "GET", "EIO=4&transport=websocket&sid=SID", 400, badRequest},
			{"protocol missing", "GET", "transport=polling", 400, badProtocol},
			{"protocol 5", "GET", "EIO=5&transport=polling", 400, badProtocol},
			{"protocol is text", "GET", "EIO=abc&transport=polling", 400, badProtocol},
			{"protocol changes within a session", "GET", "EIO=3&transport=polling&sid=SID", 400, badRequest},
			{"DELETE on a session", "DELETE", "EIO=4&transport=polling&sid=SID", 500, ""},
			{"PUT on a session", "PUT", "EIO=4&transport=polling&sid=SID", 500, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				p := newPoller(t, s.url)
				if strings.Contains(c.query, "SID") {
					p = openPoller(t, s.url)
				}
				r := p.do(t, c.method, strings.ReplaceAll(c.query, "SID", p.sid), "", nil)
				if r.status != c.status || r.body != c.body {
					t.Errorf("%d %s; want %d %s", r.status, r.body, c.status, c.body)
				}
				if c.body != "" && r.header.Get("Content-Type") != "application/json" {
					t.Errorf("Content-Type %q", r.header.Get("Content-Type"))
				}
			})
		}
		for name, test := range httpProbes {
			t.Run(name, func(t *testing.T) { test(t, s) })
		}
	})
}

// ended demands that the session is over.
func (p *poller) ended(t *testing.T) {
	t.Helper()
	if r := p.get(t); r.status != 400 || r.body != sessionUnknown {
		t.Errorf("the session lives: %d %s", r.status, r.body)
	}
}

// alive demands that the session still carries messages.
func (p *poller) alive(t *testing.T) {
	t.Helper()
	p.post(t, `429["whoami"]`)
	if r := p.get(t); r.status != 200 || !strings.Contains(r.body, `439[{`) {
		t.Errorf("the session does not answer: %d %s", r.status, r.body)
	}
}

// receiveLimit is the time that anything may take on a busy machine.
const receiveLimit = 10 * time.Second

// receive waits for the answer of a GET that was pending.
func receive(t *testing.T, ch <-chan reply) reply {
	t.Helper()
	select {
	case r := <-ch:
		return r
	case <-time.After(receiveLimit):
		t.Fatal("no answer")
		return reply{}
	}
}

var httpProbes = map[string]func(t *testing.T, s *server){
	"open packet": func(t *testing.T, s *server) {
		p := newPoller(t, s.url)
		r := p.do(t, "GET", "EIO=4&transport=polling", "", nil)
		var open map[string]any
		if err := json.Unmarshal([]byte(strings.TrimPrefix(r.body, "0")), &open); err != nil || r.status != 200 {
			t.Fatalf("%d %s: %v", r.status, r.body, err)
		}
		p.sid = open["sid"].(string)
		defer p.post(t, "1")
		s.output.addSecret(p.sid)
		delete(open, "sid")
		want := map[string]any{"upgrades": []any{"websocket"}, "pingInterval": 25000.0, "pingTimeout": 20000.0, "maxPayload": 1e6}
		if fmt.Sprint(open) != fmt.Sprint(want) {
			t.Errorf("%v; want %v", open, want)
		}
		if got := r.header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
			t.Errorf("Content-Type %q", got)
		}
		if got := r.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
	},
	"a handshake at any path below": func(t *testing.T, s *server) {
		p := newPoller(t, s.url)
		res, err := p.http.Get(s.url + "/socket.io/any/thing?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if p.sid, err = sessionOf(body); err != nil || res.StatusCode != 200 {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		p.post(t, "1")
		other, err := p.http.Get(s.url + "/socket.iox/?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		defer other.Body.Close()
		if other.StatusCode != 404 {
			t.Errorf("another path: %d", other.StatusCode)
		}
	},
	"good POST": func(t *testing.T, s *server) {
		p := openPoller(t, s.url)
		r := p.post(t, "40")
		if r.status != 200 || r.body != "ok" || r.header.Get("Content-Type") != "text/html" || r.header.Get("Content-Length") != "2" {
			t.Errorf("%d %q %v", r.status, r.body, r.header)
		}
		if r := p.get(t); !strings.HasPrefix(r.body, `40{"sid":"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
		p.alive(t)
	},
	"two GETs": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		first, second := p.getLater(), p.getLater()
		got := []reply{receive(t, first), receive(t, second)}
		slices.SortFunc(got, func(a, b reply) int { return a.status - b.status })
		if got[0].status != 200 || got[0].body != "1" {
			t.Errorf("the pending GET: %d %q; want 200 \"1\"", got[0].status, got[0].body)
		}
		if got[1].status != 400 || got[1].body != "" {
			t.Errorf("the second GET: %d %q; want 400 and nothing", got[1].status, got[1].body)
		}
		p.ended(t)
	},
	"two POSTs": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /socket.io/?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n42[", p.query(), s.addr)
		// The first one must have arrived: the second is repeated until it is refused.
		deadline := time.Now().Add(10 * time.Second)
		for {
			r := p.post(t, "3")
			if r.status == 400 && r.body == "" {
				break
			}
			if r.status != 200 || time.Now().After(deadline) {
				t.Fatalf("the second POST: %d %q; want 400 and nothing", r.status, r.body)
			}
		}
		p.ended(t)
	},
	"POST of an octet stream": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		r := p.do(t, "POST", p.query(), "4hello", http.Header{"Content-Type": {"application/octet-stream"}})
		if r.status != 400 || r.body != "" {
			t.Errorf("%d %q; want 400 and nothing", r.status, r.body)
		}
		p.ended(t)
	},
	"POST beyond maxPayload": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		r := p.post(t, "4"+strings.Repeat("x", 1_000_000))
		if r.status != 413 || r.body != "" {
			t.Errorf("%d %q; want 413 and nothing", r.status, r.body)
		}
		p.alive(t)
	},
	"POST beyond maxPayload in chunks": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		req, _ := http.NewRequest("POST", s.url+"/socket.io/?"+p.query(), io.MultiReader(strings.NewReader("4"), strings.NewReader(strings.Repeat("x", 1_200_000))))
		req.Header.Set("Content-Type", "text/plain")
		req.ContentLength = -1
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("%d; want 413", res.StatusCode)
		}
		p.alive(t)
	},
	"malformed payloads": func(t *testing.T, s *server) {
		for _, body := range []string{"abc", "\x1e", "8", "3\x1e", "\x1e3", "3\x1e\x1e3", "3\x1e9"} {
			p := joinPoller(t, s.url)
			if r := p.post(t, body); r.status != 200 || r.body != "ok" {
				t.Errorf("POST %q: %d %q; want 200 ok", body, r.status, r.body)
			}
			p.ended(t)
		}
	},
	"an empty POST": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		r := p.do(t, "POST", p.query(), "", http.Header{"Content-Type": {"text/plain"}})
		if r.status != 200 || r.body != "ok" {
			t.Errorf("%d %q; want 200 ok", r.status, r.body)
		}
		p.ended(t)
	},
	"a client that says goodbye": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		pending := p.getLater()
		p.alive0(t, pending)
		pending = p.getLater()
		if r := p.post(t, "1"); r.status != 200 || r.body != "ok" {
			t.Errorf("%d %q; want 200 ok", r.status, r.body)
		}
		if r := receive(t, pending); r.status == 200 && r.body != "6" || r.status == 400 && r.body != sessionUnknown {
			t.Errorf("the pending GET: %d %q; want 6", r.status, r.body)
		}
		p.ended(t)
	},
	"binary by polling": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		p.post(t, `420["join","bytes"]`)
		p.get(t)
		p.post(t, "451-[\"publish\",{\"room\":\"bytes\",\"event\":\"b\",\"echo\":true,\"data\":{\"_placeholder\":true,\"num\":0}}]\x1ebAQID")
		deadline := time.Now().Add(10 * time.Second)
		for all := ""; !strings.Contains(all, "\x1ebAQID"); {
			if time.Now().After(deadline) {
				t.Fatalf("no attachment in %q", all)
			}
			all += "\x1e" + p.get(t).body
		}
	},
	"polling after the upgrade": func(t *testing.T, s *server) {
		p := openPoller(t, s.url)
		up, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid="+p.sid, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer up.close()
		up.send("2probe")
		if _, data, err := up.read(5 * time.Second); err != nil || string(data) != "3probe" {
			t.Fatalf("%q %v; want 3probe", data, err)
		}
		up.send("5")
		up.send("40")
		if _, data, err := up.read(5 * time.Second); err != nil || !bytes.HasPrefix(data, []byte("40{")) {
			t.Fatalf("%q %v; want the answer to CONNECT", data, err)
		}
		for _, method := range []string{"GET", "POST"} {
			if r := p.do(t, method, p.query(), "", nil); r.status != 400 || r.body != badRequest {
				t.Errorf("%s: %d %s; want 400 %s", method, r.status, r.body, badRequest)
			}
		}
		if answer, err := up.call("whoami", "", receiveLimit); err != nil {
			t.Errorf("after that the websocket: %s %v", answer, err)
		}
	},
	"the probe releases the poll that waits": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		p.alive0(t, p.getLater())
		pending := p.getLater()
		up, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid="+p.sid, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer up.close()
		up.send("2probe")
		if _, data, err := up.read(receiveLimit); err != nil || string(data) != "3probe" {
			t.Fatalf("%q %v; want 3probe", data, err)
		}
		if r := receive(t, pending); r.status != 200 || r.body != "6" {
			t.Errorf("the pending GET: %d %q; want 6", r.status, r.body)
		}
		up.close() // an upgrade given up: the session polls on
		if err := eventually(func() error {
			p.post(t, `429["whoami"]`)
			if r := p.get(t); !strings.Contains(r.body, "439[{") {
				return fmt.Errorf("%d %q", r.status, r.body)
			}
			return nil
		}); err != nil {
			t.Errorf("the session does not poll on: %v", err)
		}
	},
	"a probe that is none": func(t *testing.T, s *server) {
		p := joinPoller(t, s.url)
		up, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid="+p.sid, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer up.close()
		up.send("4hello")
		if before, err := up.waitClosed(5 * time.Second); err != nil || len(before) > 0 {
			t.Errorf("the websocket stays: %v %v", before, err)
		}
		p.alive(t)
	},
	"websocket on an unknown session": func(t *testing.T, s *server) {
		_, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", nil)
		if status := refusal(err); status != 400 {
			t.Errorf("%v; want 400", err)
		}
	},
	"websocket with a transport unknown": func(t *testing.T, s *server) {
		_, err := dialSocket(s.addr, "EIO=4&transport=telepathy", nil)
		if status := refusal(err); status != 400 {
			t.Errorf("%v; want 400", err)
		}
	},
}

// alive0 makes sure that a GET is pending and has it answered.
func (p *poller) alive0(t *testing.T, pending <-chan reply) {
	t.Helper()
	p.post(t, `429["whoami"]`)
	if r := receive(t, pending); !strings.Contains(r.body, "439[{") {
		t.Errorf("the pending GET: %d %q", r.status, r.body)
	}
}

// refusal returns the HTTP status with which a websocket was refused, 0 if it was not.
func refusal(err error) int {
	var status ws.StatusError
	if errors.As(err, &status) {
		return int(status)
	}
	return 0
}

// TestHostileFrames sends what no client sends, over websocket, and demands that the session ends and the server lives.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	joined := func(texts ...string) []string { return append([]string{"40"}, texts...) }
	cases := map[string][]string{
		"unknown packet type":            {"9"},
		"letters":                        {"hello"},
		"empty frame":                    {""},
		"a ping from the client":         joined("2"),
		"event before connect":           {`42["whoami"]`},
		"acknowledgement before connect": {`430[]`},
		"connect twice":                  joined("40"),
		"a client's connect error":       joined(`44{"message":"x"}`),
		"unknown type":                   joined("47"),
		"no JSON":                        joined("42nothing"),
		"half JSON":                      joined(`42["whoami"`),
		"an object":                      joined(`42{"whoami":1}`),
		"an empty array":                 joined(`42[]`),
		"an array as name":               joined(`42[["whoami"]]`),
		"null as name":                   joined(`42[null]`),
		"reserved connect":               joined(`42["connect"]`),
		"reserved disconnect":            joined(`42["disconnect"]`),
		"reserved disconnecting":         joined(`42["disconnecting","x"]`),
		"reserved newListener":           joined(`42["newListener"]`),
		"auth is an array":               {`40[]`},
		"auth is text":                   {`40"x"`},
		"a disconnect with payload":      joined(`41["x"]`),
		"another namespace":              joined(`42/other,["whoami"]`),
		"eleven attachments":             joined(`4511-["x",{"_placeholder":true,"num":0}]`),
		"no attachments":                 joined(`450-["x"]`),
		"attachments without end":        joined(`4599999999999999999999-["x"]`),
		"attachments without number":     joined(`45-["x"]`),
		"text instead of an attachment":  joined(`451-["x",{"_placeholder":true,"num":0}]`, `42["whoami"]`),
		"acknowledgement is an object":   joined(`431{}`),
	}
	// Where the official server is more tolerant than ours has to be; the reasons are in the notes on safety.
	ours := map[string][]string{
		"deep nesting":      joined(`42["x",` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `]`),
		"goodbye":           joined("1"),
		"no payload":        joined(`42`),
		"a huge ack id":     joined(`4299999999999999999999["whoami"]`),
		"a long event name": joined(`42["` + strings.Repeat("n", 300) + `"]`),
	}
	both(t, func(t *testing.T, s *server) {
		startControl(t, s)
		cases := maps.Clone(cases)
		if s.name == "parley" {
			maps.Copy(cases, ours)
		}
		for name, texts := range cases {
			t.Run(name, func(t *testing.T) {
				client, err := openSocket(s.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer client.close()
				for _, text := range texts {
					if err := client.send(text); err != nil {
						t.Fatal(err)
					}
					if text == "40" && client.id == "" {
						_, data, err := client.read(5 * time.Second)
						if err == nil {
							client.id, err = socketOf(data)
						}
						if err != nil {
							t.Fatal(err)
						}
					}
				}
				if before, err := client.waitClosed(5 * time.Second); err != nil {
					t.Errorf("the session stays: %v, before that %q", err, before)
				}
			})
		}
		for name, frames := range map[string][]byte{
			"unmasked":             ws.MustCompileFrame(ws.NewTextFrame([]byte("40"))),
			"reserved bits":        {0xf1, 0x80, 1, 2, 3, 4},
			"unknown opcode":       {0x83, 0x80, 1, 2, 3, 4},
			"a length without end": {0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4},
			"a negative length":    {0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4},
			"just too long":        {0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x42, 1, 2, 3, 4},
			"a continuation first": {0x80, 0x80, 1, 2, 3, 4},
			"a long ping":          {0x89, 0xfe, 0, 126, 1, 2, 3, 4},
			"a fragmented ping":    {0x09, 0x80, 1, 2, 3, 4},
			"text that is not":     ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte{'4', '2', 0xff, 0xfe}))),
		} {
			t.Run("frame/"+name, func(t *testing.T) {
				client, err := openSocket(s.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer client.close()
				client.conn.Write(frames)
				if before, err := client.waitClosed(5 * time.Second); err != nil {
					t.Errorf("the session stays: %v, before that %q", err, before)
				}
			})
		}
		t.Run("cut within a frame", func(t *testing.T) {
			for n := range 20 {
				client, err := joinSocket(s.addr, "")
				if err != nil {
					t.Fatal(err)
				}
				frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`42["whoami"]`))))
				client.conn.Write(frame[:min(n, len(frame))])
				client.close()
			}
		})
		t.Run("placeholders that nothing backs", func(t *testing.T) {
			// Whatever becomes of the sender, nobody in the room may get a packet that breaks its parser.
			listener, err := joinSocket(s.addr, "")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.close()
			if _, err := listener.call("join", `"traps"`, receiveLimit); err != nil {
				t.Fatal(err)
			}
			for _, num := range []string{"1", "-1", "0.5", `"0"`, `"__proto__"`, "null", "1e400", "99999999999999999999"} {
				client, err := joinSocket(s.addr, "")
				if err != nil {
					t.Fatal(err)
				}
				client.send(`420["join","traps"]`)
				client.send(`451-["publish",{"room":"traps","event":"trap","data":[{"_placeholder":true,"num":` + num + `}]}]`)
				client.sendBinary([]byte{1})
				client.send(`421["whoami"]`)
				client.read(2 * time.Second) // an answer or the end
				client.close()
			}
			if _, err := listener.call("whoami", "", receiveLimit); err != nil {
				t.Errorf("the listener: %v", err)
			}
		})
	})
}
