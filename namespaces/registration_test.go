package namespaces_test

import (
	"strings"
	"testing"

	"github.com/parley-go/parley/namespaces"
)

func TestRegistrationEndsWithTheFirstConnection(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	n := s.Of("/chat")
	doors := map[string]func(){
		"Use":             func() { n.Use(func(ctx, *socket) error { return nil }) },
		"OnConnect":       func() { n.OnConnect(func(ctx, *socket) error { return nil }) },
		"OnDisconnecting": func() { n.OnDisconnecting(func(ctx, *socket, namespaces.Reason) {}) },
		"OnDisconnect":    func() { n.OnDisconnect(func(ctx, *socket, namespaces.Reason) {}) },
		"HandleAny":       func() { n.HandleAny(func(ctx, *socket, *event) error { return nil }) },
		"Handle":          func() { n.Handle("handle", func(ctx, *socket, *event) error { return nil }) },
		"On":              func() { namespaces.On(n, "on", func(ctx, *socket, string) error { return nil }) },
		"OnCall":          func() { namespaces.OnCall(n, "call", func(ctx, *socket, string) (int, error) { return 0, nil }) },
	}
	for name, register := range doors {
		if v := panics(register); v != nil {
			t.Errorf("%s before the first connection panics: %v", name, v)
		}
	}
	if panics(doors["Handle"]) == nil {
		t.Error("a second handler for an event should panic")
	}
	s.join("/") // another namespace's connections do not count
	n.OnConnect(func(ctx, *socket) error { return nil })

	s.join("/chat")
	for name, register := range doors {
		if panics(register) == nil {
			t.Errorf("%s after the first connection should panic", name)
		}
	}
	if s.Of("chat") != n || len(s.Namespaces()) != 2 {
		t.Error("Of makes another namespace of the same name")
	}
	for _, name := range []string{"a,b", strings.Repeat("x", 256)} {
		if panics(func() { s.Of(name) }) == nil {
			t.Errorf("Of(%.10q) should panic", name)
		}
	}
}

func panics(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}
