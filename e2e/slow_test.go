package e2e_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestSlowReader has one member of a room stop reading. It is cut off in the end; the others get everything and wait for nothing,
// and the server keeps no more for it than it promises.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	endToEnd(t)
	s := startParley(t)
	join := func() *socket {
		c, err := joinSocket(s.addr, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.close)
		if answer, err := c.call("join", `"busy"`, receiveLimit); err != nil || !strings.HasPrefix(answer, `[{"ok":true`) {
			t.Fatalf("%s %v", answer, err)
		}
		return c
	}
	stuck := join()
	if err := stuck.conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	speaker, healthy := join(), join()

	const messages, size = 100, 200_000
	var before usage
	if runtime.GOOS == "linux" {
		before = s.usage(t)
	}
	got := make(chan error, 1)
	go func() {
		heard, left := 0, false
		for heard < messages || !left {
			_, data, err := healthy.read(30 * time.Second)
			switch text := string(data); {
			case err != nil:
				got <- fmt.Errorf("after %d messages, slow one gone: %t: %w", heard, left, err)
				return
			case strings.HasPrefix(text, `42["big"`):
				heard++
			case strings.HasPrefix(text, `42["presence_diff"`) && strings.Contains(text, stuck.id):
				left = true
			}
		}
		got <- nil
	}()
	for range messages {
		answer, err := speaker.call("publish", `{"room":"busy","event":"big","data":"`+strings.Repeat("x", size)+`"}`, receiveLimit)
		if err != nil || !strings.HasPrefix(answer, `[{"ok":true`) {
			t.Fatalf("publish: %s %v", answer, err)
		}
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	if runtime.GOOS == "linux" && !raceEnabled {
		if grown := s.usage(t).rss - before.rss; grown > 64<<20 {
			t.Errorf("memory grew by %d MB", grown>>20)
		}
	}
}
