package rooms_test

import (
	"fmt"

	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// A printer is a member that prints what it gets.
type printer struct{ id string }

func (p printer) ID() string { return p.id }

func (p printer) Deliver(*socketio.Encoded, rooms.Delivery) { fmt.Println("to", p.id) }

func Example() {
	d := rooms.NewDirectory(nil)
	ada, bob := printer{"ada"}, printer{"bob"}
	d.Add(ada, "lobby")
	d.Add(bob, "lobby", "kitchen")

	lobby := rooms.Target{}.To("lobby")
	hello := socketio.EncodeEvent("/", socketio.NoID, "hello", nil)
	n := d.Broadcast(lobby.Except(bob.ID()), hello, false)
	fmt.Println(n, "of", d.Count("lobby"))
	fmt.Println(d.Remove(bob))
	// Output:
	// to ada
	// 1 of 2
	// [bob lobby kitchen]
}
