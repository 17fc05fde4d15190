package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestOrigin holds which web pages may connect. Browsers do not protect websockets, so the server must, on both transports.
func TestOrigin(t *testing.T) {
	t.Parallel()
	endToEnd(t)
	plain := startParley(t)
	listed := startParley(t, "--origin=https://example.com")
	for _, c := range []struct {
		name    string
		server  *server
		origin  string
		allowed bool
	}{
		{"no origin, as programs have it", plain, "", true},
		{"the server's own", plain, plain.url, true},
		{"localhost with another port", plain, "http://localhost:5173", true},
		{"127.0.0.1 with another port", plain, "http://127.0.0.1:8080", true},
		{"a foreign page", plain, "https://evil.example", false},
		{"a name that begins alike", plain, "http://localhost.evil.example", false},
		{"a name that ends alike", plain, "http://notlocalhost", false},
		{"null, as a sandboxed page has it", plain, "null", false},
		{"no URL at all", plain, "localhost", false},
		{"the listed one", listed, "https://example.com", true},
		{"the listed one without TLS", listed, "http://example.com", false},
		{"the listed one with a port", listed, "https://example.com:8443", false},
		{"below the listed one", listed, "https://www.example.com", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.origin != "" {
				header.Set("Origin", c.origin)
			}
			p := newPoller(t, c.server.url)
			r := p.do(t, "GET", "EIO=4&transport=polling", "", header)
			if want := map[bool]int{true: 200, false: 403}[c.allowed]; r.status != want {
				t.Errorf("GET: %d %s; want %d", r.status, r.body, want)
			}
			if !c.allowed && strings.Contains(r.body, "sid") {
				t.Errorf("a refusal with a session: %s", r.body)
			}
			if got := r.header.Get("Access-Control-Allow-Origin"); !c.allowed && got != "" {
				t.Errorf("Access-Control-Allow-Origin %q", got)
			} else if c.allowed && c.origin != "" && c.origin != c.server.url && got != c.origin {
				t.Errorf("Access-Control-Allow-Origin %q; want %q", got, c.origin)
			}

			up, err := dialSocket(c.server.addr, "EIO=4&transport=websocket", header)
			if err == nil {
				up.close()
			}
			if c.allowed && err != nil {
				t.Errorf("websocket: %v", err)
			} else if !c.allowed && refusal(err) != 403 {
				t.Errorf("websocket: %v; want 403", err)
			}

			// A session of somebody else, should its id ever get out, is no way around.
			victim := joinPoller(t, c.server.url)
			r = victim.do(t, "POST", victim.query(), `429["whoami"]`, header)
			if want := map[bool]int{true: 200, false: 403}[c.allowed]; r.status != want {
				t.Errorf("POST: %d %s; want %d", r.status, r.body, want)
			}
			_, err = dialSocket(c.server.addr, "EIO=4&transport=websocket&sid="+victim.sid, header)
			if !c.allowed && refusal(err) != 403 {
				t.Errorf("upgrade: %v; want 403", err)
			}
		})
	}
	t.Run("the log names the flag that would allow it", func(t *testing.T) {
		if log := plain.output.String(); !strings.Contains(log, "evil.example") || !strings.Contains(log, "origin") {
			t.Errorf("no word about the refused origin in\n%s", log)
		}
	})
	t.Run("a preflight is answered", func(t *testing.T) {
		p := newPoller(t, plain.url)
		r := p.do(t, "OPTIONS", "EIO=4&transport=polling", "", http.Header{
			"Origin":                         {"http://localhost:5173"},
			"Access-Control-Request-Method":  {"POST"},
			"Access-Control-Request-Headers": {"content-type"},
		})
		if r.status/100 != 2 || r.header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
			t.Errorf("%d %v", r.status, r.header)
		}
	})
}

// TestBetterThanOfficial holds where we do better than the official server in ways that no stock client notices.
func TestBetterThanOfficial(t *testing.T) {
	t.Parallel()
	endToEnd(t)
	s := startParley(t)
	startControl(t, s)
	t.Run("a websocket of an unknown protocol is refused before it stands", func(t *testing.T) {
		if _, err := dialSocket(s.addr, "EIO=7&transport=websocket", nil); refusal(err) != 400 {
			t.Errorf("%v; want 400", err)
		}
	})
	t.Run("an upgrade to polling is refused before it stands", func(t *testing.T) {
		if _, err := dialSocket(s.addr, "EIO=4&transport=polling", nil); refusal(err) != 400 {
			t.Errorf("%v; want 400", err)
		}
	})
	t.Run("a compressed POST is refused", func(t *testing.T) {
		p := joinPoller(t, s.url)
		r := p.do(t, "POST", p.query(), "\x1f\x8b\x08", http.Header{"Content-Encoding": {"gzip"}})
		if r.status != 415 {
			t.Errorf("%d %q; want 415", r.status, r.body)
		}
	})
	t.Run("error bodies are not sniffed", func(t *testing.T) {
		r := newPoller(t, s.url).do(t, "GET", "EIO=4&transport=<script>", "", nil)
		if r.header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(r.body, "<script>") {
			t.Errorf("%v %s", r.header, r.body)
		}
	})
	t.Run("a session on websocket cannot be taken over", func(t *testing.T) {
		victim, err := joinSocket(s.addr, "")
		if err != nil {
			t.Fatal(err)
		}
		defer victim.close()
		s.output.addSecret(victim.sid)
		thief, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid="+victim.sid, nil)
		if err == nil {
			defer thief.close()
			thief.send("2probe")
			if _, data, err := thief.read(receiveLimit); err == nil {
				t.Errorf("the thief is answered %q", data)
			}
		}
		if answer, err := victim.call("whoami", "", receiveLimit); err != nil {
			t.Errorf("the victim: %s %v", answer, err)
		}
	})
	t.Run("one session cannot have two sockets on a namespace", func(t *testing.T) {
		client, err := openSocket(s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer client.close()
		for range 50 {
			if client.send("40") != nil {
				break
			}
		}
		before, err := client.waitClosed(receiveLimit)
		if err != nil || len(before) > 1 {
			t.Errorf("%d answers, %v", len(before), err)
		}
	})
}
