package engineio_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// TestUpgradeLosesNothing has both sides send without pause while the client
// upgrades, and compares what arrived with what was sent.
//
// The patient client ends its polling before it sends the upgrade packet, as
// the official one does. The impatient one sends it at once: what its poll and
// its POST carried then comes before what the websocket does.
func TestUpgradeLosesNothing(t *testing.T) {
	for name, patient := range map[string]bool{"patient": true, "impatient": false} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				const rounds = 25
				for range rounds {
					upgradeInFlow(t, srv, patient)
				}
				if got := srv.Stats().Upgraded; got != rounds {
					t.Errorf("%d of %d upgraded", got, rounds)
				}
			})
		})
	}
}

func upgradeInFlow(t *testing.T, srv *server, patient bool) {
	p, s := srv.poll()
	var halt atomic.Bool // ends polling and posting
	var flow, requests sync.WaitGroup

	const after = 50 // messages each way once the websocket is there
	var sent, posted atomic.Int64
	var enough atomic.Bool
	credit := make(chan struct{}, 64) // messages that the client has not got yet
	flow.Go(func() {                  // the server's messages
		for !enough.Load() {
			how := engineio.Delivery(rand.N(2)) * engineio.Deferred
			m := text(strconv.FormatInt(sent.Load(), 10))
			credit <- struct{}{}
			if err := s.Send(m.frames(), how); err != nil {
				t.Errorf("Send: %v", err)
				return
			}
			sent.Add(1)
		}
		s.send(text("end"))
	})

	got := func(to *[]string, packets ...string) {
		for _, packet := range packets {
			if packet != "6" && packet != "4end" {
				<-credit
			}
			*to = append(*to, packet)
		}
	}
	var polled []string
	requests.Go(func() { // the client's polls
		for !halt.Load() {
			r := p.get()
			if r.status == http.StatusBadRequest && !patient {
				return // the upgrade was faster
			}
			if r.err != nil || r.status != http.StatusOK {
				t.Errorf("poll: %d %q %v", r.status, r.body, r.err)
				return
			}
			got(&polled, strings.Split(r.body, "\x1e")...)
		}
	})
	begin, flows := rand.N[int64](5), make(chan struct{})
	requests.Go(func() { // the client's POSTs
		for !halt.Load() {
			if posted.Load() == begin {
				close(flows)
			}
			r := p.post("4" + strconv.FormatInt(posted.Load(), 10))
			if r.status == http.StatusBadRequest && !patient {
				return // it has to go by the websocket
			}
			if r.err != nil || r.body != "ok" {
				t.Errorf("POST: %d %q %v", r.status, r.body, r.err)
				return
			}
			posted.Add(1)
		}
	})

	<-flows
	c := p.probe()
	c.text("2probe")
	c.wantsText("3probe")
	if patient {
		halt.Store(true)
		requests.Wait()
		c.text("5")
	} else {
		c.text("5")
		halt.Store(true)
		requests.Wait()
	}
	for range after {
		c.text("4" + strconv.FormatInt(posted.Add(1)-1, 10))
	}
	enough.Store(true)
	var pushed []string
	for len(pushed) == 0 || pushed[len(pushed)-1] != "4end" {
		got(&pushed, c.packet())
	}
	flow.Wait()

	inOrder(t, "to the client", append(polled, pushed...), sent.Load())
	var arrived []string
	for range posted.Load() {
		arrived = append(arrived, "4"+receive(t, s.messages, "message").data)
	}
	inOrder(t, "to the server", append(arrived, "4end"), posted.Load())
	s.wantsNothing()
	c.frame(ws.NewCloseFrame(nil))
	s.wantsReason(engineio.ReasonTransportClose)
}

// inOrder fails the test unless packets are the messages 0 to n-1 and "end",
// whatever noops are between them.
func inOrder(t *testing.T, direction string, packets []string, n int64) {
	t.Helper()
	next := int64(0)
	for _, p := range packets {
		want := "4" + strconv.FormatInt(next, 10)
		if next == n {
			want = "4end"
		}
		switch p {
		case "6":
		case want:
			next++
		default:
			t.Fatalf("%s: got %q, want %q of %d", direction, p, want, n)
		}
	}
	if next != n+1 {
		t.Fatalf("%s: %d messages of %d arrived", direction, next, n)
	}
}
