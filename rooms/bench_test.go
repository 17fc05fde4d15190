package rooms_test

import (
	"fmt"
	"testing"

	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

type sink struct {
	id string
	n  int
}

func (s *sink) ID() string                                { return s.id }
func (s *sink) Deliver(*socketio.Encoded, rooms.Delivery) { s.n++ }

// crowd returns a directory with a room of n, half of whom are in another.
func crowd(tb testing.TB, n int) *rooms.Directory {
	d := rooms.NewDirectory(nil)
	for i := range n {
		names := []string{"room", "half"}
		if err := d.Add(&sink{id: fmt.Sprint("m", i)}, names[:1+i%2]...); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

// walks are the targets that one event of a program asks for most.
var walks = []struct {
	name   string
	target rooms.Target
	copies bool // it takes a list from a pool
}{
	{"room", rooms.Target{}.To("room"), false},
	{"room but the sender", rooms.Target{}.To("room").Except("m7"), false},
	{"everybody", rooms.Target{}, false},
	{"one member", rooms.Target{}.To("m7"), false},
	{"two rooms", rooms.Target{}.To("room", "half"), true},
	{"room but half", rooms.Target{}.To("room").Except("half"), true},
}

func TestWalksAllocateNothing(t *testing.T) {
	d := crowd(t, 1000)
	for _, w := range walks {
		if w.copies {
			continue // a pool may be emptied at any time
		}
		if n := testing.AllocsPerRun(100, func() { d.Broadcast(w.target, packet, false) }); n > 0 {
			t.Errorf("%s: %v allocations", w.name, n)
		}
	}
}

func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 10_000} {
		d := crowd(b, n)
		for _, w := range walks {
			b.Run(fmt.Sprintf("%s/members=%d", w.name, n), func(b *testing.B) {
				b.ReportAllocs()
				delivered := 0
				for b.Loop() {
					delivered += d.Broadcast(w.target, packet, false)
				}
				if delivered > 0 {
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(delivered), "ns/delivery")
				}
			})
		}
	}
}

// BenchmarkChurn is a connection that joins a room of n and leaves, each time
// after a broadcast to it: the worst case of copying on write.
func BenchmarkChurn(b *testing.B) {
	for _, n := range []int{10, 1000} {
		for _, walk := range []bool{false, true} {
			b.Run(fmt.Sprintf("members=%d/broadcast=%v", n, walk), func(b *testing.B) {
				d := crowd(b, n)
				m := &sink{id: "churn"}
				target := rooms.Target{}.To("room")
				b.ReportAllocs()
				for b.Loop() {
					d.Add(m, "room")
					if walk {
						d.Broadcast(target, packet, false)
					}
					d.Remove(m)
				}
			})
		}
	}
}
