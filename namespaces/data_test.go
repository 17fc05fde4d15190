package namespaces_test

import (
	"testing"

	"github.com/parley-go/parley/namespaces"
)

func TestData(t *testing.T) {
	t.Parallel()
	type user struct {
		Name   string
		Admin  bool
		secret string
		Tags   map[string]int
	}
	s := start(t, nil)
	n := s.Of("/")
	n.Use(func(_ ctx, s *socket) error {
		if _, ok := namespaces.Data[user](s); ok {
			t.Error("a new socket has data")
		}
		return namespaces.SetData(s, &user{Name: "ada", secret: "x", Tags: map[string]int{"a": 1}})
	})
	sockets := capture(n)
	c, _ := s.join("/")
	sock := await(t, sockets)

	got, ok := namespaces.Data[user](sock)
	if !ok || got.Name != "ada" || got.secret != "" || got.Tags["a"] != 1 {
		t.Errorf("data %+v (%v)", got, ok)
	}
	got.Tags["a"] = 2 // a copy
	if again, _ := namespaces.Data[user](sock); again.Tags["a"] != 1 {
		t.Error("the data shares memory with what Data returned")
	}
	if _, ok := namespaces.Data[int](sock); ok {
		t.Error("a struct is an int")
	}
	if m, ok := namespaces.Data[map[string]any](sock); !ok || m["Name"] != "ada" {
		t.Errorf("data as a map: %v (%v)", m, ok)
	}
	if err := namespaces.SetData(sock, func() {}); err == nil {
		t.Error("a func was encoded")
	}
	if err := namespaces.SetData(sock, 7); err != nil {
		t.Error(err)
	}
	c.conn.Close()
	<-sock.Context().Done()
	if v, ok := namespaces.Data[int](sock); !ok || v != 7 {
		t.Errorf("data after the disconnect: %v (%v)", v, ok)
	}
}
