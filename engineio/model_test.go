package engineio_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
	"pgregory.net/rapid"
)

// TestSessionModel does everything that a client and a server can do with one
// session, in any order, and compares with a model that is simple enough to be
// right. It runs in a bubble: after every step all that had to happen has.
func TestSessionModel(t *testing.T) {
	t.Parallel()
	var names []string
	for name, step := range steps {
		for range step.weight {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.SliceOfN(rapid.SampledFrom(names), 1, 80).Draw(rt, "steps")
		if wrong := try(t, order); wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// steps are what can happen. Most of them happen often, and what ends a
// session seldom.
var steps = map[string]struct {
	weight int
	do     func(*model)
}{
	"send":          {10, func(m *model) { m.send(0) }},
	"send volatile": {5, func(m *model) { m.send(engineio.Volatile) }},
	"send deferred": {5, func(m *model) { m.send(engineio.Deferred) }},
	"close":         {1, (*model).close},
	"abort":         {1, (*model).abort},
	"poll":          {10, (*model).poll},
	"poll again":    {1, (*model).pollAgain},
	"post":          {10, (*model).post},
	"post close":    {1, (*model).postClose},
	"post garbage":  {1, (*model).postGarbage},
	"probe":         {5, (*model).openProbe},
	"2probe":        {5, (*model).ping},
	"5":             {5, (*model).upgrade},
	"cut probe":     {1, (*model).cutProbe},
	"write":         {10, (*model).write},
	"close frame":   {1, (*model).closeFrame},
	"cut":           {1, (*model).cut},
	"some time":     {2, (*model).someTime},
	"no pong":       {1, (*model).pingTimeout},
}

// try takes the steps with a new session and says what went wrong.
func try(t *testing.T, order []string) (wrong string) {
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{PingInterval: time.Hour, PingTimeout: time.Hour})
		defer srv.stop()
		p, s := srv.poll()
		m := &model{srv: srv, p: p, s: s, open: true}
		defer m.leave()
		var done []string
		defer func() {
			if r := recover(); r != nil {
				wrong = fmt.Sprintf("%v, after %q", r, done)
			}
		}()
		for _, name := range order {
			done = append(done, name)
			steps[name].do(m)
			m.check()
		}
	})
	return wrong
}

// fail leaves the steps.
func (m *model) fail(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// A model is what is known of a session from outside.
type model struct {
	srv *server
	p   *poller
	s   *session

	open    bool // Send works
	closing bool // closed in order: the next poll takes the rest
	since   time.Time
	reason  engineio.Reason

	waiting  <-chan reply // the poll that waits
	socket   *listener    // the transport, after the upgrade
	probe    *listener    // the websocket of an upgrade
	probed   bool         // 3probe has been sent on it
	next     int          // number of the next message
	toClient []string     // packets that the client has not got yet
	toServer []message    // messages that the handler must have got
}

// A listener is a client's websocket that reads all the time.
type listener struct {
	*wsClient
	frames chan ws.Frame
	done   chan struct{}
}

func (m *model) listen(c *wsClient) *listener {
	l := &listener{c, make(chan ws.Frame, 1000), make(chan struct{})}
	c.patience = 1000 * time.Hour
	go func() {
		defer close(l.done)
		for {
			f, err := c.read()
			if err != nil {
				return
			}
			l.frames <- f
		}
	}()
	return l
}

// over reports whether the connection has ended.
func (l *listener) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// leave ends what the model has begun.
func (m *model) leave() {
	m.s.Abort(engineio.ReasonForcedClose)
	for _, l := range []*listener{m.socket, m.probe} {
		if l != nil {
			_ = l.conn.Close()
			<-l.done
		}
	}
}

// message returns a message that was not there before.
func (m *model) message() message {
	m.next++
	return message{fmt.Sprint(m.next), m.next%3 == 0}
}

// queue notes a packet for the client.
func (m *model) queue(packet string) {
	m.toClient = append(m.toClient, packet)
	if m.waiting != nil {
		m.answered(m.take())
	}
}

func (m *model) take() string {
	payload := strings.Join(m.toClient, "\x1e")
	m.toClient = nil
	return payload
}

// answered checks that the poll which waits is answered.
func (m *model) answered(body string) {
	synctest.Wait()
	select {
	case r := <-m.waiting:
		m.is(r, http.StatusOK, body)
	default:
		m.fail("the poll waits on, want %q", body)
	}
	m.waiting = nil
}

func (m *model) is(r reply, status int, body string) {
	if r.err != nil || r.status != status || r.body != body {
		m.fail("got %d %q %v, want %d %q", r.status, r.body, r.err, status, body)
	}
}

// ends notes the end of the session; last is what a poll that waits is answered.
func (m *model) ends(reason engineio.Reason, last string) {
	if m.reason == "" {
		m.reason = reason
	}
	m.open, m.closing, m.toClient = false, false, nil
	m.dropProbe()
	if m.waiting != nil {
		m.answered(last)
	}
}

func (m *model) dropProbe() {
	synctest.Wait()
	if m.probe != nil && !m.probe.over() {
		m.fail("the websocket of the upgrade is still open")
	}
	m.probe, m.probed = nil, false
}

// check compares what the handler and the websocket got.
func (m *model) check() {
	synctest.Wait()
	for _, want := range m.toServer {
		select {
		case got := <-m.s.messages:
			if got != want {
				m.fail("handler got %v, want %v", got, want)
			}
		default:
			m.fail("handler did not get %v", want)
		}
	}
	m.toServer = nil
	if len(m.s.messages) > 0 {
		m.fail("handler got %v", <-m.s.messages)
	}
	if m.socket != nil {
		for _, want := range m.toClient {
			select {
			case f := <-m.socket.frames:
				got := string(f.Payload)
				if f.Header.OpCode == ws.OpBinary {
					got = payload(blob(got))
				}
				if got != want {
					m.fail("websocket got %q, want %q", got, want)
				}
			default:
				m.fail("websocket did not get %q", want)
			}
		}
		m.toClient = nil
	}
	if m.s.Closed() == m.open {
		m.fail("Closed() = %v", m.s.Closed())
	}
	if m.reason != "" && m.s.taken == 0 {
		select {
		case got := <-m.s.reasons:
			m.s.taken++
			if got != m.reason {
				m.fail("ended with %q, want %q", got, m.reason)
			}
		default:
			m.fail("the handler was not told of the end")
		}
	}
	want := engineio.Polling
	if m.socket != nil {
		want = engineio.WebSocket
	}
	if got := m.s.Transport(); got != want {
		m.fail("Transport() = %q, want %q", got, want)
	}
}
