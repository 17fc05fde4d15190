package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// payloadBytes is the size of what a publish carries: a number in 8 digits and padding.
const payloadBytes = 100

// A crowd is many websocket clients in one room and one who publishes to it. Its members only count, so that one process can
// be all of them and still leave the machine to the server.
type crowd struct {
	publisher *socket
	members   []*socket

	window  chan struct{} // one token for each publish that not everybody has yet
	pending [4096]atomic.Int32

	received atomic.Int64
	bytes    atomic.Int64 // of the messages received
	disorder atomic.Int64 // messages that were not the next one: something was lost, doubled or overtaken
	next     int          // number of the next publish

	ending atomic.Bool
	failed atomic.Pointer[error] // the first member that was cut off
	wg     sync.WaitGroup
}

// event is what members listen for, as it arrives; the digits follow.
var event = []byte(`42["tick","`)

// gather connects n members and a publisher. They are in no room yet.
func gather(addr string, n int) (*crowd, error) {
	c := &crowd{members: make([]*socket, n)}
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	turns := make(chan int)
	for range 16 {
		wg.Go(func() {
			for i := range turns {
				s, err := joinSocket(addr, "")
				if err != nil {
					err = fmt.Errorf("client %d: %w", i, err)
					failed.CompareAndSwap(nil, &err)
					continue
				}
				c.members[i] = s
			}
		})
	}
	for i := range n {
		turns <- i
	}
	close(turns)
	wg.Wait()
	var err error
	if p := failed.Load(); p != nil {
		err = *p
	} else {
		c.publisher, err = joinSocket(addr, "")
	}
	if err != nil {
		c.leave()
		return nil, err
	}
	return c, nil
}

// enter takes everybody into the room and starts listening. Each one who enters is told to all who are there, and is told of
// them: a million small messages for a thousand members.
func (c *crowd) enter(room string) error {
	entered := make(chan error, len(c.members)+1)
	for i, s := range append(c.members, c.publisher) {
		c.wg.Go(func() {
			answer, err := s.call("join", fmt.Sprintf("%q", room), 60*time.Second)
			if err == nil && !strings.HasPrefix(answer, `[{"ok":true`) {
				err = fmt.Errorf("refused: %.200s", answer)
			}
			if err != nil {
				entered <- fmt.Errorf("join of member %d: %w", i, err)
				return
			}
			s.conn.SetReadDeadline(time.Time{})
			entered <- nil
			c.listen(s)
		})
	}
	var errs []error
	for range len(c.members) + 1 {
		errs = append(errs, <-entered)
	}
	return errors.Join(errs...)
}

// readAny is read without a limit of time.
func (s *socket) readAny() (ws.OpCode, []byte, error) {
	return s.read(time.Hour)
}

func (c *crowd) cutOff(err error) {
	if !c.ending.Load() {
		err = fmt.Errorf("a member was cut off: %w", err)
		c.failed.CompareAndSwap(nil, &err)
	}
}

// listen counts what one member gets.
func (c *crowd) listen(s *socket) {
	buf := make([]byte, 0, 512)
	next := 0
	for {
		h, err := ws.ReadHeader(s.in)
		if err != nil {
			c.cutOff(err)
			return
		}
		if h.OpCode == ws.OpClose {
			c.cutOff(errClosed)
			return
		}
		if int64(cap(buf)) < h.Length {
			buf = make([]byte, h.Length)
		}
		buf = buf[:h.Length]
		if _, err := io.ReadFull(s.in, buf); err != nil {
			c.cutOff(err)
			return
		}
		if len(buf) == 1 && buf[0] == '2' {
			s.send("3")
			continue
		}
		digits, ok := bytes.CutPrefix(buf, event)
		if !ok {
			continue // presence of those who came
		}
		n := 0
		for _, d := range digits[:8] {
			n = n*10 + int(d-'0')
		}
		if n != next {
			c.disorder.Add(1)
		}
		next = n + 1
		c.received.Add(1)
		c.bytes.Add(h.Length)
		if c.pending[n%len(c.pending)].Add(-1) == 0 {
			<-c.window
		}
	}
}

// publish sends messages for the given time, at least one, with up to window of them under way at the same time, and waits until everybody has
// everything. It returns the number of publishes.
func (c *crowd) publish(room string, window int, during time.Duration) (int, error) {
	c.window = make(chan struct{}, window)
	until := time.Now().Add(during)
	late := time.NewTimer(during + 30*time.Second)
	defer late.Stop()
	sent := 0
	for sent == 0 || time.Now().Before(until) {
		select {
		case c.window <- struct{}{}:
		case <-late.C:
			return sent, c.missing(sent)
		}
		c.pending[c.next%len(c.pending)].Store(int32(len(c.members)))
		if err := c.publisher.send(publishText(room, c.next)); err != nil {
			return sent, err
		}
		c.next++
		sent++
		if err := c.failed.Load(); err != nil {
			return sent, *err
		}
	}
	for range window { // the window is free again when nothing is under way
		select {
		case c.window <- struct{}{}:
		case <-late.C:
			return sent, c.missing(sent)
		}
	}
	return sent, nil
}

func (c *crowd) missing(sent int) error {
	err := fmt.Errorf("of %d publishes to %d members not all arrived in time: %d deliveries in all", sent, len(c.members), c.received.Load())
	if cut := c.failed.Load(); cut != nil {
		err = errors.Join(err, *cut)
	}
	return err
}

func publishText(room string, n int) string {
	return fmt.Sprintf(`42["publish",{"room":%q,"event":"tick","data":"%08d%s"}]`, room, n, strings.Repeat("x", payloadBytes-8))
}

// leave ends all connections and returns when nobody listens any more.
func (c *crowd) leave() {
	c.ending.Store(true)
	for _, s := range append(c.members, c.publisher) {
		if s != nil {
			s.close()
		}
	}
	c.wg.Wait()
}

// idle opens n sessions in the default namespace that do nothing but answer heartbeats, and returns what ends them.
func idle(addr string, n int) (func(), error) {
	c, err := gather(addr, n-1)
	if err != nil {
		return nil, err
	}
	for _, s := range append(c.members, c.publisher) {
		c.wg.Go(func() {
			for {
				if _, _, err := s.readAny(); err != nil {
					return
				}
			}
		})
	}
	return c.leave, nil
}
