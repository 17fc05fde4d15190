package lobby_test

import (
	"testing"

	"github.com/parley-go/parley/namespaces/lobby"
)

func TestTutorialPage(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada, bob := connect(t, url, nil), connect(t, url, nil)
	ada.ok("chat message", "hello", "ada-0")
	for _, c := range []*client{ada, bob} {
		c.gets("chat message", "hello")
	}
	ada.ok("chat message", "hello", "ada-0") // sent again, since its ack was lost
	ada.silent("chat message")
	bob.silent("chat message")
	ada.ok("chat message", "hello", "ada-1")
	bob.gets("chat message", "hello")
	ada.gets("chat message", "hello")

	bob.ok("chat message", "first!", ada.id+"-0") // bob claims what will be ada's
	ada.gets("chat message", "first!")
	bob.gets("chat message", "first!")
	ada.ok("chat message", "mine", ada.id+"-0")
	bob.gets("chat message", "mine")
}

func TestChatPage(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada, bob := connect(t, url, nil), connect(t, url, nil)
	ada.ok("add user", "Ada")
	ada.gets("login", object{"numUsers": 1})
	bob.gets("user joined", object{"username": "Ada", "numUsers": 1})
	bob.ok("add user", "Bob")
	bob.gets("login", object{"numUsers": 2})
	ada.gets("user joined", object{"username": "Bob", "numUsers": 2})
	bob.ok("add user", "Ada") // a name is taken once
	bob.silent("login")

	bob.ok("new message", "hello")
	ada.gets("new message", object{"username": "Bob", "message": "hello"})
	bob.ok("typing")
	ada.gets("typing", object{"username": "Bob"})
	bob.ok("stop typing")
	ada.gets("stop typing", object{"username": "Bob"})
	bob.silent("new message", "typing", "stop typing")

	bob.close()
	ada.gets("user left", object{"username": "Bob", "numUsers": 1})
}

func TestWhiteboardPage(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada, bob := connect(t, url, nil), connect(t, url, nil)
	line := object{"x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.4, "color": "black"}
	ada.ok("drawing", line)
	bob.gets("drawing", line)
	ada.silent("drawing")
}

func TestDemoEventsNeedDemoMode(t *testing.T) {
	t.Parallel()
	url := start(t, &lobby.Options{})
	ada, bob := connect(t, url, nil), connect(t, url, nil)
	ada.refused("demo_only", "chat message", "hello")
	ada.refused("demo_only", "add user", "Ada")
	ada.refused("demo_only", "new message", "hello")
	ada.refused("demo_only", "typing")
	ada.refused("demo_only", "stop typing")
	ada.refused("demo_only", "drawing", object{})
	bob.silent("chat message", "user joined", "new message", "typing", "stop typing", "drawing")

	ada.ok("join", "general") // what does not reach everybody is on
	bob.ok("join", "general")
	ada.ok("publish", object{"room": "general", "event": "message", "data": "hello"})
	bob.event("message")
}
