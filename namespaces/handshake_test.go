package namespaces_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-go/parley/namespaces"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	got := make(chan *namespaces.Handshake, 1)
	n.Use(func(_ ctx, s *socket) error { got <- s.Handshake(); return nil })
	c := s.sessionWith("/socket.io/?EIO=4&transport=websocket&token=a%20b&x=1&x=2", http.Header{
		"Cookie": {"a=b"}, "X-Many": {"1", "2"}, "Origin": {"http://server.test"},
	})
	before := time.Now().Add(-time.Millisecond)
	c.connectWith("/", `{"user":{"id":7}}`)
	h := await(t, got)

	if h.Headers.Get("Cookie") != "a=b" || h.Headers.Get("Host") != "server.test" ||
		!slices.Equal(h.Headers["X-Many"], []string{"1", "2"}) {
		t.Errorf("headers %v", h.Headers)
	}
	for _, name := range []string{"Connection", "Upgrade", "Sec-Websocket-Key"} {
		if h.Headers.Get(name) != "" {
			t.Errorf("header %s is kept", name)
		}
	}
	if h.Query.Get("token") != "a b" || len(h.Query["x"]) != 2 {
		t.Errorf("query %v", h.Query)
	}
	if h.Address != "127.0.0.1" || h.Secure || !h.XDomain {
		t.Errorf("address %q, secure %v, xdomain %v", h.Address, h.Secure, h.XDomain)
	}
	if h.URL != "/socket.io/?EIO=4&transport=websocket&token=a%20b&x=1&x=2" {
		t.Errorf("url %q", h.URL)
	}
	if h.Issued.Before(before) || h.Issued.After(time.Now()) {
		t.Errorf("issued %v", h.Issued)
	}
	var auth struct{ User struct{ ID int } }
	if err := h.Auth.Decode(&auth); err != nil || auth.User.ID != 7 {
		t.Errorf("auth %s (%v)", h.Auth.JSON(), err)
	}

	c = s.session()
	c.connect("/")
	if h := await(t, got); string(h.Auth.JSON()) != "{}" || h.XDomain {
		t.Errorf("auth %s, xdomain %v of a client that sent neither", h.Auth.JSON(), h.XDomain)
	}
}

// TestHandshakeIsBounded: what a client sends once is not kept whatever its size.
func TestHandshakeIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	sockets := capture(s.Of("/"))
	c := s.sessionWith("/?EIO=4&transport=websocket&large="+strings.Repeat("q", 20<<10), http.Header{
		"X-Large": {strings.Repeat("h", 20<<10)}, "X-Small": {"kept"},
	})
	c.connect("/")
	h := await(t, sockets).Handshake()
	if h.Headers.Get("X-Small") != "kept" || h.Headers.Get("X-Large") != "" || len(h.URL) > 16<<10 {
		t.Errorf("%d headers, X-Large of %d bytes, URL of %d", len(h.Headers), len(h.Headers.Get("X-Large")), len(h.URL))
	}
}
