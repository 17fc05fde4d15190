package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A server is a running server process: ours or the official one.
type server struct {
	name string // "parley" or "official"
	addr string // host:port
	url  string // http://host:port

	cmd    *exec.Cmd
	output *output
	exited chan struct{} // closed when the process has ended
	state  error         // how it ended; after exited
}

// startParley starts our program on a free port of the loopback with further arguments and waits until it is ready. It is
// stopped at the end of the test, which fails if the program did not end in order, raced, panicked or logged a secret.
func startParley(t testing.TB, args ...string) *server {
	t.Helper()
	return startParleyAt(t, freeAddr(t), args...)
}

// startParleyAt starts our program on the given address: a restart keeps its port.
func startParleyAt(t testing.TB, addr string, args ...string) *server {
	t.Helper()
	binary, err := parleyBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"--listen", addr}, args...)...)
	cmd.Dir = t.TempDir()
	s := &server{name: "parley", addr: addr, url: "http://" + addr, cmd: cmd}
	s.start(t, nil)
	s.waitReady(t)
	return s
}

// startOfficial starts the official server with the same handlers.
func startOfficial(t testing.TB, args ...string) *server {
	t.Helper()
	s := &server{name: "official", cmd: exec.Command("node", append([]string{"official.mjs"}, args...)...)}
	first := make(chan string, 1)
	s.start(t, first)
	var at struct{ Port int }
	select {
	case line := <-first:
		if err := json.Unmarshal([]byte(line), &at); err != nil {
			t.Fatalf("official server: %v in %q", err, line)
		}
	case <-s.exited:
		t.Fatalf("the official server did not start: %v\n%s", s.state, s.output)
	case <-time.After(30 * time.Second):
		t.Fatalf("the official server did not start\n%s", s.output)
	}
	s.addr = fmt.Sprintf("127.0.0.1:%d", at.Port)
	s.url = "http://" + s.addr
	return s
}

// start runs the process. The first line of its standard output goes to first, if that is not nil.
func (s *server) start(t testing.TB, first chan<- string) {
	t.Helper()
	s.output = &output{}
	s.exited = make(chan struct{})
	s.cmd.Stderr = s.output
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Env = append(environment(), "GORACE=halt_on_error=0")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(stdout)
		for n := 0; ; n++ {
			line, err := lines.ReadString('\n')
			if n == 0 && first != nil {
				first <- strings.TrimSpace(line)
			}
			io.WriteString(s.output, line)
			if err != nil {
				return
			}
		}
	}()
	go func() {
		<-read // Wait closes the pipe
		s.state = s.cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.stop(t)
		s.inspect(t)
	})
}

// environment is that of the tests without what would configure our program.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PARLEY_") || strings.HasPrefix(v, "PORT=")
	})
}

func (s *server) waitReady(t testing.TB) {
	t.Helper()
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		if res, err := client.Get(s.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-s.exited:
			t.Fatalf("%s ended before it was ready: %v\n%s", s.name, s.state, s.output)
		case <-late:
			t.Fatalf("%s is not ready\n%s", s.name, s.output)
		case <-tick.C:
		}
	}
}

// stop asks the process to end and waits for it. It may be called again.
func (s *server) stop(t testing.TB) {
	t.Helper()
	select {
	case <-s.exited:
		return
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stop %s: %v", s.name, err)
	}
	select {
	case <-s.exited:
		if s.state != nil {
			t.Errorf("%s ended with %v\n%s", s.name, s.state, s.output.tail())
		}
	case <-time.After(15 * time.Second):
		t.Errorf("%s did not end within 15 s of SIGTERM\n%s", s.name, s.output.tail())
		s.kill()
	}
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.exited
}

// inspect fails the test for what must never be in the output of a server.
func (s *server) inspect(t testing.TB) {
	t.Helper()
	text := s.output.String()
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:", "goroutine 1 [", "superfluous response.WriteHeader"} {
		if i := strings.Index(text, bad); i >= 0 {
			t.Errorf("%s printed %q:\n%.4000s", s.name, bad, text[i:])
		}
	}
	for _, sid := range s.output.secrets() {
		if strings.Contains(text, sid) {
			t.Errorf("%s logged the engine session id %s", s.name, sid)
		}
	}
	if t.Failed() {
		t.Logf("last output of %s:\n%s", s.name, s.output.tail())
	}
}

// output collects what a process prints, and the session ids that must not be in it.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	sids []string
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// tail returns the last lines.
func (o *output) tail() string {
	lines := strings.Split(strings.TrimSpace(o.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

func (o *output) addSecret(sid string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sids = append(o.sids, sid)
}

func (o *output) secrets() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sids
}

// freeAddr returns an address of the loopback that nobody listens on.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// both runs a test on the official server and on ours. The official one comes first: what it fails is an error of the test.
func both(t *testing.T, run func(t *testing.T, s *server)) {
	t.Run("official", func(t *testing.T) { run(t, startOfficial(t)) })
	t.Run("parley", func(t *testing.T) { run(t, startParley(t)) })
}
