package engineio_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parley-go/parley/engineio"
)

func TestOpenPacket(t *testing.T) {
	const websocket, polling = "EIO=4&transport=websocket", "EIO=4&transport=polling"
	for _, test := range []struct {
		name, query string
		options     *engineio.Options
		want        string // with S for the session id
	}{
		{"polling", polling, nil,
			`0{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{"websocket", websocket, nil,
			`0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{"no upgrades", polling, &engineio.Options{NoUpgrades: true},
			`0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{"no websocket", polling, &engineio.Options{Transports: []string{"polling"}},
			`0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{"other limits", polling, &engineio.Options{PingInterval: 300 * time.Millisecond, PingTimeout: time.Minute, MaxPayload: 99},
			`0{"sid":"S","upgrades":["websocket"],"pingInterval":300,"pingTimeout":60000,"maxPayload":99}`},
		{"unknown parameters", polling + "&t=abc&b64=1&j=0&x", nil,
			`0{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, test.options)
				var got string
				if test.query == websocket {
					got = srv.dialWS(test.query).packet()
				} else {
					r := srv.do(t.Context(), request{query: test.query})
					r.wants(t, http.StatusOK, r.body)
					got = r.body
				}
				if diff := cmp.Diff(test.want, sidPattern.ReplaceAllString(got, `"sid":"S"`)); diff != "" {
					t.Error(diff)
				}
				s := srv.accept()
				if id := parseOpen(t, got).SID; s.ID() != id {
					t.Errorf("ID() = %q, the client was told %q", s.ID(), id)
				}
				if s.Protocol() != 4 {
					t.Errorf("Protocol() = %d", s.Protocol())
				}
			})
		})
	}
}

var sidPattern = regexp.MustCompile(`"sid":"[A-Za-z0-9_-]{20}"`)

// What open sends follows the open packet, in the same response.
func TestOpenMaySend(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil, setup{open: func(s *session, _ *http.Request) {
			s.send(text("hello"), blob("\x01"))
		}})
		p, _ := srv.poll()
		if diff := cmp.Diff([]string{"4hello", "bAQ=="}, p.got); diff != "" {
			t.Errorf("polling: %s", diff)
		}
		c, _ := srv.websocket()
		c.wants(text("hello"), blob("\x01"))
	})
}

func TestOpenGetsTheRequest(t *testing.T) {
	t.Parallel()
	var query, header string
	srv := serve(t, formBare, nil, setup{open: func(_ *session, r *http.Request) {
		query, header = r.URL.Query().Get("token"), r.Header.Get("X-Token")
	}})
	srv.do(t.Context(), request{query: "EIO=4&transport=polling&token=a", header: map[string]string{"X-Token": "b"}})
	srv.accept()
	if query != "a" || header != "b" {
		t.Errorf("got %q, %q", query, header)
	}
}

// Session ids are secrets: 120 random bits each, as 20 characters.
func TestSessionIDs(t *testing.T) {
	t.Parallel()
	srv := engineio.NewServer(func(s *engineio.Session, _ *http.Request) engineio.Handler {
		return ignore{}
	}, nil)
	const sessions = 1500
	seen := make(map[string]bool)
	var used [20]map[byte]bool
	for i := range used {
		used[i] = make(map[byte]bool)
	}
	for range sessions {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?EIO=4&transport=polling", nil))
		id := parseOpen(t, w.Body.String()).SID
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{20}$`).MatchString(id) {
			t.Fatalf("id %q", id)
		}
		if seen[id] {
			t.Fatalf("id %q twice", id)
		}
		seen[id] = true
		for i := range id {
			used[i][id[i]] = true
		}
	}
	for i, characters := range used {
		if len(characters) != 64 { // missing one by chance: 20 * 64 * (63/64)^1500, less than 1e-7
			t.Errorf("position %d takes %d of 64 values: not random", i, len(characters))
		}
	}
	if srv.Len() != sessions {
		t.Errorf("Len() = %d, want %d", srv.Len(), sessions)
	}
	shutdownNow(t, srv)
}

// ignore is a Handler that does nothing.
type ignore struct{}

func (ignore) Message([]byte, bool)   {}
func (ignore) Closed(engineio.Reason) {}
