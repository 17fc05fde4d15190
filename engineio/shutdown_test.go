package engineio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

const shuttingDown = `{"code":3,"message":"Server shutting down"}`

// shutdown begins a Shutdown.
func (srv *server) shutdown(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() { done <- srv.Shutdown(ctx) }()
	return done
}

// Clients take what was queued, by poll or websocket, then Shutdown returns.
func TestShutdown(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, polling := srv.poll()
		c, websocket := srv.websocket()
		waits, waiting := srv.poll()
		poll := waits.getLater()
		until(t, "poll waits", waiting.Polls)
		large := text(strings.Repeat("x", 1_000_000))
		polling.send(text("a"))
		websocket.send(large)

		done := srv.shutdown(t.Context())
		for _, s := range []*session{polling, websocket, waiting} {
			s.wantsReason(engineio.ReasonServerShuttingDown)
		}
		for range 2 { // while it waits for clients no session is opened
			r := srv.do(t.Context(), request{query: "EIO=4&transport=polling"})
			r.wants(t, http.StatusServiceUnavailable, shuttingDown)
			wantsHeader(t, r, "Retry-After", "1")
			_, resp := srv.shake(upgradeRequest(newWebSocket))
			if resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("websocket: status %d, want 503", resp.StatusCode)
			}
		}
		receive(t, poll, "answer to the poll").wants(t, http.StatusOK, "1")
		c.wants(large)
		c.wantsClose(0)
		select {
		case err := <-done:
			t.Fatalf("Shutdown returned %v before the last client came", err)
		default:
		}
		p.get().wants(t, http.StatusOK, "4a\x1e1")
		if err := receive(t, done, "end of Shutdown"); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if srv.Len() != 0 {
			t.Errorf("%d sessions are left", srv.Len())
		}
	})
}

func TestShutdownOfUnusedServer(t *testing.T) {
	t.Parallel()
	srv := serve(t, formBare, nil)
	for range 2 {
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	}
	srv.do(t.Context(), request{query: "EIO=4&transport=polling"}).wants(t, http.StatusServiceUnavailable, shuttingDown)
	if opened := srv.Stats().Opened; opened != 0 {
		t.Errorf("%d sessions were opened", opened)
	}
}

// When the time is up, clients that have not taken what waits are cut off.
func TestShutdownCutsOff(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, narrow(f), &engineio.Options{OutboxBytes: 64 << 20})
		p, polling := srv.poll()
		c, stalled := srv.websocket()
		probed, upgrading := srv.poll()
		probe := probed.probe()
		until(t, "the upgrade begins", upgrading.Probes)
		polling.send(text("unfetched"))
		for range 8 {
			stalled.send(text(strings.Repeat("x", 1<<20)))
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := srv.shutdown(ctx)
		for _, s := range []*session{polling, stalled, upgrading} {
			s.wantsReason(engineio.ReasonServerShuttingDown)
		}
		cancel()
		if err := receive(t, done, "end of Shutdown"); !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown: %v, want the context's error", err)
		}
		if srv.Len() != 0 {
			t.Errorf("%d sessions are left", srv.Len())
		}
		p.gone()
		probe.wantsEnd()
		var err error
		for f := (ws.Frame{}); err == nil; f, err = c.read() {
			if f.Header.OpCode == ws.OpClose {
				t.Error("the client got a close frame although it did not read")
			}
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown again: %v", err)
		}
	})
}

func TestShutdownByMany(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		var clients []*wsClient
		for range 20 {
			c, _ := srv.websocket()
			clients = append(clients, c)
		}
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				if err := srv.Shutdown(t.Context()); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
				if srv.Len() != 0 {
					t.Error("Shutdown returned before the end")
				}
			})
		}
		for _, c := range clients {
			c.wantsClose(0)
		}
		running.Wait()
	})
}

// Shutdown races with everything that begins or ends a session. It returns,
// and whoever got in was told.
func TestShutdownInTraffic(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		for range 20 {
			srv := serve(t, f, nil)
			var traffic sync.WaitGroup
			for range 4 {
				traffic.Go(func() {
					for {
						r := srv.do(context.Background(), request{query: "EIO=4&transport=polling"})
						if r.status != http.StatusOK || r.body == "1" { // refused, or cut off at once
							return
						}
						open, _, _ := strings.Cut(r.body, "\x1e")
						p := &poller{srv: srv, t: t, sid: parseOpen(t, open).SID}
						p.post("4a")
						p.post("1")
					}
				})
				traffic.Go(func() {
					for {
						conn, err := srv.dial(context.Background())
						if err != nil {
							return
						}
						_, _ = conn.Write([]byte(upgradeRequest(newWebSocket) + string(masked(textFrame("4a"), ws.NewCloseFrame(nil)))))
						buf := make([]byte, 1<<10)
						n, _ := conn.Read(buf)
						_ = conn.Close()
						if !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 101") {
							return
						}
					}
				})
			}
			srv.accept()
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = srv.Shutdown(ctx)
			cancel()
			traffic.Wait()
			if srv.Len() != 0 {
				t.Errorf("%d sessions are left", srv.Len())
			}
		}
	})
}

// Closing is spread over ShutdownSpread, so that clients do not come back all
// at once.
func TestShutdownSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{ShutdownSpread: 10 * time.Second})
		var clients []*wsClient
		for range 10 {
			c, _ := srv.websocket()
			clients = append(clients, c)
		}
		var reading sync.WaitGroup
		for _, c := range clients {
			reading.Go(func() { c.wantsClose(0) })
		}
		done := srv.shutdown(t.Context())
		for left := 9; left >= 0; left-- {
			synctest.Wait()
			if srv.Len() != left {
				t.Errorf("%d sessions after %d s, want %d", srv.Len(), 9-left, left)
			}
			time.Sleep(time.Second)
		}
		reading.Wait()
		if err := receive(t, done, "end of Shutdown"); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// The end of the context ends the spreading too.
func TestShutdownSpreadIsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, &engineio.Options{ShutdownSpread: time.Hour})
		for range 10 {
			srv.websocket()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		from := time.Now()
		if err := srv.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v, want the context's error", err)
		}
		if d := time.Since(from); d != 10*time.Second {
			t.Errorf("returned after %v, want 10s", d)
		}
	})
}

// Shutdown does not return while Handler.Closed runs, whoever called it and
// even if its time is up: what the handler uses may be closed next.
func TestShutdownWaitsForHandlers(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, end := range map[string]func(*engineio.Session, *wsClient){
		"ping timeout": func(*engineio.Session, *wsClient) { time.Sleep(time.Minute) },
		"close": func(s *engineio.Session, c *wsClient) {
			go s.Close(engineio.ReasonForcedClose)
			c.packet()
			c.wantsClose(0)
		},
		"abort": func(s *engineio.Session, _ *wsClient) { go s.Abort(engineio.ReasonForcedClose) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hold := make(chan struct{})
				sessions := make(chan *engineio.Session, 1)
				srv := engineio.NewServer(func(s *engineio.Session, _ *http.Request) engineio.Handler {
					sessions <- s
					return holder{hold}
				}, nil)
				n := newPipes()
				hs := &http.Server{Handler: srv}
				go func() { _ = hs.Serve(n) }()
				defer hs.Close()
				client := &server{Server: srv, t: t, dial: n.dial}
				c := client.dialWS(newWebSocket)
				end(<-sessions, c)
				synctest.Wait()
				if srv.Len() != 0 {
					t.Fatal("the session has not ended")
				}
				patient, hurried := client.shutdown(context.Background()), client.shutdown(cancelled)
				synctest.Wait()
				if len(patient) != 0 || len(hurried) != 0 {
					t.Error("Shutdown returned while Handler.Closed ran")
				}
				close(hold)
				if err := receive(t, patient, "end of Shutdown"); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
				<-hurried
			})
		})
	}
}

// holder is a Handler whose Closed waits.
type holder struct{ until <-chan struct{} }

func (holder) Message([]byte, bool)     {}
func (h holder) Closed(engineio.Reason) { <-h.until }

// A client that polled once and never again does not hold up Shutdown.
func TestShutdownWithoutAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := serve(t, formPipe, nil)
		_, s := srv.poll()
		from := time.Now()
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		s.wantsReason(engineio.ReasonServerShuttingDown)
		if d := time.Since(from); d != 5*time.Second {
			t.Errorf("it took %v, want 5s", d)
		}
	})
}

// An upgrade that waits for a slow POST does not hold up Shutdown either, nor
// does it outlast its own timeout.
func TestShutdownDuringHeldUpgrade(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint("timed out ", late), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := serve(t, formPipe, nil)
				p, s := srv.poll()
				post, err := srv.dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer post.Close()
				fmt.Fprintf(post, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4", p.query())
				synctest.Wait()
				c := p.probe()
				c.text("2probe")
				c.wantsText("3probe")
				c.text("5")
				synctest.Wait()
				if !s.AwaitsPost() {
					t.Fatal("the upgrade does not wait for the POST")
				}
				if late {
					time.Sleep(10 * time.Second)
					synctest.Wait()
					if s.AwaitsPost() || s.Probes() {
						t.Error("the upgrade has outlasted its timeout")
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				from := time.Now()
				if err := srv.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Shutdown: %v", err)
				}
				if d := time.Since(from); d != time.Second {
					t.Errorf("it took %v, want 1s", d)
				}
			})
		})
	}
}
