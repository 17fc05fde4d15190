package main_test

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	main "github.com/parley-go/parley/cmd/server"
	"github.com/parley-go/parley/web"
)

func TestServe(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0")
	for _, tt := range []struct {
		path   string
		status int
		body   string // what it holds
	}{
		{"healthz", 200, "ok\n"},
		{"readyz", 200, "ready\n"},
		{"", 200, "<!doctype html>"},
		{"index.html", 200, "<!doctype html>"},
		{"no-such-page", 404, ""},
		{"socket.io/", 400, `{"code":0,"message":"Transport unknown"}`},
		{"socket.io/no-such-file.js", 400, `{"code":0,"message":"Transport unknown"}`},
		{"socket.io", 404, ""},
	} {
		status, _, body := p.get(tt.path)
		if status != tt.status || !strings.Contains(strings.ToLower(body), strings.ToLower(tt.body)) {
			t.Errorf("/%s: %d %.200s", tt.path, status, body)
		}
	}
	p.leave(p.session())
	for _, path := range []string{"healthz", "readyz", ""} {
		answer, err := http.Head(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("HEAD /%s: %d", path, answer.StatusCode)
		}
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0")
	status, header, body := p.get("socket.io/socket.io.min.js")
	if _, ok := web.Client(); !ok {
		if status != 404 || !strings.Contains(body, "make") {
			t.Errorf("without a bundle: %d %s", status, body)
		}
		if !strings.Contains(p.log.String(), "no Socket.IO client") {
			t.Errorf("the log says nothing of it:\n%s", p.log)
		}
		return
	}
	tag := header.Get("ETag")
	if status != 200 || !strings.HasPrefix(tag, `"4.`) || !strings.Contains(body, "Socket.IO") {
		t.Errorf("status %d, ETag %q, %.100q", status, tag, body)
	}
	if status, _, _ := p.get("socket.io/socket.io.min.js", "If-None-Match", tag); status != 304 {
		t.Errorf("asked again: %d", status)
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	const foreign = "https://shop.example.com"
	closed := start(t, nil, "--listen", "127.0.0.1:0")
	open := start(t, nil, "--listen", "127.0.0.1:0", "--origin", foreign)
	for _, tt := range []struct {
		name   string
		p      *program
		origin string
		want   int
	}{
		{"development server", closed, "http://localhost:5173", 400},
		{"foreign", closed, foreign, 403},
		{"allowed", open, foreign, 400},
	} {
		// An origin that passes gets as far as the question for a transport.
		if status, _, body := tt.p.get("socket.io/", "Origin", tt.origin); status != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, status, body, tt.want)
		}
	}
}

// The page of a site whose name leads to this machine is not this server's.
func TestOwnHost(t *testing.T) {
	t.Parallel()
	demo := start(t, nil, "--listen", "127.0.0.1:0")
	public := start(t, nil, "--listen", "127.0.0.1:0", "--no-demo")
	for _, tt := range []struct {
		name string
		p    *program
		host string
		want int
	}{
		{"name", demo, "localhost:3000", 200},
		{"name of an application", demo, "app.localhost", 200},
		{"address", demo, "127.0.0.1:3000", 200},
		{"IPv6 address", demo, "[::1]:3000", 200},
		{"another site", demo, "evil.example:3000", 403},
		{"another machine", demo, "192.0.2.1", 403},
		{"behind a proxy", public, "chat.example.com", 200},
	} {
		for _, path := range []string{"readyz", "", "socket.io/?EIO=4&transport=polling"} {
			if status, _, body := tt.p.get(path, "Host", tt.host, "Origin", "http://"+tt.host); status != tt.want {
				t.Errorf("%s /%s: %d %s, want %d", tt.name, path, status, body, tt.want)
			}
		}
	}
}

func TestWebDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "index.html"), "mine")
	p := start(t, nil, "--listen", "127.0.0.1:0", "--web-dir", dir)
	if status, _, body := p.get(""); status != 200 || body != "mine" {
		t.Errorf("%d %s", status, body)
	}
}

func TestLargeHeader(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0")
	if status, _, _ := p.get("healthz", "Cookie", strings.Repeat("x", 32<<10)); status != 431 {
		t.Errorf("32 KB of header: %d", status)
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // after the parallel subtests
	_, port, _ := net.SplitHostPort(l.Addr().String())

	for _, tt := range []struct {
		name string
		env  environment
		args []string
		want []string
	}{
		{
			"by flag", nil, []string{"--listen", "127.0.0.1:" + port},
			[]string{"port " + port + " is in use", "try --listen 127.0.0.1:"},
		},
		{
			"by PORT", environment{"PORT": port}, nil,
			[]string{"port " + port + " is in use", "try PORT=", " or --listen 127.0.0.1:"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(tt.env, tt.args...)
			if r.code != main.ExitAddress {
				t.Errorf("exit code %d", r.code)
			}
			for _, w := range tt.want {
				if !strings.Contains(r.stderr, w) {
					t.Errorf("%q is not in %q", w, r.stderr)
				}
			}
		})
	}
}

func TestReachableByOthers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":3000", "0.0.0.0:3000", "[::]:3000", "192.0.2.1:3000", "parley.example:3000"} {
		r := run(nil, "--listen", "127.0.0.1:0", "--listen", address)
		if r.code != main.ExitUsage {
			t.Errorf("%s: exit code %d", address, r.code)
		}
		for _, w := range []string{address, "--demo", "--no-demo", "--listen 127.0.0.1:3000"} {
			if !strings.Contains(r.stderr, w) {
				t.Errorf("%s: %q is not in %q", address, w, r.stderr)
			}
		}
	}
}

func TestDemoIsAnnounced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		demo   *bool
		listen []string
		level  zerolog.Level // NoLevel for no line
	}{
		{"loopback", nil, []string{"127.0.0.1:3000", "[::1]:3000"}, zerolog.InfoLevel},
		{"loopback by name", nil, []string{"localhost:3000"}, zerolog.InfoLevel},
		{"loopback without", new(false), []string{"127.0.0.1:3000"}, zerolog.NoLevel},
		{"reachable", new(true), []string{":3000"}, zerolog.WarnLevel},
		{"reachable too", new(true), []string{"127.0.0.1:3000", "192.0.2.1:3000"}, zerolog.WarnLevel},
		{"reachable without", new(false), []string{":3000"}, zerolog.NoLevel},
	} {
		if level, text := main.Notice(tt.demo, tt.listen...); level != tt.level || (text == "") != (level == zerolog.NoLevel) {
			t.Errorf("%s: at level %q: %q, want %q", tt.name, level, text, tt.level)
		}
	}
	for want, args := range map[bool][]string{
		true:  {"--listen", "127.0.0.1:0"},
		false: {"--listen", "127.0.0.1:0", "--no-demo"},
	} {
		if p := start(t, nil, args...); strings.Contains(p.log.String(), "demo mode") != want {
			t.Errorf("%v: the log mentions demo mode, or does not:\n%s", args, p.log)
		}
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0")
	client := p.session() // does not poll, so its last packet has to wait
	p.signals <- syscall.SIGTERM
	p.log.await(t, func(l map[string]any) bool { return l["signal"] != nil }, p.done)

	for { // the signal is logged just before the light turns red
		status, _, body := p.get("readyz")
		if status == 503 {
			break
		}
		if status != 200 {
			t.Fatalf("readyz: %d %s", status, body)
		}
	}
	if status, _, _ := p.get("healthz"); status != 200 {
		t.Errorf("healthz while draining: %d", status)
	}
	if status, _, body := p.get("socket.io/?EIO=4&transport=polling"); status < 400 {
		t.Errorf("a new session while draining: %d %s", status, body)
	}
	if status, _, body := p.get(client); status != 200 || !strings.HasSuffix(body, "1") {
		t.Errorf("the client's last poll: %d %s, want a close packet", status, body)
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
}

func TestDrainGivesUp(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0", "--shutdown-timeout", "200ms")
	p.session() // never polls again
	p.signals <- syscall.SIGTERM
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(p.log.String(), "in time") {
		t.Errorf("the log does not say that somebody was cut off:\n%s", p.log)
	}
}

func TestSecondSignal(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0", "--shutdown-timeout", "10m")
	p.session() // never polls again
	p.signals <- os.Interrupt
	p.signals <- os.Interrupt
	if code := p.exit(); code != main.ExitFailure {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0", "--log-level", "debug")
	p.leave(p.session())
	p.get("one%0atwo%1b" + strings.Repeat("x", 500))
	line := p.log.await(t, func(l map[string]any) bool { return l["message"] == "request" }, p.done)
	path, _ := line["path"].(string)
	if !strings.HasPrefix(path, "/one\ntwo\x1bxxx") || len(path) > 140 || line["status"] != 404.0 {
		t.Errorf("logged as %v", line)
	}
	for line := range strings.Lines(p.log.String()) {
		if !json.Valid([]byte(line)) || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\n\x1b") {
			t.Errorf("not one line of JSON: %q", line)
		}
		if strings.Contains(line, `"request"`) && strings.Contains(line, "socket.io") {
			t.Errorf("a session's request is logged: %s", line)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--listen", "127.0.0.1:0")
	address := strings.TrimSuffix(strings.TrimPrefix(p.url, "http://"), "/")
	_, port, _ := net.SplitHostPort(address)
	for _, tt := range []struct {
		name string
		env  environment
		args []string
	}{
		{"flag", nil, []string{"--listen", address}},
		{"every address", nil, []string{"--listen", ":" + port}},
		{"variable", environment{"PARLEY_LISTEN": address}, nil},
		{"PORT", environment{"PORT": port, "HTTP_PROXY": "http://127.0.0.1:1"}, nil},
		{"URL", nil, []string{"--url", p.url + "healthz"}},
	} {
		if r := run(tt.env, append([]string{"healthcheck"}, tt.args...)...); r.code != 0 {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
	if r := run(nil, "healthcheck", "--url", p.url+"nothing-here"); r.code != main.ExitFailure || !strings.Contains(r.stderr, "404") {
		t.Errorf("a bad answer: %+v", r)
	}
	p.signals <- os.Interrupt
	p.exit()
	if r := run(nil, "healthcheck", "--listen", address); r.code != main.ExitFailure {
		t.Errorf("nobody there: %+v", r)
	}
}

// write writes a file.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
