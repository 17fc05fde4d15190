package e2e_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"testing"

	gosocketio "github.com/googollee/go-socket.io"
)

// TestGoSocketIO shows why Parley has a server of its own: github.com/googollee/go-socket.io, the library that Go programs knew
// for this, speaks revision 3 of Engine.IO, and every client since 2020 speaks 4. The same client that is turned away by its
// server, over every transport, is served by ours.
func TestGoSocketIO(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	t.Run("go-socket.io", func(t *testing.T) {
		if raceEnabled {
			t.Skip("go-socket.io 1.7.0 has a data race of its own when it turns a client away")
		}
		srv := gosocketio.NewServer(nil)
		srv.OnConnect("/", func(gosocketio.Conn) error { return nil })
		srv.OnEvent("/", "whoami", func(s gosocketio.Conn) string { return s.ID() })
		served := make(chan error, 1)
		go func() { served <- srv.Serve() }()
		h := httptest.NewServer(srv)
		defer func() {
			h.Close()
			if err := srv.Close(); err != nil {
				t.Error(err)
			}
			if err := <-served; !errors.Is(err, io.EOF) {
				t.Errorf("serve: %v", err)
			}
		}()
		for _, mode := range modes {
			t.Run(mode, func(t *testing.T) {
				script{url: h.URL, args: []string{"--mode=" + mode, "--expect=turned away"}}.run(t, "gosocketio")
			})
		}
	})
	t.Run("parley", func(t *testing.T) {
		s := startParley(t)
		for _, mode := range modes {
			t.Run(mode, func(t *testing.T) {
				script{server: s, args: []string{"--mode=" + mode, "--expect=served"}}.run(t, "gosocketio")
			})
		}
	})
}
