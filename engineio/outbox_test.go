package engineio_test

import (
	"strconv"
	"testing"

	"github.com/parley-go/parley/engineio"
)

// An outbox that is never empty must not grow with what has passed through it:
// a client that is always a little behind is not a leak.
func TestOutboxOfSteadyClientStaysSmall(t *testing.T) {
	t.Parallel()
	for _, waiting := range []int{1, 3, 100} {
		t.Run(strconv.Itoa(waiting), func(t *testing.T) {
			t.Parallel()
			var o engineio.Outbox
			next := 0
			push := func() {
				o.Push(engineio.TextFrame([]byte(strconv.Itoa(next))))
				next++
			}
			for range waiting {
				push()
			}
			for want := range 20_000 {
				push()
				if got := string(o.Take().Element()); got != "4"+strconv.Itoa(want) {
					t.Fatalf("took %q, want %d", got, want)
				}
			}
			if most := 8 * (waiting + 1); o.Cap() > most {
				t.Errorf("room for %d frames while %d wait, want at most %d", o.Cap(), waiting, most)
			}
		})
	}
}

// After a burst an idle session gives the memory back.
func TestOutboxShrinks(t *testing.T) {
	t.Parallel()
	var o engineio.Outbox
	f := engineio.TextFrame([]byte("x"))
	for range 4096 {
		o.Push(f)
	}
	for range 4096 {
		o.Take()
	}
	if o.Cap() > 8 {
		t.Errorf("an empty outbox keeps room for %d frames", o.Cap())
	}
}
