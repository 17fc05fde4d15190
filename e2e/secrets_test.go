package e2e_test

import (
	"net/http"
	"testing"
)

// TestSecrets has the program log all that it can and sees that no engine session id is in it. Who knows one has the session.
func TestSecrets(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	s := startParley(t, "--log-level=trace")
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			script{server: s, args: []string{"--mode=" + mode}}.run(t, "messages")
		})
	}
	t.Run("requests that fail", func(t *testing.T) {
		p := joinPoller(t, s.url)
		s.output.addSecret(p.sid)
		p.do(t, http.MethodGet, p.query(), "", http.Header{"Origin": {"https://evil.example"}})
		p.do(t, http.MethodDelete, p.query(), "", nil)
		p.do(t, http.MethodGet, "EIO=4&transport=websocket&sid="+p.sid, "", nil)
		p.do(t, http.MethodGet, "EIO=4&transport=telepathy&sid="+p.sid, "", nil)
		p.post(t, `42/nowhere,["x"]`)
		p.post(t, "1")
		p.get(t)
		if up, err := dialSocket(s.addr, "EIO=4&transport=websocket&sid="+p.sid, nil); err == nil {
			up.send("2probe")
			if before, err := up.waitClosed(receiveLimit); err != nil || len(before) > 0 {
				t.Errorf("a session that has ended can be upgraded: %q %v", before, err)
			}
			up.close()
		}
	})
	t.Run("a broken websocket", func(t *testing.T) {
		client, err := joinSocket(s.addr, "")
		if err != nil {
			t.Fatal(err)
		}
		s.output.addSecret(client.sid)
		client.conn.Write([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		client.waitClosed(receiveLimit)
		client.close()
	})
	if n := len(s.output.secrets()); n < 10 {
		t.Errorf("only %d session ids were looked for", n)
	}
}
