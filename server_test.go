package parley_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley"
	"github.com/parley-go/parley/namespaces"
)

// serve serves h on a loopback address until the end of the test.
func serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// shutdown ends srv before the HTTP server below it is closed.
func shutdown(t *testing.T, srv *parley.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// get returns the status and the body of an answer.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	return r.StatusCode, body(t, r)
}

// polling is a client that polls, with nothing but the protocol's own words.
type polling struct {
	t   *testing.T
	url string // with the session's id
}

// handshake opens a session under path and joins the namespace "/".
func handshake(t *testing.T, path string) *polling {
	t.Helper()
	p := &polling{t, path + "?EIO=4&transport=polling"}
	status, text := get(t, p.url)
	open, ok := strings.CutPrefix(text, "0")
	if status != 200 || !ok {
		t.Fatalf("handshake: %d %s", status, text)
	}
	var session struct{ Sid string }
	if err := json.Unmarshal([]byte(open), &session); err != nil || session.Sid == "" {
		t.Fatalf("open packet %s: %v", text, err)
	}
	p.url += "&sid=" + session.Sid
	p.send("40")
	if got := p.poll(); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Fatalf("the answer to CONNECT is %s", got)
	}
	return p
}

func (p *polling) send(packets string) {
	p.t.Helper()
	r, err := http.Post(p.url, "text/plain;charset=UTF-8", strings.NewReader(packets))
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	if got := body(p.t, r); r.StatusCode != 200 || got != "ok" {
		p.t.Fatalf("POST %q: %d %s", packets, r.StatusCode, got)
	}
}

// close ends the session, so that Shutdown has nobody to wait for.
func (p *polling) close() {
	p.t.Helper()
	p.send("1")
}

func (p *polling) poll() string {
	p.t.Helper()
	status, text := get(p.t, p.url)
	if status != 200 {
		p.t.Fatalf("poll: %d %s", status, text)
	}
	return text
}

func TestMounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		options  *parley.Options
		mount    func(srv *parley.Server) http.Handler
		path     string // of the handshake
		noSlash  string // the path without its slash
		noStatus int    // and the answer to it, redirects followed
	}{
		{
			name:  "alone",
			mount: func(srv *parley.Server) http.Handler { return srv },
			path:  "/socket.io/", noSlash: "/socket.io", noStatus: 404,
		},
		{
			name: "net/http",
			mount: func(srv *parley.Server) http.Handler {
				mux := http.NewServeMux()
				mux.Handle("/socket.io/", srv)
				return mux
			},
			// The mux redirects to the slash, where the query misses a transport.
			path: "/socket.io/", noSlash: "/socket.io", noStatus: 400,
		},
		{
			name: "chi",
			mount: func(srv *parley.Server) http.Handler {
				r := chi.NewRouter()
				r.Mount("/socket.io/", srv)
				return r
			},
			path: "/socket.io/", noSlash: "/socket.io", noStatus: 404,
		},
		{
			name: "chi without a slash",
			mount: func(srv *parley.Server) http.Handler {
				r := chi.NewRouter()
				r.Mount("/socket.io", srv)
				return r
			},
			path: "/socket.io/", noSlash: "/socket.io", noStatus: 404,
		},
		{
			name:    "another path",
			options: &parley.Options{Path: "/deep/ws"},
			mount: func(srv *parley.Server) http.Handler {
				r := chi.NewRouter()
				r.Mount("/deep/ws/", srv)
				return r
			},
			path: "/deep/ws/", noSlash: "/deep/ws", noStatus: 404,
		},
		{
			name:    "below a stripped prefix",
			options: &parley.Options{Path: "socket.io/"},
			mount:   func(srv *parley.Server) http.Handler { return http.StripPrefix("/app", srv) },
			path:    "/app/socket.io/", noSlash: "/app/socket.io", noStatus: 404,
		},
		{
			name:    "root",
			options: &parley.Options{Path: "/"},
			mount:   func(srv *parley.Server) http.Handler { return srv },
			path:    "/", noSlash: "", noStatus: 400,
		},
		{
			name:  "any path below",
			mount: func(srv *parley.Server) http.Handler { return srv },
			path:  "/socket.io/anything", noSlash: "/socket.ioX", noStatus: 404,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := parley.NewServer(tt.options)
			url := serve(t, tt.mount(srv))
			defer shutdown(t, srv)

			handshake(t, url+tt.path).close()
			if got := overWebsocket(t, url+tt.path); !strings.HasPrefix(got, `0{"sid":`) {
				t.Errorf("websocket: %s", got)
			}
			if status, text := get(t, url+tt.noSlash); status != tt.noStatus {
				t.Errorf("%q: %d %s, want %d", tt.noSlash, status, text, tt.noStatus)
			}
		})
	}
}

// overWebsocket opens a session on a websocket and returns its first packet.
func overWebsocket(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, early, _, err := ws.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"?EIO=4&transport=websocket")
	if err != nil {
		t.Fatalf("websocket: %v", err)
	}
	defer conn.Close()
	from := io.Reader(conn)
	if early != nil {
		from = early
	}
	packet, err := wsutil.ReadServerText(struct {
		io.Reader
		io.Writer
	}{from, conn})
	if err != nil {
		t.Fatalf("read from the websocket: %v", err)
	}
	return string(packet)
}

func TestNamespace(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(nil)
	namespaces.OnCall(srv.Of("/"), "shout", func(_ context.Context, _ *namespaces.Socket, text string) (string, error) {
		if text == "" {
			return "", errors.New("nothing to shout")
		}
		return strings.ToUpper(text), nil
	})
	if srv.Of("chat") != srv.Of("/chat") {
		t.Error("the slash makes a difference")
	}
	url := serve(t, srv)
	defer shutdown(t, srv)

	c := handshake(t, url+"/socket.io/")
	if srv.Len() != 1 {
		t.Errorf("Len() = %d with one client", srv.Len())
	}
	c.send(`420["shout","hello"]`)
	if got := c.poll(); got != `430["HELLO"]` {
		t.Errorf("the acknowledgement is %s", got)
	}
	c.close()
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(nil)
	left := make(chan namespaces.Reason, 1)
	srv.Of("/").OnDisconnect(func(_ context.Context, _ *namespaces.Socket, reason namespaces.Reason) {
		left <- reason
	})
	url := serve(t, srv)
	c := handshake(t, url+"/socket.io/")

	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() { done <- srv.Shutdown(ctx) }()
	// Whether it comes before Shutdown or after, the last poll is answered.
	if got := c.poll(); !strings.HasSuffix(got, "1") {
		t.Errorf("the last poll brought %q, want a close packet", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if got := <-left; got != "server shutting down" {
		t.Errorf("the reason is %q", got)
	}
	if srv.Len() != 0 {
		t.Errorf("%d sessions are left", srv.Len())
	}
	if status, text := get(t, url+"/socket.io/?EIO=4&transport=polling"); status < 400 {
		t.Errorf("a new session after Shutdown: %d %s", status, text)
	}
	shutdown(t, srv) // once more
}

func TestShutdownGivesUp(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(nil)
	running, finish := make(chan struct{}), make(chan struct{})
	srv.Of("/").Handle("stay", func(context.Context, *namespaces.Socket, *namespaces.Event) error {
		close(running)
		<-finish
		return nil
	})
	url := serve(t, srv)
	handshake(t, url+"/socket.io/").send(`42["stay"]`)
	<-running

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := srv.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown with a handler that stays: %v, want %v", err, context.Canceled)
	}
	close(finish)
	shutdown(t, srv)
}

func TestSlog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	srv := parley.NewServer(&parley.Options{
		Client: client(""),
		Slog: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})).With("app", "test"),
	})
	shutdown(t, srv)
	var got map[string]any
	if err := json.Unmarshal(log.Bytes(), &got); err != nil {
		t.Fatalf("%v in %q", err, log.Bytes())
	}
	want := map[string]any{
		"app":   "test",
		"level": "ERROR",
		"msg":   "the client bundle will not be served",
		"error": `read the version of the client bundle: package.json: "" is not a version`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
}
