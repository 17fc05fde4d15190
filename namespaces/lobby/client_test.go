package lobby_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/namespaces/lobby"
	"github.com/parley-go/parley/socketio"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// start serves a lobby and returns its URL.
func start(t *testing.T, o *lobby.Options, middleware ...namespaces.Middleware) string {
	t.Helper()
	mux := namespaces.NewMux(nil)
	for _, m := range middleware {
		mux.Of("/").Use(m)
	}
	lobby.Register(mux.Of("/"), o)
	engine := engineio.NewServer(mux.Open, nil)
	server := httptest.NewServer(engine)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := engine.Shutdown(ctx); err != nil {
			t.Error("shutdown:", err)
		}
		if err := mux.Close(ctx); err != nil {
			t.Error("close:", err)
		}
		server.Close()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/?EIO=4&transport=websocket"
}

// client is one socket of the namespace, on a websocket.
type client struct {
	t       *testing.T
	conn    net.Conn
	decoder *socketio.Decoder
	id      string
	calls   int64
	queue   []*socketio.Packet // what came while something else was waited for
}

// connect joins the namespace; auth may be nil.
func connect(t *testing.T, url string, auth any) *client {
	t.Helper()
	conn, early, _, err := ws.Dialer{Timeout: patience}.Dial(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	if early != nil {
		conn = &buffered{conn, early}
	}
	c := &client{t: t, conn: conn, decoder: socketio.NewDecoder(nil)}
	t.Cleanup(c.close)
	c.read() // the open packet
	payload, err := socketio.ValueOf(auth)
	if err != nil {
		t.Fatal(err)
	}
	if auth == nil {
		payload = socketio.Value{}
	}
	c.write("40" + string(payload.JSON()))
	var reply struct{ SID string }
	p := c.wait(func(p *socketio.Packet) bool { return p.Type == socketio.Connect })
	if err := p.Data.Decode(&reply); err != nil {
		t.Fatal(err)
	}
	c.id = reply.SID
	return c
}

// buffered reads first what arrived with the handshake.
type buffered struct {
	net.Conn
	early interface{ Read([]byte) (int, error) }
}

func (b *buffered) Read(p []byte) (int, error) {
	if n, err := b.early.Read(p); err == nil {
		return n, nil
	}
	return b.Conn.Read(p)
}

func (c *client) close() { c.conn.Close() }

func (c *client) write(text string) {
	c.t.Helper()
	if err := wsutil.WriteClientText(c.conn, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() ([]byte, bool) {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	data, op, err := wsutil.ReadServerData(c.conn)
	if err != nil {
		c.t.Fatal("read:", err)
	}
	return data, op == ws.OpBinary
}

// next returns the next whole packet.
func (c *client) next() *socketio.Packet {
	c.t.Helper()
	for {
		data, binary := c.read()
		var p *socketio.Packet
		var err error
		switch {
		case binary:
			p, err = c.decoder.Binary(data)
		case data[0] == '4':
			p, err = c.decoder.Text(data[1:])
		}
		if err != nil {
			c.t.Fatalf("decode %q: %v", data, err)
		}
		if p != nil {
			return p
		}
	}
}

// wait returns the first packet that is wanted and keeps the others.
func (c *client) wait(wanted func(*socketio.Packet) bool) *socketio.Packet {
	c.t.Helper()
	for i, p := range c.queue {
		if wanted(p) {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			return p
		}
	}
	for {
		p := c.next()
		if wanted(p) {
			return p
		}
		c.queue = append(c.queue, p)
	}
}

// call emits an event and returns the first value of its ack.
func (c *client) call(event string, args ...any) map[string]any {
	c.t.Helper()
	c.calls++
	id := c.calls
	values, err := socketio.Values(args...)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range socketio.EncodeEvent("/", id, event, values).Frames() {
		c.frame(f)
	}
	p := c.wait(func(p *socketio.Packet) bool { return p.Type == socketio.Ack && p.ID == id })
	var answer map[string]any
	if len(p.Args) != 1 || p.Args[0].Decode(&answer) != nil {
		c.t.Fatalf("ack of %s is no object: %v", event, p.Args)
	}
	return answer
}

// frame writes a message packet.
func (c *client) frame(f *engineio.Frame) {
	c.t.Helper()
	payload, binary := f.Payload()
	if !binary {
		c.write("4" + string(payload))
	} else if err := wsutil.WriteClientBinary(c.conn, payload); err != nil {
		c.t.Fatal(err)
	}
}

// ok is call, whose ack must be ok.
func (c *client) ok(event string, args ...any) map[string]any {
	c.t.Helper()
	answer := c.call(event, args...)
	if answer["ok"] != true {
		c.t.Fatalf("%s %v: %v", event, args, answer)
	}
	return answer
}

// refused is call, whose ack must be an error with a code.
func (c *client) refused(code, event string, args ...any) {
	c.t.Helper()
	answer := c.call(event, args...)
	problem, _ := answer["error"].(map[string]any)
	if answer["ok"] != false || problem["code"] != code || problem["message"] == "" {
		c.t.Errorf("%s %v: got %v, want error %q", event, args, answer, code)
	}
}

// event returns the arguments of the next event of a name.
func (c *client) event(name string) []any {
	c.t.Helper()
	p := c.wait(func(p *socketio.Packet) bool { return p.Type == socketio.Event && p.Event == name })
	args := make([]any, len(p.Args))
	for i := range p.Args {
		if err := p.Args[i].Decode(&args[i]); err != nil {
			c.t.Fatal(err)
		}
	}
	return args
}

// gets checks the arguments of the next event of a name.
func (c *client) gets(name string, want ...any) {
	c.t.Helper()
	if diff := cmp.Diff(plain(c.t, want), c.event(name)); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// silent checks that no event of a name has come: what is answered after it
// would have been sent has been answered.
func (c *client) silent(names ...string) {
	c.t.Helper()
	c.ok("whoami")
	for _, p := range c.queue {
		for _, name := range names {
			if p.Event == name {
				c.t.Errorf("unexpected event %s %v", name, p.Args)
			}
		}
	}
}

// plain returns v as JSON decodes it.
func plain(t *testing.T, v []any) []any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out := []any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

type object = map[string]any

// one is the presence of one socket.
func one(user, id string, more ...string) object {
	meta := object{"id": id}
	for i := 0; i < len(more); i += 2 {
		meta[more[i]] = more[i+1]
	}
	return object{user: object{"metas": []any{meta}}}
}
