package namespaces_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-go/parley/namespaces"
)

// TestContext: whatever package context makes of a socket's context ends with
// the socket, and knows why.
func TestContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	for _, early := range []bool{true, false} { // made before or after the disconnect
		s := start(t, nil)
		sockets := capture(s.Of("/"))
		c, _ := s.join("/")
		sock := await(t, sockets)
		ctx := sock.Context()
		if ctx.Err() != nil || context.Cause(ctx) != nil && early {
			t.Errorf("a connected socket's context has ended: %v", ctx.Err())
		}
		if _, ok := ctx.Deadline(); ok || ctx.Value(key{}) != nil && early {
			t.Error("the context has a deadline, or values")
		}
		children := func() map[string]context.Context {
			value := context.WithValue(ctx, key{}, 1)
			cancel, stop := context.WithCancel(value)
			timeout, stopTimeout := context.WithTimeout(ctx, time.Hour)
			t.Cleanup(func() { stop(); stopTimeout() })
			return map[string]context.Context{"itself": ctx, "value": value, "cancel": cancel, "timeout": timeout}
		}
		var contexts map[string]context.Context
		after := make(chan struct{})
		if early {
			contexts = children()
			context.AfterFunc(ctx, func() { close(after) })
		}
		c.send("1")
		if early {
			await(t, ctx.Done())
			await(t, after)
		} else {
			for sock.Emit("x") == nil {
			}
			contexts = children()
		}
		for name, child := range contexts {
			await(t, child.Done())
			if child.Err() != context.Canceled || context.Cause(child) != namespaces.ReasonClientDisconnect {
				t.Errorf("early %v, %s: %v because of %v", early, name, child.Err(), context.Cause(child))
			}
		}
		if got := namespaces.ReasonClientDisconnect.Error(); got != "client namespace disconnect" {
			t.Errorf("reason as an error: %q", got)
		}
	}
}

// TestContextOfRefused: it ends for a socket that middleware did not let in, too.
func TestContextOfRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ended := make(chan error, 1)
	s.Of("/").Use(func(_ context.Context, s *namespaces.Socket) error {
		ctx := s.Context()
		context.AfterFunc(ctx, func() { ended <- context.Cause(ctx) })
		return &namespaces.Error{Message: "no"}
	})
	c := s.session()
	c.send("0")
	if got := await(t, ended); got != namespaces.ReasonServerDisconnect {
		t.Errorf("ended because of %v", got)
	}
}
