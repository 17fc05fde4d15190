package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	main "github.com/parley-go/parley/cmd/server"
)

// asProcess is the variable that turns the test binary into the program.
const asProcess = "PARLEY_TEST_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) == "1" {
		main.Process()
		return
	}
	goleak.VerifyTestMain(m)
}

// environment is the environment of a program under test: what it does not
// name is not set.
type environment map[string]string

func (e environment) lookup(key string) (string, bool) {
	v, ok := e[key]
	return v, ok
}

// result is how a run of the program ended.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program to its end. If it serves instead, it is stopped in the end.
func run(env environment, args ...string) result {
	var stdout, stderr bytes.Buffer
	signals := make(chan os.Signal, 1)
	defer time.AfterFunc(20*time.Second, func() { signals <- os.Interrupt }).Stop()
	m := main.NewMain()
	m.Stdout, m.Stderr, m.Terminal = &stdout, &stderr, false
	m.LookupEnv = env.lookup
	m.Signals = signals
	code := m.Run(args)
	return result{code, stdout.String(), stderr.String()}
}

// program is the program while it serves.
type program struct {
	t       *testing.T
	url     string // of its pages, with a slash
	signals chan os.Signal
	log     *logLines
	done    chan int // the exit code
}

// start starts the program and waits until it names its address. Unless the
// test has stopped it, it is stopped at its end and must exit with 0.
func start(t *testing.T, env environment, args ...string) *program {
	t.Helper()
	p := &program{
		t:       t,
		signals: make(chan os.Signal, 2),
		log:     newLogLines(),
		done:    make(chan int, 1),
	}
	m := main.NewMain()
	m.Stdout, m.Stderr, m.Terminal = io.Discard, p.log, false
	m.LookupEnv = env.lookup
	m.Signals = p.signals
	go func() { p.done <- m.Run(args); close(p.done) }()
	t.Cleanup(func() {
		p.signals <- os.Interrupt
		if code, first := <-p.done; first && code != 0 {
			t.Errorf("exit code %d\n%s", code, p.log)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	line := p.log.await(t, func(l map[string]any) bool { return l["url"] != nil }, p.done)
	p.url = line["url"].(string)
	return p
}

// get returns status, header and body of the answer to a GET for a path.
func (p *program) get(path string, header ...string) (int, http.Header, string) {
	p.t.Helper()
	r, err := http.NewRequest("GET", p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(body)
}

// session opens a polling session and returns the path with its id.
func (p *program) session() string {
	p.t.Helper()
	const path = "socket.io/?EIO=4&transport=polling"
	status, _, text := p.get(path)
	var open struct{ Sid string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &open); err != nil || status != 200 {
		p.t.Fatalf("handshake: %d %s", status, text)
	}
	return path + "&sid=" + open.Sid
}

// leave ends a session, so that the program need not wait for its last poll.
func (p *program) leave(session string) {
	p.t.Helper()
	answer, err := http.Post(p.url+session, "text/plain", strings.NewReader("1"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		p.t.Fatalf("close packet: %s", answer.Status)
	}
}

// exit waits for the end of the program and returns its code.
func (p *program) exit() int {
	p.t.Helper()
	select {
	case code := <-p.done:
		return code
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the program does not end\n%s", p.log)
		return 0
	}
}

// logLines is a log in JSON, kept by the line.
type logLines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines []map[string]any
	more  chan struct{} // closed and replaced with each line
}

func newLogLines() *logLines { return &logLines{more: make(chan struct{})} }

// Write takes one line: zerolog writes each with one call.
func (l *logLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(line)
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err == nil {
		l.lines = append(l.lines, fields)
	}
	close(l.more)
	l.more = make(chan struct{})
	return len(line), nil
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await returns the first line that matches, at the latest when done has a value.
func (l *logLines) await(t *testing.T, match func(map[string]any) bool, done <-chan int) map[string]any {
	t.Helper()
	seen := 0
	for timeout := time.After(20 * time.Second); ; {
		l.mu.Lock()
		lines, more := l.lines[seen:], l.more
		l.mu.Unlock()
		for _, line := range lines {
			seen++
			if match(line) {
				return line
			}
		}
		select {
		case <-more:
		case code := <-done:
			t.Fatalf("the program ended with %d\n%s", code, l)
		case <-timeout:
			t.Fatalf("no such line in the log\n%s", l)
		}
	}
}
