package engineio_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-go/parley/engineio"
	"github.com/rs/zerolog"
)

const forbidden = `{"code":4,"message":"Forbidden"}`

func TestOrigins(t *testing.T) {
	t.Parallel()
	listed := &engineio.Options{Origins: []string{"https://App.example.com", "https://other.example:8443/"}}
	anyone := &engineio.Options{Origins: []string{"*"}}
	localhost := &engineio.Options{AllowLocalhost: true}
	for _, test := range []struct {
		name, host, origin string
		options            *engineio.Options
		allowed            bool
	}{
		{"no origin", "example.com", "", nil, true},
		{"same host", "example.com", "http://example.com", nil, true},
		{"same host in another case", "example.com", "https://EXAMPLE.com", nil, true},
		{"same host and port", "example.com:3000", "http://example.com:3000", nil, true},
		{"https behind a proxy", "example.com", "https://example.com", nil, true},
		{"default port of http named by the origin", "example.com", "http://example.com:80", nil, true},
		{"default port of http named by the host", "example.com:80", "http://example.com", nil, true},
		{"default port of https named by the origin", "example.com", "https://example.com:443", nil, true},
		{"default port of https named by the host", "example.com:443", "https://example.com", nil, true},
		{"IPv6", "[::1]:3000", "http://[::1]:3000", nil, true},
		{"IPv6 of default port", "[::1]", "http://[::1]:80", nil, true},

		{"another host", "example.com", "https://evil.example", nil, false},
		{"another port", "example.com:3000", "http://example.com:3001", nil, false},
		{"default port of the other scheme", "example.com", "http://example.com:443", nil, false},
		{"subdomain", "example.com", "https://a.example.com", nil, false},
		{"suffix", "example.com", "https://evilexample.com", nil, false},
		{"prefix", "example.com", "https://example.com.evil.example", nil, false},
		{"null", "example.com", "null", nil, false},
		{"host without scheme", "example.com", "example.com", nil, false},
		{"scheme of a file", "example.com", "file://example.com", nil, false},
		{"scheme of an extension", "example.com", "chrome-extension://example.com", nil, false},
		{"no URL", "example.com", "http://[::1", nil, false},

		{"listed", "example.com", "https://app.example.com", listed, true},
		{"listed with port", "example.com", "https://other.example:8443", listed, true},
		{"listed with another scheme", "example.com", "http://app.example.com", listed, false},
		{"listed with another port", "example.com", "https://other.example", listed, false},
		{"not listed", "example.com", "https://evil.example", listed, false},
		{"null with a list", "example.com", "null", listed, false},

		{"any", "example.com", "https://evil.example", anyone, true},
		{"any: null", "example.com", "null", anyone, true},

		{"localhost", "example.com:3000", "http://localhost:5173", localhost, true},
		{"localhost over https", "example.com:3000", "https://localhost", localhost, true},
		{"localhost by address", "example.com:3000", "http://127.0.0.1:8080", localhost, true},
		{"localhost by IPv6 address", "example.com:3000", "http://[::1]:8080", localhost, true},
		{"localhost as a prefix", "example.com:3000", "http://localhost.evil.example", localhost, false},
		{"localhost as a file", "example.com:3000", "file://localhost", localhost, false},
		{"localhost: another", "example.com:3000", "http://192.168.0.1:8080", localhost, false},
		{"localhost not allowed", "example.com:3000", "http://localhost:5173", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, formBare, test.options)
			header := map[string]string{"Host": test.host}
			if test.origin != "" {
				header["Origin"] = test.origin
			}
			// The refusal is the first thing looked at: even a request without
			// transport shows it.
			r := srv.do(t.Context(), request{header: header})
			if test.allowed {
				r.wants(t, http.StatusBadRequest, `{"code":0,"message":"Transport unknown"}`)
			} else {
				r.wants(t, http.StatusForbidden, forbidden)
			}
		})
	}
}

// A refused page gets nowhere, with a session's id neither.
func TestForeignOriginIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	upgrade := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	}
	srv := serve(t, formBare, nil)
	p, s := srv.poll()
	for _, test := range []struct {
		name, method, query string
		header              map[string]string
	}{
		{"handshake", "GET", "EIO=4&transport=polling", nil},
		{"GET", "GET", p.query(), nil},
		{"POST", "POST", p.query(), nil},
		{"preflight", "OPTIONS", p.query(), nil},
		{"websocket", "GET", "EIO=4&transport=websocket", upgrade},
		{"websocket of an upgrade", "GET", "EIO=4&transport=websocket&sid=" + p.sid, upgrade},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := map[string]string{"Origin": "https://evil.example"}
			for k, v := range test.header {
				header[k] = v
			}
			r := srv.do(t.Context(), request{method: test.method, query: test.query, header: header, body: strings.NewReader("4evil")})
			r.wants(t, http.StatusForbidden, forbidden)
			wantsHeader(t, r, "Access-Control-Allow-Origin", "")
		})
	}
	s.wantsOpen()
	s.wantsNothing()
	if srv.Len() != 1 {
		t.Errorf("%d sessions, want 1", srv.Len())
	}
	if got := srv.Stats().Refused; got != 6 {
		t.Errorf("counted %d refusals, want 6", got)
	}
}

// An operator finds out why a page cannot connect; the page's text cannot
// break the log.
func TestForeignOriginIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	srv := serve(t, formPipe, &engineio.Options{Logger: zerolog.New(&out)})
	long := "https://" + strings.Repeat("evil.", 100) + "example"
	srv.do(t.Context(), request{header: map[string]string{"Origin": long}}).wants(t, http.StatusForbidden, forbidden)
	line := out.String()
	if !strings.Contains(line, "origin refused") || !strings.Contains(line, "Options.Origins") {
		t.Errorf("log: %q", line)
	}
	if strings.Contains(line, long) || !strings.Contains(line, long[:128]) {
		t.Errorf("origin is not clipped to 128 bytes: %q", line)
	}
}

// A page that is refused again and again fills the log with ten lines a second,
// and keeps no other kind of line out of it.
func TestLogIsSampled(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	srv := serve(t, formPipe, &engineio.Options{Logger: zerolog.New(&out)},
		wrapWriter(func(w http.ResponseWriter) http.ResponseWriter { return opaque{w} }))
	for range 100 {
		srv.do(t.Context(), request{header: map[string]string{"Origin": "https://evil.example"}}).wants(t, http.StatusForbidden, forbidden)
	}
	srv.shake(upgradeRequest(newWebSocket))
	if n := strings.Count(out.String(), "origin refused"); n < 10 || n > 50 { // more if that took seconds
		t.Errorf("%d lines of 100 refusals", n)
	}
	if n := strings.Count(out.String(), "websocket refused"); n != 1 {
		t.Errorf("%d lines of the other kind, want 1", n)
	}
}

func TestCORSHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, origin       string
		options            *engineio.Options
		allow, credentials string
	}{
		{"no origin", "", nil, "", ""},
		{"listed", "https://app.example", &engineio.Options{Origins: []string{"https://app.example"}}, "https://app.example", "true"},
		{"same host", "http://engine.test", nil, "http://engine.test", "true"},
		{"any, without credentials", "https://app.example", &engineio.Options{Origins: []string{"*"}}, "*", ""},
		{"any beside a list", "https://app.example", &engineio.Options{Origins: []string{"https://app.example", "*"}}, "*", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, formBare, test.options)
			header := map[string]string{}
			if test.origin != "" {
				header["Origin"] = test.origin
			}
			ok := srv.do(t.Context(), request{query: "EIO=4&transport=polling", header: header})
			bad := srv.do(t.Context(), request{query: "EIO=3&transport=polling", header: header})
			for _, r := range []reply{ok, bad} { // a page may read errors as well
				wantsHeader(t, r, "Access-Control-Allow-Origin", test.allow)
				wantsHeader(t, r, "Access-Control-Allow-Credentials", test.credentials)
				wantsHeader(t, r, "Vary", "Origin")
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	srv := serve(t, formBare, &engineio.Options{Origins: []string{"https://app.example"}})
	p, s := srv.poll()
	for name, query := range map[string]string{"handshake": "EIO=4&transport=polling", "session": p.query(), "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			r := srv.do(t.Context(), request{method: http.MethodOptions, query: query, header: map[string]string{
				"Origin": "https://app.example", "Access-Control-Request-Method": "POST",
				"Access-Control-Request-Headers": "content-type,x-token",
			}})
			r.wants(t, http.StatusNoContent, "")
			wantsHeader(t, r, "Access-Control-Allow-Origin", "https://app.example")
			wantsHeader(t, r, "Access-Control-Allow-Methods", "GET,POST")
			wantsHeader(t, r, "Access-Control-Allow-Headers", "content-type,x-token")
			wantsHeader(t, r, "Vary", "Origin, Access-Control-Request-Headers")
		})
	}
	s.wantsOpen()
}
