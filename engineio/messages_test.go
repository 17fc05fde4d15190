package engineio_test

import (
	"fmt"
	"strings"
	"testing"
)

// transports opens a session on each transport, by name.
var transports = map[string]func(*server) (client, *session){
	"polling":   func(srv *server) (client, *session) { c, s := srv.poll(); return c, s },
	"websocket": func(srv *server) (client, *session) { c, s := srv.websocket(); return c, s },
}

// eachTransport runs test for both transports over both forms.
func eachTransport(t *testing.T, test func(t *testing.T, c client, s *session)) {
	eachForm(t, func(t *testing.T, f form) {
		for name, open := range transports {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c, s := open(serve(t, f, nil))
				if got := s.Transport(); got != name {
					t.Errorf("Transport() = %q", got)
				}
				test(t, c, s)
			})
		}
	})
}

// conversation is a sequence of messages of all kinds and of the sizes at which
// something changes: a frame's header, the reader's buffer, the joining of
// writes, the batch of a writer.
func conversation() (all []message) {
	for _, size := range []int{0, 1, 124, 125, 126, 4095, 4096, 4097, 16383, 16384, 16385, 65534, 65535, 65536, 200_000} {
		data := strings.Repeat("x", size)
		all = append(all, text(data), blob(data), text(fmt.Sprint("after ", size)))
	}
	return append(all, text("é ☃ 😀"), blob("\x00\xff\x1e"), text(`["event",{"n":1}]`))
}

func TestMessagesFromClientInOrder(t *testing.T) {
	eachTransport(t, func(t *testing.T, c client, s *session) {
		for _, m := range conversation() {
			c.send(m)
		}
		s.wants(conversation()...)
		s.wantsNothing()
	})
}

func TestMessagesToClientInOrder(t *testing.T) {
	eachTransport(t, func(t *testing.T, c client, s *session) {
		go s.send(conversation()...)
		c.wants(conversation()...)
	})
}
