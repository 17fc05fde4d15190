package engineio_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// TestRefusals is the table of the official server's errors: codes and
// messages are part of the protocol.
func TestRefusals(t *testing.T) {
	const (
		unknownTransport = `{"code":0,"message":"Transport unknown"}`
		unknownSID       = `{"code":1,"message":"Session ID unknown"}`
		handshakeMethod  = `{"code":2,"message":"Bad handshake method"}`
		badRequest       = `{"code":3,"message":"Bad request"}`
		protocolVersion  = `{"code":5,"message":"Unsupported protocol version"}`
	)
	upgrade := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	}
	for _, test := range []struct {
		name, method, query string // POLL and SOCK stand for the id of a session on polling and on a websocket
		header              map[string]string
		status              int
		body                string
	}{
		{"no query", "GET", "", nil, 400, unknownTransport},
		{"no transport", "GET", "EIO=4", nil, 400, unknownTransport},
		{"unknown transport", "GET", "EIO=4&transport=carrier-pigeon", nil, 400, unknownTransport},
		{"transport of a name in another case", "GET", "EIO=4&transport=Polling", nil, 400, unknownTransport},
		{"webtransport over HTTP", "GET", "EIO=4&transport=webtransport", nil, 400, unknownTransport},
		{"unknown transport of a session", "GET", "EIO=4&transport=x&sid=POLL", nil, 400, unknownTransport},

		{"GET with unknown sid", "GET", "EIO=4&transport=polling&sid=x", nil, 400, unknownSID},
		{"POST with unknown sid", "POST", "EIO=4&transport=polling&sid=x", nil, 400, unknownSID},
		{"DELETE with unknown sid", "DELETE", "EIO=4&transport=polling&sid=x", nil, 400, unknownSID},
		{"websocket with unknown sid", "GET", "EIO=4&transport=websocket&sid=x", upgrade, 400, unknownSID},

		{"POST without sid", "POST", "EIO=4&transport=polling", nil, 400, handshakeMethod},
		{"PUT without sid", "PUT", "EIO=4&transport=polling", nil, 400, handshakeMethod},
		{"DELETE without sid", "DELETE", "EIO=4&transport=polling", nil, 400, handshakeMethod},
		{"OPTIONS without sid and origin", "OPTIONS", "EIO=4&transport=polling", nil, 400, handshakeMethod},
		{"HEAD without sid", "HEAD", "EIO=4&transport=polling", nil, 400, ""},
		{"POST to a websocket", "POST", "EIO=4&transport=websocket", nil, 400, handshakeMethod},

		{"GET of a websocket without upgrade", "GET", "EIO=4&transport=websocket", nil, 400, badRequest},
		{"upgrade with transport polling", "GET", "EIO=4&transport=polling", upgrade, 400, badRequest},
		{"upgrade of a session with transport polling", "GET", "EIO=4&transport=polling&sid=POLL", upgrade, 400, badRequest},
		{"poll of a session on a websocket", "GET", "EIO=4&transport=polling&sid=SOCK", nil, 400, badRequest},
		{"POST to a session on a websocket", "POST", "EIO=4&transport=polling&sid=SOCK", nil, 400, badRequest},
		{"websocket of a session without upgrade", "GET", "EIO=4&transport=websocket&sid=POLL", nil, 400, badRequest},
		{"GET with another EIO than the session's", "GET", "EIO=3&transport=polling&sid=POLL", nil, 400, badRequest},
		{"POST with another EIO than the session's", "POST", "EIO=3&transport=polling&sid=POLL", nil, 400, badRequest},
		{"websocket with another EIO than the session's", "GET", "EIO=3&transport=websocket&sid=POLL", upgrade, 400, badRequest},

		{"EIO missing", "GET", "transport=polling", nil, 400, protocolVersion},
		{"EIO empty", "GET", "EIO=&transport=polling", nil, 400, protocolVersion},
		{"EIO 3", "GET", "EIO=3&transport=polling", nil, 400, protocolVersion},
		{"EIO 5", "GET", "EIO=5&transport=polling", nil, 400, protocolVersion},
		{"EIO abc", "GET", "EIO=abc&transport=polling", nil, 400, protocolVersion},
		{"EIO 04", "GET", "EIO=04&transport=polling", nil, 400, protocolVersion},
		{"EIO missing on a websocket", "GET", "transport=websocket", upgrade, 400, protocolVersion},
		{"EIO 3 on a websocket", "GET", "EIO=3&transport=websocket", upgrade, 400, protocolVersion},

		{"DELETE of a session", "DELETE", "EIO=4&transport=polling&sid=POLL", nil, 500, ""},
		{"PUT to a session", "PUT", "EIO=4&transport=polling&sid=POLL", nil, 500, ""},
		{"OPTIONS of a session, without origin", "OPTIONS", "EIO=4&transport=polling&sid=POLL", nil, 500, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, formBare, nil)
			p, polling := srv.poll()
			_, websocket := srv.websocket()
			query := strings.NewReplacer("POLL", p.sid, "SOCK", websocket.ID()).Replace(test.query)
			r := srv.do(t.Context(), request{method: test.method, query: query, header: maps.Clone(test.header)})
			r.wants(t, test.status, test.body)
			if test.body != "" {
				wantsHeader(t, r, "Content-Type", "application/json")
				wantsHeader(t, r, "X-Content-Type-Options", "nosniff")
				wantsHeader(t, r, "Cache-Control", "no-store")
			}
			polling.wantsOpen()
			websocket.wantsOpen()
			if srv.Len() != 2 {
				t.Errorf("%d sessions, want the 2 from before", srv.Len())
			}
		})
	}
}

// A request for a session need not repeat the revision.
func TestSessionWithoutEIO(t *testing.T) {
	t.Parallel()
	srv := serve(t, formBare, nil)
	p, s := srv.poll()
	s.send(text("a"))
	srv.do(t.Context(), request{query: "transport=polling&sid=" + p.sid}).wants(t, http.StatusOK, "4a")
}

func wantsHeader(t testing.TB, r reply, name, want string) {
	t.Helper()
	if got := strings.Join(r.header.Values(name), ", "); got != want {
		t.Errorf("header %s: %q, want %q", name, got, want)
	}
}
