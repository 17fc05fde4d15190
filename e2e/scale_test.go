package e2e_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// TestThousandClients puts 1,000 websocket clients into one room: everybody gets every message in order, and when they have
// left, so has all that they took.
func TestThousandClients(t *testing.T) {
	endToEnd(t)
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	s := startParley(t)
	members := 1000
	if raceEnabled {
		members = 250 // everybody is told of everybody: that is a sixteenth of the work
	}
	var most int64 // memory in the first round
	before := s.usage(t)
	for round := range 2 {
		c, err := gather(s.addr, members)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.enter("square"); err != nil {
			t.Fatal(err)
		}
		full := s.usage(t)
		for _, window := range []int{1, 16, 64} {
			sent, err := c.publish("square", window, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("round %d: %d publishes with %d under way", round, sent, window)
		}
		if got, want := c.received.Load(), int64(c.next)*int64(members); got != want || c.disorder.Load() != 0 {
			t.Errorf("%d deliveries, %d of them out of order; want %d and 0", got, c.disorder.Load(), want)
		}
		c.leave()
		after := s.settle(t, before)
		t.Logf("before %v, with all %v, after %v", before, full, after)
		if after.files > before.files+2 {
			t.Errorf("%d descriptors were open, now %d", before.files, after.files)
		}
		switch {
		case raceEnabled: // its shadow memory grows
		case round == 0:
			most = max(full.rss, after.rss)
		case after.rss > most+16<<20: // what a heap has taken it gives back slowly, but it must not take more
			t.Errorf("memory grows: %d MB in the first round, %d MB now", most>>20, after.rss>>20)
		}
		if after.threads > before.threads+10 {
			t.Errorf("%d threads, now %d", before.threads, after.threads)
		}
	}
}

// settle waits until the server has noticed that everybody has left.
func (s *server) settle(t testing.TB, before usage) usage {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(15 * time.Second)
	for {
		now := s.usage(t)
		if now.files <= before.files+2 {
			return now
		}
		select {
		case <-late:
			return now
		case <-tick.C:
		}
	}
}

// TestNothingStays looks from within: after hundreds of websocket clients, clients that poll and upgrades that never came to
// their end, a server has as many goroutines as before, no session and no memory that grew with them.
func TestNothingStays(t *testing.T) {
	endToEnd(t)
	p := startProgram(t, bare)
	measure := func() (goroutines int, heap uint64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	crowd := func() {
		c, err := gather(p.addr, 300)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.enter("square"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.publish("square", 16, 500*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		c.leave()
	}
	visitors := func(t *testing.T) {
		for i := range 100 {
			c := joinPoller(t, p.url)
			if i%2 == 0 {
				continue // closed by the end of this test, as all are
			}
			up, err := dialSocket(p.addr, "EIO=4&transport=websocket&sid="+c.sid, nil)
			if err != nil {
				t.Fatal(err)
			}
			up.send("2probe")
			if _, _, err := up.read(receiveLimit); err != nil {
				t.Fatal(err)
			}
			up.close()
		}
	}
	crowd() // what is made once is made now
	t.Run("first visitors", visitors)
	empty := func() error {
		if n := p.sockets.Len(); n != 0 {
			return fmt.Errorf("%d sessions are left", n)
		}
		return nil
	}
	if err := eventually(empty); err != nil {
		t.Fatal(err)
	}
	goroutines, heap := measure()
	for range 2 {
		crowd()
		t.Run("visitors", visitors)
	}
	if err := eventually(empty); err != nil {
		t.Error(err)
	}
	err := eventually(func() error {
		if n, _ := measure(); n > goroutines+5 {
			return fmt.Errorf("%d goroutines were there, now %d", goroutines, n)
		}
		return nil
	})
	if err != nil {
		stacks := make([]byte, 1<<20)
		t.Errorf("%v\n%.20000s", err, stacks[:runtime.Stack(stacks, true)])
	}
	if _, now := measure(); now > heap+2<<20 {
		t.Errorf("%d kB were in use, now %d kB", heap>>10, now>>10)
	}
}

// eventually tries until there is no error, or it is late.
func eventually(try func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-late:
			return err
		case <-tick.C:
		}
	}
}
