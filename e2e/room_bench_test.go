package e2e_test

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestRoomBench compares the processor time that our program and the official server spend on delivering a message to one of
// 1,000 clients in a room. Both are driven by the same clients on the same machine, in turns, so the ratio is meaningful; times
// in themselves are those of this machine.
//
// PARLEY_BENCH_ROOM=1 runs it. PARLEY_BENCH_CLIENTS, PARLEY_BENCH_ROUNDS, PARLEY_BENCH_SECONDS (of each measurement) and
// PARLEY_BENCH_IDLE (sessions of the memory measurement) change its size.
func TestRoomBench(t *testing.T) {
	if os.Getenv("PARLEY_BENCH_ROOM") != "1" {
		t.Skip("PARLEY_BENCH_ROOM=1 runs the room benchmark")
	}
	require(t, packages)
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if raceEnabled {
		t.Fatal("the race detector and a benchmark do not go together")
	}
	clients := number(t, "PARLEY_BENCH_CLIENTS", 1000)
	rounds := number(t, "PARLEY_BENCH_ROUNDS", 3)
	seconds := number(t, "PARLEY_BENCH_SECONDS", 3)
	idles := number(t, "PARLEY_BENCH_IDLE", 4000)
	windows := []int{1, 2, 16}

	type key struct {
		server string
		window int // 0: bytes of an idle connection
	}
	results := map[key][]float64{}
	rates := map[key][]float64{}
	sizes := map[key][]float64{} // bytes of a delivery
	var lost, disorder int64
	servers := []struct {
		name  string
		start func(t testing.TB, args ...string) *server
	}{{"official", startOfficial}, {"parley", startParley}}
	if _, err := parleyBinary(); err != nil {
		t.Fatal(err)
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Printf("load of the machine before: %s", load)
	}
	for round := range rounds {
		for _, peer := range servers {
			s := peer.start(t)
			c, err := gather(s.addr, clients)
			if err != nil {
				t.Fatalf("%s: %v", peer.name, err)
			}
			if err := c.enter("bench"); err != nil {
				t.Fatalf("%s: %v", peer.name, err)
			}
			for _, w := range append([]int{4}, windows...) { // the first one warms up
				before := s.cpu(t)
				began := time.Now()
				sent, err := c.publish("bench", w, time.Duration(seconds)*time.Second)
				if err != nil {
					t.Fatalf("%s: %v", peer.name, err)
				}
				if w == 4 {
					continue
				}
				deliveries := float64(sent) * float64(clients)
				k := key{peer.name, w}
				results[k] = append(results[k], float64((s.cpu(t)-before).Microseconds())/deliveries)
				rates[k] = append(rates[k], deliveries/time.Since(began).Seconds()/1000)
			}
			lost += int64(c.next)*int64(clients) - c.received.Load()
			disorder += c.disorder.Load()
			k := key{peer.name, 0}
			sizes[k] = append(sizes[k], float64(c.bytes.Load())/float64(c.received.Load()))
			c.leave()
			s.kill() // a thousand farewells to a thousand members are not what is measured

			s = peer.start(t)
			before := s.usage(t)
			done, err := idle(s.addr, idles)
			if err != nil {
				t.Fatalf("%s: %v", peer.name, err)
			}
			time.Sleep(2 * time.Second) // idle is what is measured
			results[k] = append(results[k], float64(s.usage(t).rss-before.rss)/float64(idles))
			done()
			s.kill()
			fmt.Printf("round %d of %d: %s done\n", round+1, rounds, peer.name)
		}
	}

	fmt.Printf("\n%d clients in a room, %d-byte payload, websocket, %d rounds of %d s; median [least-most]\n\n",
		clients, payloadBytes, rounds, seconds)
	fmt.Printf("%-34s %26s %26s %8s\n", "", "official", "parley", "ratio")
	for _, w := range windows {
		o, p := key{"official", w}, key{"parley", w}
		fmt.Printf("%-34s %26s %26s %8.2f\n", fmt.Sprintf("window %2d: server CPU µs a delivery", w),
			spread(results[o], "%.2f"), spread(results[p], "%.2f"), median(results[p])/median(results[o]))
		fmt.Printf("%-34s %26s %26s %8.2f\n", "           thousand deliveries/s",
			spread(rates[o], "%.0f"), spread(rates[p], "%.0f"), median(rates[p])/median(rates[o]))
	}
	o, p := key{"official", 0}, key{"parley", 0}
	fmt.Printf("%-34s %26s %26s %8.2f\n", "bytes of a delivery", spread(sizes[o], "%.0f"), spread(sizes[p], "%.0f"), median(sizes[p])/median(sizes[o]))
	fmt.Printf("%-34s %26s %26s %8.2f\n", fmt.Sprintf("RSS bytes of 1 of %d idle clients", idles),
		spread(results[o], "%.0f"), spread(results[p], "%.0f"), median(results[p])/median(results[o]))
	fmt.Printf("\nlost %d, out of order %d\n", lost, disorder)
	if lost != 0 || disorder != 0 {
		t.Error("messages were lost or out of order")
	}
}

func number(t *testing.T, name string, def int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(def)))
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number above zero", name, os.Getenv(name))
	}
	return n
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

func spread(values []float64, format string) string {
	return fmt.Sprintf(format+" ["+format+"-"+format+"]", median(values), slices.Min(values), slices.Max(values))
}
