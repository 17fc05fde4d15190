package engineio_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parley-go/parley/engineio"
)

// serveTLS starts a server behind TLS, which is a connection of the other form,
// and may bring HTTP/2.
func serveTLS(t *testing.T, http2 bool, o *engineio.Options, change func(*http.Server)) *server {
	t.Helper()
	sessions := make(chan *session, 8)
	engine := engineio.NewServer(func(es *engineio.Session, _ *http.Request) engineio.Handler {
		s := &session{Session: es, t: t, messages: make(chan message, 8), reasons: make(chan engineio.Reason, 1)}
		sessions <- s
		return handler{s}
	}, o)
	hs := httptest.NewUnstartedServer(engine)
	hs.EnableHTTP2 = http2
	change(hs.Config)
	hs.StartTLS()
	t.Cleanup(hs.Close)
	t.Cleanup(func() { shutdownNow(t, engine) })

	transport := hs.Client().Transport.(*http.Transport)
	transport.TLSClientConfig.ServerName = "example.com" // of httptest's certificate
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", hs.Listener.Addr().String())
	}
	transport.DialContext = dial
	return &server{
		Server: engine, t: t, client: hs.Client(), scheme: "https", sessions: sessions,
		dial: func(ctx context.Context) (net.Conn, error) {
			c, err := dial(ctx, "", "")
			if err != nil {
				return nil, err
			}
			return tls.Client(c, &tls.Config{RootCAs: transport.TLSClientConfig.RootCAs, ServerName: "example.com"}), nil
		},
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			t.Parallel()
			p, s := serveTLS(t, http2, nil, func(*http.Server) {}).poll()
			waiting := p.getLater()
			until(t, "poll waits", s.Polls)
			p.send(text("a"))
			s.wants(text("a"))
			s.send(text("b"))
			receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4b")

			c := p.upgrade() // over HTTP/1.1, as browsers do
			large := text(strings.Repeat("x", 1<<20))
			s.send(large)
			c.wants(large)
			c.send(text("c"))
			s.wants(text("c"))
		})
	}
}

// On HTTP/2 a server's WriteTimeout would end the stream of a long poll.
func TestServerTimeoutsOnHTTP2(t *testing.T) {
	t.Parallel()
	const timeout = 100 * time.Millisecond
	p, s := serveTLS(t, true, nil, func(hs *http.Server) { hs.ReadTimeout, hs.WriteTimeout = timeout, timeout }).poll()
	waiting := p.getLater()
	until(t, "poll waits", s.Polls)
	<-time.After(3 * timeout)
	s.send(text("late"))
	receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4late")
}
