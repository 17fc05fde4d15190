package namespaces_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/parley-go/parley/namespaces"
)

// A journal is what was logged.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(line)
}

// lines returns those that hold all of parts.
func (j *journal) lines(parts ...string) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
next:
	for line := range strings.Lines(j.buf.String()) {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue next
			}
		}
		n++
	}
	return n
}

// TestLog: what a client is not told is in the log, with enough to find it,
// and no client can fill the log.
func TestLog(t *testing.T) {
	t.Parallel()
	j := new(journal)
	s := start(t, &namespaces.Options{Logger: zerolog.New(j).Level(zerolog.InfoLevel)})
	n := s.Of("/")
	handleSync(n)
	n.HandleAny(func(_ ctx, _ *socket, e *event) error {
		if strings.HasPrefix(e.Name, "long") {
			panic("on a long name")
		}
		return nil
	})
	n.Handle("panic", func(ctx, *socket, *event) error { panic("the secret") })
	n.Handle("error", func(ctx, *socket, *event) error { return errors.New("the other secret") })
	n.Handle("coded", func(ctx, *socket, *event) error { return &namespaces.Error{Code: "x", Message: "for the client"} })
	c, id := s.join("/")

	c.send(`2["long` + strings.Repeat("x", 200) + `\n"]`)
	c.expectNothing("/")
	if j.lines("on a long name") != 1 || j.lines(strings.Repeat("x", 129)) != 0 {
		t.Error("the name of the event is not cut")
	}
	for range 30 {
		c.send(`2["panic"]`, `2["error"]`, `2["coded"]`)
	}
	c.expectNothing("/")
	if got := j.lines("the secret", id, `"event":"panic"`, `"namespace":"/"`, "log_test.go"); got == 0 || got > 20 {
		t.Errorf("%d lines about panics, with socket and stack; want 1 to 20", got)
	}
	if got := j.lines("the other secret", id, `"event":"error"`); got == 0 || got > 20 {
		t.Errorf("%d lines about errors, want 1 to 20", got)
	}
	if got := j.lines("for the client"); got != 0 {
		t.Errorf("%d lines about errors that the client was told of", got)
	}
	c.send("9")
	c.expectClosed()
	if got := j.lines("unknown packet type", "127.0.0.1"); got != 1 {
		t.Errorf("%d lines about the violation, want 1", got)
	}
	if got := s.Stats().Panics; got != 31 {
		t.Errorf("%d panics counted, want 31", got)
	}
}

func TestUnbackedPlaceholdersAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	namespaces.OnCall(n, "echo", func(_ ctx, _ *socket, v any) (any, error) { return v, nil })
	c, _ := s.join("/")
	for i := range 2 {
		c.send(fmt.Sprintf(`2%d["echo",{"_placeholder":true,"num":7}]`, i))
		c.expect(fmt.Sprintf("3%d[null]", i))
	}
	if got := s.Stats().Unbacked; got != 2 {
		t.Errorf("%d counted, want 2", got)
	}
}
