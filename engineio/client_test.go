package engineio_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A client is the other end of a session, on either transport.
type client interface {
	// send sends message packets.
	send(messages ...message)
	// sendLater sends them without waiting for an answer.
	sendLater(messages ...message)
	// receive returns the next message packet.
	receive() message
	// wants fails the test unless these are the next message packets.
	wants(messages ...message)
}

// address is where clients find the engine; no name is looked up.
const address = "://engine.test/engine.io/"

// A reply is an HTTP response.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // instead of all others
}

// A request is an HTTP request to a server.
type request struct {
	method string // default GET
	query  string
	header map[string]string // "Host" as well
	body   io.Reader
}

// do makes a request and returns the reply.
func (srv *server) do(ctx context.Context, r request) reply {
	req, err := http.NewRequestWithContext(ctx, r.method, cmp.Or(srv.scheme, "http")+address+"?"+r.query, r.body)
	if err != nil {
		return reply{err: err}
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if host := r.header["Host"]; host != "" {
		req.Host = host
	}
	resp, err := srv.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body), err}
}

// wants fails the test unless the reply has this status and body.
func (r reply) wants(t testing.TB, status int, body string) {
	t.Helper()
	if r.err != nil {
		t.Fatalf("request: %v", r.err)
	}
	if r.status != status || r.body != body {
		t.Fatalf("got %d %.200q, want %d %.200q", r.status, r.body, status, body)
	}
}

// A poller is a client on HTTP long-polling.
type poller struct {
	srv *server
	t   testing.TB
	sid string
	got []string // packets that came with others
}

// handshake is the payload of an open packet.
type handshake struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// parseOpen reads an open packet.
func parseOpen(t testing.TB, packet string) (h handshake) {
	t.Helper()
	rest, ok := strings.CutPrefix(packet, "0")
	if !ok {
		t.Fatalf("got %.80q, want an open packet", packet)
	}
	if err := json.Unmarshal([]byte(rest), &h); err != nil {
		t.Fatalf("open packet %q: %v", rest, err)
	}
	return h
}

// poll opens a session on polling.
func (srv *server) poll() (*poller, *session) {
	srv.t.Helper()
	r := srv.do(srv.t.Context(), request{query: "EIO=4&transport=polling"})
	if r.err != nil || r.status != http.StatusOK {
		srv.t.Fatalf("handshake: %d %q %v", r.status, r.body, r.err)
	}
	packets := strings.Split(r.body, "\x1e")
	s := srv.accept()
	return &poller{srv, srv.t, parseOpen(srv.t, packets[0]).SID, packets[1:]}, s
}

func (p *poller) query() string { return "EIO=4&transport=polling&sid=" + p.sid }

// get fetches what there is.
func (p *poller) get() reply {
	return p.srv.do(context.Background(), request{query: p.query()})
}

// getLater begins a GET.
func (p *poller) getLater() <-chan reply {
	done := make(chan reply, 1)
	go func() { done <- p.get() }()
	return done
}

// post sends a payload.
func (p *poller) post(payload string) reply {
	return p.srv.do(context.Background(), request{method: http.MethodPost, query: p.query(), body: strings.NewReader(payload)})
}

// postLater begins a POST.
func (p *poller) postLater(payload string) <-chan reply {
	done := make(chan reply, 1)
	go func() { done <- p.post(payload) }()
	return done
}

func (p *poller) send(messages ...message) {
	p.t.Helper()
	p.post(payload(messages...)).wants(p.t, http.StatusOK, "ok")
}

func (p *poller) sendLater(messages ...message) { p.postLater(payload(messages...)) }

// packet returns the next packet.
func (p *poller) packet() string {
	p.t.Helper()
	if len(p.got) == 0 {
		r := p.get()
		if r.err != nil || r.status != http.StatusOK {
			p.t.Fatalf("poll: %d %q %v", r.status, r.body, r.err)
		}
		p.got = strings.Split(r.body, "\x1e")
	}
	packet := p.got[0]
	p.got = p.got[1:]
	return packet
}

func (p *poller) receive() message {
	p.t.Helper()
	packet := p.packet()
	switch {
	case strings.HasPrefix(packet, "4"):
		return text(packet[1:])
	case strings.HasPrefix(packet, "b"):
		data, err := base64.StdEncoding.DecodeString(packet[1:])
		if err != nil {
			p.t.Fatalf("packet %.80q: %v", packet, err)
		}
		return blob(string(data))
	default:
		p.t.Fatalf("got packet %.80q, want a message", packet)
		panic("unreachable")
	}
}

func (p *poller) wants(messages ...message) {
	p.t.Helper()
	wants(p.t, p, messages)
}

func wants(t testing.TB, c client, messages []message) {
	t.Helper()
	for _, want := range messages {
		if got := c.receive(); got != want {
			t.Fatalf("got message %v, want %v", got, want)
		}
	}
}

// gone fails the test unless the session is unknown now.
func (p *poller) gone() {
	p.t.Helper()
	p.get().wants(p.t, http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
}

// payload encodes message packets for polling.
func payload(messages ...message) string {
	var b bytes.Buffer
	for i, m := range messages {
		if i > 0 {
			b.WriteByte(0x1e)
		}
		if m.binary {
			b.WriteString("b" + base64.StdEncoding.EncodeToString([]byte(m.data)))
		} else {
			b.WriteString("4" + m.data)
		}
	}
	return b.String()
}
