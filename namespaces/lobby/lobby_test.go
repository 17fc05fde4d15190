package lobby_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/namespaces"
	"github.com/parley-go/parley/namespaces/lobby"
)

var demo = &lobby.Options{Demo: true}

func TestIdentity(t *testing.T) {
	t.Parallel()
	fromHeader := &lobby.Options{Demo: true, User: func(s *namespaces.Socket) string {
		user, _ := namespaces.Data[string](s)
		return user
	}}
	setUser := func(_ context.Context, s *namespaces.Socket) error { return namespaces.SetData(s, "grace") }
	tests := []struct {
		name       string
		options    *lobby.Options
		middleware []namespaces.Middleware
		auth       any
		want       string // "" means the socket's id
	}{
		{"middleware first", fromHeader, []namespaces.Middleware{setUser}, object{"clientId": "ada"}, "grace"},
		{"middleware knows nobody", fromHeader, nil, object{"clientId": "ada"}, "ada"},
		{"demo believes the client", demo, nil, object{"clientId": "ada"}, "ada"},
		{"no demo, no belief", nil, nil, object{"clientId": "ada"}, ""},
		{"nothing said", demo, nil, nil, ""},
		{"empty", demo, nil, object{"clientId": ""}, ""},
		{"not a string", demo, nil, object{"clientId": 7}, ""},
		{"too long", demo, nil, object{"clientId": strings.Repeat("a", 129)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, start(t, tt.options, tt.middleware...), tt.auth)
			if tt.want == "" {
				tt.want = c.id
			}
			answer := c.ok("whoami")
			if answer["user"] != tt.want || answer["id"] != c.id {
				t.Errorf("whoami: %v, want user %q and id %q", answer, tt.want, c.id)
			}
		})
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada := connect(t, url, object{"clientId": "ada"})
	bob := connect(t, url, object{"clientId": "bob"})

	answer := ada.ok("join", object{"room": "general", "meta": object{"name": "Ada", "id": "forged"}})
	if answer["count"] != 1.0 || answer["room"] != "general" {
		t.Errorf("join: %v", answer)
	}
	ada.gets("presence_state", object{"room": "general", "members": one("ada", ada.id, "name", "Ada")})

	bob.ok("join", "general")
	ada.gets("presence_diff", object{"room": "general", "joins": one("bob", bob.id), "leaves": object{}})
	both := one("ada", ada.id, "name", "Ada")
	both["bob"] = one("bob", bob.id)["bob"]
	bob.gets("presence_state", object{"room": "general", "members": both})

	second := connect(t, url, object{"clientId": "bob"})
	second.ok("join", "general")
	metas := second.event("presence_state")[0].(object)["members"].(object)["bob"].(object)["metas"].([]any)
	if len(metas) != 2 {
		t.Errorf("bob has two devices, got %v", metas)
	}
	ada.event("presence_diff")

	t.Run("joining again changes the meta", func(t *testing.T) {
		bob.event("presence_diff")
		answer := bob.ok("join", object{"room": "general", "meta": object{"name": "Bob"}})
		if answer["count"] != 3.0 {
			t.Errorf("count: %v", answer["count"])
		}
		ada.gets("presence_diff", object{"room": "general",
			"joins": one("bob", bob.id, "name", "Bob"), "leaves": one("bob", bob.id)})
	})
	t.Run("presence", func(t *testing.T) {
		if answer := ada.ok("presence", "general"); answer["count"] != 3.0 || len(answer["members"].(object)) != 2 {
			t.Errorf("presence: %v", answer)
		}
		ada.refused("not_member", "presence", "elsewhere")
	})
	t.Run("leave", func(t *testing.T) {
		second.ok("leave", object{"room": "general"})
		ada.gets("presence_diff", object{"room": "general", "joins": object{}, "leaves": one("bob", second.id)})
		second.refused("not_member", "leave", "general")
		second.refused("not_member", "publish", object{"room": "general", "event": "message"})
	})
	t.Run("disconnect", func(t *testing.T) {
		bob.close()
		ada.gets("presence_diff", object{"room": "general", "joins": object{}, "leaves": one("bob", bob.id, "name", "Bob")})
	})
}

// Whoever applies what arrives in the order in which it arrives, the ack of
// join among it, knows who is there.
func TestPresenceOfMany(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	clients := make([]*client, 12)
	for i := range clients {
		clients[i] = connect(t, url, object{"clientId": fmt.Sprint("u", i)})
	}
	views, seen := make([]object, len(clients)), make([]int, len(clients))
	var joining sync.WaitGroup
	for i, c := range clients {
		joining.Go(func() {
			views[i] = c.ok("join", "general")["members"].(object)
			seen[i] = len(c.queue)
		})
	}
	joining.Wait()
	for i, c := range clients {
		want := c.ok("presence", "general")["members"].(object)
		for _, p := range c.queue[seen[i]:] {
			var diff struct{ Joins, Leaves object }
			if p.Event == "presence_diff" && p.Args[0].Decode(&diff) == nil {
				maps.Copy(views[i], diff.Joins)
			}
		}
		if diff := cmp.Diff(want, views[i]); diff != "" {
			t.Errorf("%d (-there +known):\n%s", i, diff)
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada := connect(t, url, object{"clientId": "ada"})
	bob := connect(t, url, object{"clientId": "bob"})
	tests := []struct {
		name, code string
		arg        any
	}{
		{"another socket's own room", "forbidden", ada.id},
		{"its own room", "forbidden", bob.id},
		{"a user's room", "forbidden", "user:ada"},
		{"a user's room to come", "forbidden", object{"room": "user:carol"}},
		{"a room of the server", "forbidden", "lobby:rooms"},
		{"no name", "invalid", ""},
		{"nothing", "invalid", object{}},
		{"a number", "invalid", 7},
		{"null", "invalid", nil},
		{"a long name", "invalid", strings.Repeat("r", 257)},
		{"history by position", "unavailable", object{"room": "general", "after": "1"}},
		{"history by number", "unavailable", object{"room": "general", "last": 10}},
		{"a meta that is no object", "invalid", object{"room": "general", "meta": "x"}},
		{"a large meta", "too_large", object{"room": "general", "meta": object{"x": strings.Repeat("y", 5000)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { bob.refused(tt.code, "join", tt.arg) })
	}
	if rooms := bob.ok("rooms")["rooms"].([]any); len(rooms) != 0 {
		t.Errorf("a refused join has left a room: %v", rooms)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada := connect(t, url, object{"clientId": "ada"})
	bob := connect(t, url, object{"clientId": "bob"})
	eve := connect(t, url, object{"clientId": "eve"})
	ada.ok("join", "general")
	bob.ok("join", "general")

	answer := ada.ok("publish", object{"room": "general", "event": "image", "data": object{"bytes": []byte{1, 2, 3}, "😀": "é"}})
	got := bob.event("image")
	data, about := got[0].(object), got[1].(object)
	if fmt.Sprint(data["bytes"]) != "[1 2 3]" || data["😀"] != "é" {
		t.Errorf("data: %v", data)
	}
	if about["id"] != answer["id"] || about["room"] != "general" || about["from"] != "ada" || about["ts"] == "" {
		t.Errorf("about: %v, ack %v", about, answer)
	}
	ada.silent("image")
	eve.silent("image")

	t.Run("echo", func(t *testing.T) {
		ada.ok("publish", object{"room": "general", "event": "message", "data": "hi", "echo": true})
		if got := ada.event("message"); got[0] != "hi" {
			t.Errorf("got %v", got)
		}
		bob.event("message")
	})
	t.Run("no data", func(t *testing.T) {
		ada.ok("publish", object{"room": "general", "event": "message"})
		if got := bob.event("message"); got[0] != nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("what is sent again takes effect once", func(t *testing.T) {
		message := object{"room": "general", "event": "message", "data": 1, "messageId": "m1"}
		first, again := ada.ok("publish", message), ada.ok("publish", message)
		if first["id"] != again["id"] {
			t.Errorf("ids %v and %v", first["id"], again["id"])
		}
		bob.event("message")
		bob.silent("message")
		bob.ok("publish", message) // another user's m1
		ada.event("message")
	})
	t.Run("refused", func(t *testing.T) {
		eve.refused("not_member", "publish", object{"room": "general", "event": "message"})
		eve.refused("invalid", "publish", object{"event": "message"})
		eve.refused("invalid", "publish", object{"room": "general"})
		for _, event := range []string{
			"presence_state", "presence_diff", "rooms", "typing", "private message", "replay", "chat message", "login",
			"new message", "user joined", "user left", "stop typing", "drawing",
			"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
		} {
			ada.refused("reserved_event", "publish", object{"room": "general", "event": event})
		}
	})
}

func TestPrivateMessage(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada := connect(t, url, object{"clientId": "ada"})
	phone := connect(t, url, object{"clientId": "ada"})
	bob := connect(t, url, object{"clientId": "bob"})
	eve := connect(t, url, object{"clientId": "eve"})

	answer := bob.ok("private message", object{"to": "ada", "content": object{"text": "psst"}})
	for _, c := range []*client{ada, phone} {
		got := c.event("private message")[0].(object)
		if got["id"] != answer["id"] || got["from"] != "bob" || got["to"] != "ada" || got["content"].(object)["text"] != "psst" {
			t.Errorf("got %v", got)
		}
	}
	ada.ok("private message", object{"to": "bob", "content": "yes?"})
	bob.event("private message")
	if got := phone.event("private message")[0].(object); got["content"] != "yes?" {
		t.Errorf("the sender's other device got %v", got)
	}
	ada.silent("private message")
	eve.silent("private message")
	eve.refused("unavailable", "private message", object{"to": "nobody", "content": "mail"})
	eve.refused("invalid", "private message", object{"content": "mail"})
}

func TestTyping(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	ada := connect(t, url, object{"clientId": "ada"})
	bob := connect(t, url, object{"clientId": "bob"})
	ada.ok("join", "general")
	bob.refused("not_member", "typing", object{"room": "general", "on": true})
	bob.ok("join", "general")
	bob.ok("typing", object{"room": "general", "on": true})
	ada.gets("typing", object{"room": "general", "user": "bob", "on": true})
	bob.silent("typing")
}

func TestRooms(t *testing.T) {
	t.Parallel()
	url := start(t, demo)
	watcher := connect(t, url, nil)
	if rooms := watcher.ok("rooms", object{"watch": true})["rooms"].([]any); len(rooms) != 0 {
		t.Errorf("rooms at first: %v", rooms)
	}
	ada, bob := connect(t, url, nil), connect(t, url, nil)
	ada.ok("join", "b")
	ada.ok("join", "a")
	bob.ok("join", "b")
	bob.ok("join", "c")
	watcher.gets("rooms", object{"rooms": []object{{"room": "b", "count": 2}, {"room": "a", "count": 1}, {"room": "c", "count": 1}}})
	bob.close()
	watcher.gets("rooms", object{"rooms": []object{{"room": "a", "count": 1}, {"room": "b", "count": 1}}})
}

func TestHistoryIsUnavailable(t *testing.T) {
	t.Parallel()
	c := connect(t, start(t, demo), object{"serverOffset": 0})
	got := c.event("replay")[0].(object)
	if got["ok"] != false || got["error"].(object)["code"] != "unavailable" {
		t.Errorf("replay: %v", got)
	}
	c.refused("unavailable", "history", object{"room": "general"})
}
