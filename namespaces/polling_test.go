package namespaces_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A poller is one engine session on long-polling.
type poller struct {
	t    *testing.T
	http *http.Client
	url  string
}

func (s *server) poll() *poller {
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial() }}
	s.t.Cleanup(transport.CloseIdleConnections)
	p := &poller{s.t, &http.Client{Transport: transport}, "http://server.test/engine.io/?EIO=4&transport=polling"}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(p.get()[1:]), &open); err != nil {
		s.t.Fatal(err)
	}
	p.url += "&sid=" + open.SID
	return p
}

func (p *poller) do(r *http.Response, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Error(err)
		return ""
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		p.t.Errorf("status %d, body %q (%v)", r.StatusCode, body, err)
	}
	return string(body)
}

func (p *poller) get() string { return p.do(p.http.Get(p.url)) }

func (p *poller) post(packets ...string) {
	p.do(p.http.Post(p.url, "text/plain", strings.NewReader("4"+strings.Join(packets, "\x1e4"))))
}

// TestPolling: backpressure withholds the answer of a POST, but not while a
// handler waits for an ack, and event and ack come in one poll.
func TestPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		handled, release := new(atomic.Int32), make(chan struct{})
		n.Handle("wait", func(ctx, *socket, *event) error { <-release; return nil })
		n.Handle("x", func(ctx, *socket, *event) error { handled.Add(1); return nil })
		n.Handle("ask", func(ctx ctx, s *socket, e *event) error {
			if _, err := s.EmitWithAck(ctx, "q"); err != nil {
				return err
			}
			s.Emit("asked")
			return e.Ack("done")
		})
		p := s.poll()
		p.post("0")
		if got := p.get(); !strings.HasPrefix(got, `40{"sid":`) {
			t.Fatalf("got %q, want the reply to CONNECT", got)
		}

		many := make([]string, 200)
		for i := range many {
			many[i] = `2["x"]`
		}
		p.post(`20["ask"]`)
		p.post(many...) // answered at once
		if got := p.get(); got != `420["q"]` {
			t.Errorf("got %q, want the question", got)
		}
		p.post("30[]")
		if got := p.get(); got != "42[\"asked\"]\x1e430[\"done\"]" {
			t.Errorf("got %q, want event and ack", got)
		}
		synctest.Wait()
		if handled.Load() != 200 {
			t.Errorf("%d events handled, want 200", handled.Load())
		}

		p.post(`2["wait"]`)
		answered := make(chan struct{})
		go func() {
			p.post(many...)
			close(answered)
		}()
		time.Sleep(3 * time.Second)
		select {
		case <-answered:
			t.Error("a POST was answered while the inbox was full")
		default:
		}
		close(release)
		<-answered
		synctest.Wait()
		if handled.Load() != 400 {
			t.Errorf("%d events handled, want 400", handled.Load())
		}
		last := make(chan string)
		go func() { last <- p.get() }()
		synctest.Wait()
		s.stop()
		<-last
	})
}
