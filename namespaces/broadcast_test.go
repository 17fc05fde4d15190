package namespaces_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/rooms"
)

// TestBroadcast emits through every operator from the socket "a", and says who
// gets it.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	handleSync(n)
	n.Use(func(_ ctx, s *socket) error {
		var names []string
		if err := s.Handshake().Auth.Decode(&struct{ Rooms *[]string }{&names}); err != nil {
			return err
		}
		return s.Join(names...)
	})
	sockets := capture(n)
	clients, ids := map[string]*client{}, map[string]string{}
	var a *socket
	for _, member := range []struct{ name, rooms string }{
		{"a", `["red"]`}, {"b", `["red","blue"]`}, {"c", `["blue"]`}, {"d", `[]`},
	} {
		c := s.session()
		ids[member.name] = c.connectWith("/", `{"rooms":`+member.rooms+`}`)
		clients[member.name] = c
		if sock := await(t, sockets); member.name == "a" {
			a = sock
		}
	}

	for i, test := range []struct {
		name     string
		operator namespaces.BroadcastOperator
		want     string
	}{
		{"namespace, room", n.To("red"), "a b"},
		{"namespace, In", n.In("blue"), "b c"},
		{"namespace, union", n.To("red", "blue"), "a b c"},
		{"namespace, union in steps", n.To("red").In("blue").To(ids["d"]), "a b c d"},
		{"namespace, one socket", n.To(ids["d"]), "d"},
		{"namespace, Except", n.Except("red"), "c d"},
		{"namespace, room and Except", n.To("blue").Except("red", "x"), "c"},
		{"namespace, Local", n.Local(), "a b c d"},
		{"namespace, Volatile", n.Volatile(), "a b c d"},
		{"namespace, Volatile and room", n.Volatile().To("red"), "a b"},
		{"namespace, no room", n.To(), "a b c d"},
		{"namespace, nobody", n.To("void"), ""},
		{"socket, room", a.To("red"), "b"},
		{"socket, In", a.In("red", "blue"), "b c"},
		{"socket, Except", a.Except("blue"), "d"},
		{"socket, Broadcast", a.Broadcast(), "b c d"},
		{"socket, Broadcast and room", a.Broadcast().To("red"), "b"},
		{"socket, Local", a.Local(), "b c d"},
		{"socket, itself by room", a.To(ids["a"]), ""},
		{"socket, Volatile", a.Volatile(), "a"},
		{"socket, Volatile twice", a.Volatile().Volatile(), "a"},
		{"socket, Volatile and room", a.Volatile().To("red"), "b"},
		{"socket, Volatile and In", a.Volatile().In("blue"), "b c"},
		{"socket, Volatile and Except", a.Volatile().Except("blue"), "d"},
		{"socket, Volatile and Local", a.Volatile().Local(), "b c d"},
		{"socket, room and Volatile", a.To("red").Volatile(), "b"},
	} {
		for range 2 { // the operator can be used again
			if err := test.operator.Emit("x", i); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			packet := fmt.Sprintf(`2["x",%d]`, i)
			for name, c := range clients {
				if slices.Contains(strings.Fields(test.want), name) {
					c.expect(packet)
				}
				c.expectNothing("/")
			}
		}
	}
	if err := n.Emit("all", []byte{1}); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		c.expect(`51-["all",{"_placeholder":true,"num":0}]`, "binary 01")
	}
	if err := n.To("red").Emit("x", func() {}); err == nil {
		t.Error("a func was encoded")
	}
	if err := a.To("red").Emit("disconnect"); !errors.Is(err, namespaces.ErrReserved) {
		t.Errorf("Emit(disconnect): %v, want ErrReserved", err)
	}

	if got := n.Rooms(); !maps.Equal(got, map[string]int{"red": 2, "blue": 2}) {
		t.Errorf("rooms %v", got)
	}
	if n.Count("red") != 2 || n.Count("void") != 0 || n.Len() != 4 || len(n.Sockets()) != 4 {
		t.Error("counts are wrong")
	}
	if got := n.RoomMembers("red"); len(got) != 2 || !slices.Contains(got, a) {
		t.Errorf("members of red %v", got)
	}
	if n.Socket("red") != nil {
		t.Error("a room is found as a socket")
	}
}

// TestOperatorsAreImmutable: operators made from one another do not disturb
// each other.
func TestOperatorsAreImmutable(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	handleSync(n)
	sockets := capture(n)
	c, _ := s.join("/")
	sock := await(t, sockets)
	if err := sock.Join("a"); err != nil {
		t.Fatal(err)
	}
	base := n.To("x").To("y").To("z")
	with, without := base.To("a"), base.To("b")
	self := sock.Volatile()
	self.To("a")
	if base.Emit("base") != nil || without.Emit("without") != nil || with.Emit("with") != nil || self.Emit("self") != nil {
		t.Error("an Emit failed")
	}
	c.expect(`2["with"]`, `2["self"]`)
	c.expectNothing("/")
}

func TestJoinAndLeave(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/")
	sockets := capture(n)
	_, id := s.join("/")
	sock := await(t, sockets)
	many := make([]string, 1024)
	for i := range many {
		many[i] = fmt.Sprint("room ", i)
	}
	if err := sock.Join(many...); err != nil {
		t.Errorf("1,024 rooms: %v", err)
	}
	if err := sock.Join("room 7", id); err != nil {
		t.Errorf("rooms it is in: %v", err)
	}
	if err := sock.Join("one more"); !errors.Is(err, namespaces.ErrFull) {
		t.Errorf("one more: %v, want ErrFull", err)
	}
	if len(sock.Rooms()) != 1025 || !sock.Has("room 9") || sock.Has("one more") {
		t.Errorf("it is in %d rooms", len(sock.Rooms()))
	}
	if err := sock.Leave(many[1:]...); err != nil {
		t.Error(err)
	}
	if got := sock.Rooms(); !slices.Equal(got, []string{id, "room 0"}) {
		t.Errorf("rooms %v", got)
	}
	if err := sock.Join(strings.Repeat("x", 256)); err != nil {
		t.Errorf("a name of 256 bytes: %v", err)
	}
	if err := sock.Join(strings.Repeat("x", 257)); !errors.Is(err, rooms.ErrName) {
		t.Errorf("a name of 257 bytes: %v, want ErrName", err)
	}
}

// TestVolatile: a client that takes nothing misses volatile events, and no
// others.
func TestVolatile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		n := s.Of("/")
		sockets := capture(n)
		c, _ := s.join("/")
		sock := <-sockets
		c.reading <- struct{}{}
		n.Emit("the one")
		synctest.Wait()
		if err := n.Emit("large", strings.Repeat("x", 80_000)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // long enough to see that it takes nothing
		if sock.Volatile().Emit("v", 1) != nil || n.Volatile().Emit("v", 2) != nil || n.Emit("kept") != nil {
			t.Error("an Emit failed")
		}
		<-c.reading
		c.expect(`2["the one"]`)
		if got := c.receive(); !strings.HasPrefix(got, `2["large"`) {
			t.Errorf("got %.20q", got)
		}
		c.expect(`2["kept"]`)
		synctest.Wait()
		if err := sock.Volatile().Emit("v", 3); err != nil {
			t.Fatal(err)
		}
		c.expect(`2["v",3]`)
	})
}
