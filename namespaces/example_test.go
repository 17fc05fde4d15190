package namespaces_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

func Example() {
	type Say struct {
		Room string `json:"room"`
		Text string `json:"text"`
	}
	type Receipt struct {
		OK bool `json:"ok"`
	}
	m := namespaces.NewMux(nil)
	chat := m.Of("/chat")
	chat.Use(func(ctx context.Context, s *namespaces.Socket) error {
		var auth struct{ Token string }
		if err := s.Handshake().Auth.Decode(&auth); err != nil || auth.Token != "secret" {
			return &namespaces.Error{Message: "not authorized"}
		}
		return nil
	})
	chat.OnConnect(func(ctx context.Context, s *namespaces.Socket) error { return s.Join("lobby") })
	namespaces.OnCall(chat, "say", func(ctx context.Context, s *namespaces.Socket, m Say) (Receipt, error) {
		return Receipt{OK: true}, s.To(m.Room).Emit("said", m) // the room, but not the sender
	})

	ada := dial(m)
	defer ada.close()
	ada.send(`0/chat,{"token":"guess"}`)
	ada.print(1)
	ada.send(`0/chat,{"token":"secret"}`)
	ada.print(1)

	bob := dial(m)
	defer bob.close()
	bob.send(`0/chat,{"token":"secret"}`)
	bob.print(1)
	bob.send(`2/chat,0["say",{"room":"lobby","text":"hello"}]`)
	bob.print(1)
	ada.print(1)
	// Output:
	// 4/chat,{"message":"not authorized"}
	// 0/chat,{"sid":"…"}
	// 0/chat,{"sid":"…"}
	// 3/chat,0[{"ok":true}]
	// 2/chat,["said",{"room":"lobby","text":"hello"}]
}

func ExampleNamespace_Handle() {
	m := namespaces.NewMux(nil)
	m.Of("/").Handle("move", func(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
		var x, y int
		if err := e.Decode(&x, &y); err != nil {
			return err // the client is told that its arguments do not fit
		}
		if x < 0 || y < 0 {
			return &namespaces.Error{Code: "off_board", Message: "that is not on the board"}
		}
		return e.Ack("moved", x, y)
	})

	c := dial(m)
	defer c.close()
	c.send("0", `20["move",3,4]`, `21["move",-1,0]`, `22["move","left"]`)
	c.print(4)
	// Output:
	// 0{"sid":"…"}
	// 30["moved",3,4]
	// 31[{"ok":false,"error":{"code":"off_board","message":"that is not on the board"}}]
	// 32[{"ok":false,"error":{"code":"invalid","message":"the event does not take these arguments"}}]
}

func ExampleNamespace_HandleAny() {
	m := namespaces.NewMux(nil)
	n := m.Of("/")
	n.HandleAny(func(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
		if strings.HasPrefix(e.Name, "admin:") {
			return &namespaces.Error{Code: "forbidden", Message: "not for you"}
		}
		return nil // on to the event's own handler
	})
	namespaces.OnCall(n, "echo", func(ctx context.Context, s *namespaces.Socket, v any) (any, error) { return v, nil })

	c := dial(m)
	defer c.close()
	c.send("0", `20["echo",[1,null]]`, `21["admin:stop"]`)
	c.print(3)
	// Output:
	// 0{"sid":"…"}
	// 30[[1,null]]
	// 31[{"ok":false,"error":{"code":"forbidden","message":"not for you"}}]
}

func ExampleOn() {
	m := namespaces.NewMux(nil)
	namespaces.On(m.Of("/"), "draw", func(ctx context.Context, s *namespaces.Socket, line [4]float64) error {
		return s.Broadcast().Volatile().Emit("draw", line) // a line more or less is not missed
	})

	painter, viewer := dial(m), dial(m)
	defer painter.close()
	defer viewer.close()
	viewer.send("0")
	viewer.print(1)
	painter.send("0", `2["draw",[0,0,1.5,2]]`)
	painter.print(1)
	viewer.print(1)
	// Output:
	// 0{"sid":"…"}
	// 0{"sid":"…"}
	// 2["draw",[0,0,1.5,2]]
}

func ExampleSocket_EmitWithAck() {
	m := namespaces.NewMux(nil)
	m.Of("/").Handle("start", func(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
		answer, err := s.EmitWithAck(ctx, "ready?", "player 1")
		if err != nil {
			return err
		}
		return s.Emit("go", answer[0])
	})

	c := dial(m)
	defer c.close()
	c.send("0", `2["start"]`)
	c.print(2)
	c.send(`30["yes"]`)
	c.print(1)
	// Output:
	// 0{"sid":"…"}
	// 20["ready?","player 1"]
	// 2["go","yes"]
}

func ExampleEvent_AckLater() {
	m := namespaces.NewMux(nil)
	jobs := make(chan func(...any) error, 1)
	m.Of("/").Handle("render", func(ctx context.Context, s *namespaces.Socket, e *namespaces.Event) error {
		jobs <- e.AckLater() // the socket's next event need not wait
		return nil
	})

	c := dial(m)
	defer c.close()
	c.send("0", `27["render"]`)
	done := <-jobs
	if err := done("page 1"); err != nil {
		log.Fatal(err)
	}
	c.print(2)
	// Output:
	// 0{"sid":"…"}
	// 37["page 1"]
}

func ExampleBroadcastOperator() {
	m := namespaces.NewMux(nil)
	n := m.Of("/")
	n.OnConnect(func(ctx context.Context, s *namespaces.Socket) error { return s.Join("news", "sport") })
	namespaces.On(n, "publish", func(ctx context.Context, s *namespaces.Socket, text string) error {
		return n.To("news", "sport").Except("muted").Emit("item", text)
	})

	c := dial(m)
	defer c.close()
	c.send("0", `2["publish","rain"]`)
	c.print(2) // once, though it is in both rooms
	// Output:
	// 0{"sid":"…"}
	// 2["item","rain"]
}

func ExampleData() {
	type User struct {
		Name string
		Logs int
	}
	m := namespaces.NewMux(nil)
	n := m.Of("/")
	n.Use(func(ctx context.Context, s *namespaces.Socket) error {
		return namespaces.SetData(s, User{Name: "ada"})
	})
	namespaces.OnCall(n, "log", func(ctx context.Context, s *namespaces.Socket, line string) (string, error) {
		u, _ := namespaces.Data[User](s)
		u.Logs++
		return fmt.Sprintf("%s %d: %s", u.Name, u.Logs, line), namespaces.SetData(s, u)
	})

	c := dial(m)
	defer c.close()
	c.send("0", `20["log","a"]`, `21["log","b"]`)
	c.print(3)
	// Output:
	// 0{"sid":"…"}
	// 30["ada 1: a"]
	// 31["ada 2: b"]
}

func ExampleNamespace_OnDisconnect() {
	m := namespaces.NewMux(nil)
	n := m.Of("/")
	n.OnConnect(func(ctx context.Context, s *namespaces.Socket) error { return s.Join("lobby") })
	n.OnDisconnecting(func(ctx context.Context, s *namespaces.Socket, reason namespaces.Reason) {
		for _, room := range s.Rooms()[1:] { // its own comes first
			s.To(room).Emit("left", reason)
		}
	})
	gone := make(chan string)
	n.OnDisconnect(func(ctx context.Context, s *namespaces.Socket, reason namespaces.Reason) {
		gone <- fmt.Sprintf("%v, %d rooms, %v", reason, len(s.Rooms()), context.Cause(s.Context()))
	})

	c := dial(m)
	c.send("0", "1")
	c.print(1)
	fmt.Println(<-gone)
	c.close()
	// Output:
	// 0{"sid":"…"}
	// client namespace disconnect, 0 rooms, client namespace disconnect
}

// A peer is a client that prints the packets it gets. What it sends is as on
// the wire, without the digit of Engine.IO.
type peer struct {
	conn  io.ReadWriteCloser
	got   []string // and not printed yet
	close func()
}

// dial serves m to one client.
func dial(m *namespaces.Mux) *peer {
	engine := engineio.NewServer(m.Open, nil)
	server := httptest.NewServer(engine)
	url := "ws" + strings.TrimPrefix(server.URL, "http") + "/socket.io/?EIO=4&transport=websocket"
	conn, early, _, err := ws.Dial(context.Background(), url)
	if err != nil {
		log.Fatal(err)
	}
	var in io.Reader = conn
	if early != nil {
		in = io.MultiReader(early, conn)
	}
	p := &peer{conn: struct {
		io.Reader
		io.WriteCloser
	}{in, conn}}
	p.close = func() {
		conn.Close()
		engine.Shutdown(context.Background())
		server.Close()
	}
	p.receive() // the open packet
	return p
}

func (p *peer) send(packets ...string) {
	for _, packet := range packets {
		if err := wsutil.WriteClientText(p.conn, []byte("4"+packet)); err != nil {
			log.Fatal(err)
		}
		if packet[0] == '0' { // nothing may follow a CONNECT before its answer
			p.got = append(p.got, p.receive())
		}
	}
}

func (p *peer) receive() string {
	text, err := wsutil.ReadServerText(p.conn)
	if err != nil {
		log.Fatal(err)
	}
	return string(text[1:])
}

var sid = regexp.MustCompile(`"sid":"[^"]*"`)

func (p *peer) print(n int) {
	for range n {
		if len(p.got) == 0 {
			p.got = append(p.got, p.receive())
		}
		fmt.Println(sid.ReplaceAllString(p.got[0], `"sid":"…"`))
		p.got = p.got[1:]
	}
}
