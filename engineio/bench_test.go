package engineio_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// benchForms are the forms of connection that figures are given for.
var benchForms = []form{formBare, formAny}

// On an idle session in the bare form Send allocates nothing, whether it writes
// in place or leaves that to the shard.
func TestSendAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget under the race detector")
	}
	srv := serve(t, formBare, nil)
	c, s := srv.websocket()
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(onlyWriter{}, c.conn) })
	defer func() {
		s.Abort(engineio.ReasonForcedClose)
		reading.Wait()
	}()
	one := text(strings.Repeat("x", 100)).frames()
	withAttachments := []*engineio.Frame{one[0], engineio.BinaryFrame(make([]byte, 100)), engineio.BinaryFrame(make([]byte, 10_000))}
	for _, test := range []struct {
		name string
		send func()
	}{
		{"one frame", func() { _ = s.Send(one, 0) }},
		{"volatile", func() { _ = s.Send(one, engineio.Volatile) }},
		{"with attachments", func() { _ = s.Send(withAttachments, 0) }},
		{"corked", func() {
			s.Cork()
			_ = s.Send(one, 0)
			_ = s.Send(one, 0)
			s.Uncork()
		}},
		{"deferred", func() { _ = s.Send(one, engineio.Deferred) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n := testing.AllocsPerRun(200, func() {
				test.send()
				for s.Writes() || s.Queued() > 0 { // until the session is idle again
					runtime.Gosched()
				}
			}); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}

// onlyWriter takes everything. Unlike io.Discard it does not allocate to read.
type onlyWriter struct{}

func (onlyWriter) Write(p []byte) (int, error) { return len(p), nil }

// Encoding allocates the frame and its bytes, however many it goes to.
func TestEncodingAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	head, body := []byte("2"), []byte(strings.Repeat("x", 100))
	if n := testing.AllocsPerRun(100, func() { engineio.TextFrame(head, body) }); n > 2 {
		t.Errorf("TextFrame: %v allocations, want 2", n)
	}
	f := engineio.BinaryFrame(body)
	f.Element()
	if n := testing.AllocsPerRun(100, func() { f.Element(); f.Wire() }); n != 0 {
		t.Errorf("views of an encoded frame: %v allocations, want none", n)
	}
}

// BenchmarkEcho is one message there and back, on an otherwise idle server.
func BenchmarkEcho(b *testing.B) {
	for _, f := range benchForms {
		b.Run(f.name, func(b *testing.B) {
			srv := serve(b, f, nil, echo())
			c, _ := srv.websocket()
			request := masked(textFrame("4" + strings.Repeat("x", 100)))
			answer := make([]byte, len(request)-4)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.conn.Write(request); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.in, answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPollingEcho is a POST and the GET that fetches what it caused.
func BenchmarkPollingEcho(b *testing.B) {
	srv := serve(b, formBare, nil, echo())
	p, _ := srv.poll()
	m := text(strings.Repeat("x", 100))
	b.ReportAllocs()
	for b.Loop() {
		p.send(m)
		p.wants(m)
	}
}

// echo has sessions send back what they receive.
func echo() setup {
	return setup{open: func(s *session, _ *http.Request) {
		s.on = func(m message) { _ = s.Send(m.frames(), 0) }
	}}
}

// BenchmarkBroadcast is one packet to 1,000 sessions, until the last has it.
func BenchmarkBroadcast(b *testing.B) {
	const sessions = 1000
	for _, f := range benchForms {
		b.Run(f.name, func(b *testing.B) {
			srv := serve(b, f, nil)
			m := text(strings.Repeat("x", 100))
			packet := m.frames()
			wire := len(packet[0].Wire())
			var all []*session
			var reading, round sync.WaitGroup
			for range sessions {
				c, s := srv.websocket()
				all = append(all, s)
				reading.Go(func() {
					buf := make([]byte, wire)
					for {
						if _, err := io.ReadFull(c.in, buf); err != nil || ws.OpCode(buf[0]&0xf) != ws.OpText {
							return
						}
						round.Done()
					}
				})
			}
			b.ReportAllocs()
			for b.Loop() {
				round.Add(sessions)
				for _, s := range all {
					_ = s.Send(packet, engineio.Deferred)
				}
				round.Wait()
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/delivery")
			for _, s := range all {
				s.Abort(engineio.ReasonForcedClose)
			}
			reading.Wait()
		})
	}
}

// BenchmarkEncode is a packet encoded for any number of recipients.
func BenchmarkEncode(b *testing.B) {
	data := []byte(strings.Repeat("x", 100))
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			engineio.TextFrame(data)
		}
	})
	b.Run("binary for polling", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			engineio.BinaryFrame(data).Element()
		}
	})
}
