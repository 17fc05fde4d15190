package namespaces_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/parley-go/parley/namespaces"
)

func TestUnknownNamespace(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Of("/chat")
	c := s.session()
	for _, name := range []string{"/nope", "/chat?a=1", "/Chat"} {
		c.send("0" + name + ",")
		c.expect("4" + name + `,{"message":"Invalid namespace"}`)
	}
	c.connect("/") // the session lives
	for range 16 {
		c.send("0/nope,")
		c.expect(`4/nope,{"message":"Invalid namespace"}`)
	}
	c.send("0/nope,")
	c.expectClosed()
	if got := s.Stats(); got.NamespaceRefused != 20 || got.ProtocolErrors != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestTooManyNamespaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startPipe(t, nil, nil)
		c := s.session()
		for i := range 17 {
			s.Of(fmt.Sprint("/n", i))
		}
		release := make(chan struct{})
		s.Of("/n0").OnDisconnect(func(ctx, *socket, namespaces.Reason) { <-release })
		for i := range 16 {
			c.connect(fmt.Sprint("/n", i))
		}
		const refusal = `4/n16,{"message":"Too many namespaces"}`
		c.send("0/n16,")
		c.expect(refusal)

		// Leaving one makes room when its last handler has returned: whoever
		// comes and goes cannot pile up handlers.
		c.send("1/n0,")
		synctest.Wait()
		c.send("0/n16,")
		c.expect(refusal)
		close(release)
		synctest.Wait()
		c.connect("/n16")
	})
}

// TestProtocolViolations: each of these ends the session.
func TestProtocolViolations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		connected bool
		packets   []string
	}{
		{"second CONNECT", true, []string{"0"}},
		{"second CONNECT before the reply", false, []string{"0/slow,", "0/slow,"}},
		{"EVENT before CONNECT", false, []string{`2["x"]`}},
		{"EVENT before the reply", false, []string{"0/slow,", `2/slow,["x"]`}},
		{"ACK before the reply", false, []string{"0/slow,", `3/slow,1[]`}},
		{"DISCONNECT before the reply", false, []string{"0/slow,", "1/slow,"}},
		{"EVENT for another namespace", true, []string{`2/chat,["x"]`}},
		{"ACK for another namespace", true, []string{`3/chat,1[]`}},
		{"DISCONNECT of another namespace", true, []string{"1/chat,"}},
		{"EVENT after DISCONNECT", true, []string{"1", `2["x"]`}},
		{"CONNECT_ERROR", true, []string{`4{"message":"x"}`}},
		{"CONNECT_ERROR before CONNECT", false, []string{`4{"message":"x"}`}},
		{"reserved event", true, []string{`2["disconnect"]`}},
		{"unknown type", true, []string{"9"}},
		{"bad JSON", true, []string{`2["x"`}},
		{"auth that is no object", false, []string{`0["x"]`}},
		{"text between attachments", true, []string{`51-["x",{"_placeholder":true,"num":0}]`, `2["x"]`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			s.Of("/chat")
			s.Of("/slow").Use(func(ctx ctx, _ *socket) error {
				<-ctx.Done()
				return ctx.Err()
			})
			gone := make(chan namespaces.Reason, 1)
			s.Of("/").OnDisconnect(func(_ ctx, _ *socket, r namespaces.Reason) { gone <- r })
			c := s.session()
			if test.connected {
				c.connect("/")
			}
			c.send(test.packets...)
			c.expectClosed()
			if got := s.Stats().ProtocolErrors; got != 1 {
				t.Errorf("%d violations counted, want 1", got)
			}
			if test.connected && test.packets[0] != "1" {
				if got := await(t, gone); got != namespaces.ReasonForcedClose {
					t.Errorf("reason %q, want %q", got, namespaces.ReasonForcedClose)
				}
			}
		})
	}
}

func TestUnexpectedBinary(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c, _ := s.join("/")
	c.sendBinary([]byte{1})
	c.expectClosed()
}
