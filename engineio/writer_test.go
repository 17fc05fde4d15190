package engineio_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// randomMessages returns messages of all sizes, size bytes in all, that no two
// seeds have in common.
func randomMessages(seed uint64, size int) (all []message) {
	r := rand.New(rand.NewPCG(seed, 0))
	for n := 0; size > 0; n++ {
		length := r.IntN(1 << r.IntN(19)) // mostly small, 256 kB at most
		data := make([]byte, length)
		for i := range data {
			data[i] = 'a' + byte(r.Uint32N(26))
		}
		all = append(all, message{fmt.Sprintf("%d.%d.%s", seed, n, data), r.IntN(2) == 0})
		size -= length
	}
	return all
}

// A client that does not read makes writes stop anywhere: in a header, in a
// payload, between two frames. What was cut off goes ahead of everything that
// comes later, pongs included, and not a byte is lost.
func TestRefusedWrites(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, narrow(f), &engineio.Options{OutboxBytes: 64 << 20, OutboxPackets: 1 << 20})
		c, s := srv.websocket()
		for round := range uint64(3) {
			sent := randomMessages(round, 2<<20) // more than sockets hold
			if round > 0 {
				s.Cork() // so that one look at the outbox finds more than one write holds
			}
			s.send(sent...)
			if round > 0 {
				s.Uncork()
			}
			if f.name == formBare.name {
				until(t, "the session stalls", s.Stalled)
			}
			c.frame(ws.NewPingFrame([]byte("ping")))
			c.send(text("the ping has arrived"))
			s.wants(text("the ping has arrived"))
			s.send(text("last"))
			c.wants(sent...)
			if got := c.next(ws.OpPong); got != "ping" {
				t.Errorf("pong %q", got)
			}
			c.wants(text("last"))
			until(t, "nobody writes any more", func() bool { return !s.Writes() })
			s.send(text("in place again"))
			c.wants(text("in place again"))
		}
	})
}

// The deadline of a write that had to wait does not hang over later ones.
func TestWriteDeadlineIsCleared(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		const timeout = time.Second
		c, s := serve(t, narrow(f), &engineio.Options{WriteTimeout: timeout, OutboxBytes: 64 << 20}).websocket()
		sent := randomMessages(0, 4<<20)
		s.send(sent...)
		c.wants(sent...)
		until(t, "nobody writes any more", func() bool { return !s.Writes() })
		<-time.After(timeout + timeout/10)
		s.send(text("in place"))
		c.wants(text("in place"))
	})
}

// A message of any size arrives, also the one that is larger than the outbox.
func TestLargeMessage(t *testing.T) {
	eachTransport(t, func(t *testing.T, c client, s *session) {
		large := text(strings.Repeat("x", 4<<20+1))
		s.send(large)
		c.wants(large)
		s.send(text("small"))
		c.wants(text("small"))
	})
}

// Every sender's packets stay in its order, and the frames of one Send
// together, whoever else sends, however.
func TestConcurrentSenders(t *testing.T) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				c, s := open(serve(t, f, &engineio.Options{OutboxPackets: 1 << 20}))
				const senders, packets = 8, 100
				var sending sync.WaitGroup
				for sender := range senders {
					sending.Go(func() {
						for n := range packets {
							id := fmt.Sprintf("%d.%d", sender, n)
							if rand.N(2) == 0 {
								s.Cork()
								defer s.Uncork()
							}
							err := s.Send([]*engineio.Frame{
								engineio.TextFrame([]byte(id)),
								engineio.BinaryFrame([]byte(id)),
								engineio.BinaryFrame([]byte(id)),
							}, engineio.Delivery(rand.N(2))*engineio.Deferred)
							if err != nil {
								t.Errorf("Send: %v", err)
							}
						}
					})
				}
				var next [senders]int
				for range senders * packets {
					first := c.receive()
					var sender, n int
					if _, err := fmt.Sscanf(first.data, "%d.%d", &sender, &n); err != nil || first.binary {
						t.Fatalf("got %v, want the first frame of a packet", first)
					}
					if n != next[sender] {
						t.Fatalf("got packet %d of sender %d, want %d", n, sender, next[sender])
					}
					next[sender]++
					c.wants(blob(first.data), blob(first.data))
				}
				sending.Wait()
			})
		})
	}
}

// A broadcast: every session gets every packet, in order, written by its shard.
func TestDeferredToManySessions(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		sessions := 1000
		if testing.Short() || f.name != formBare.name {
			sessions = 100
		}
		srv := serve(t, f, nil)
		var readers sync.WaitGroup
		var all []*session
		const packets = 10
		for range sessions {
			c, s := srv.websocket()
			all = append(all, s)
			readers.Go(func() {
				for n := range packets {
					got, err := c.read()
					if want := fmt.Sprint("4", n); err != nil || string(got.Payload) != want {
						t.Errorf("got %q %v, want %q", got.Payload, err, want)
						return
					}
				}
			})
		}
		for n := range packets {
			packet := text(fmt.Sprint(n)).frames()
			for _, s := range all {
				if err := s.Send(packet, engineio.Deferred); err != nil {
					t.Errorf("Send: %v", err)
				}
			}
		}
		readers.Wait()
	})
}
