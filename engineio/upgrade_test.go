package engineio_test

import (
	"net/http"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

func TestUpgrade(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		waiting := p.getLater()
		until(t, "poll waits", s.Polls)

		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "6")
		p.get().wants(t, http.StatusOK, "6")

		// Until the upgrade packet everything goes by polling.
		p.send(text("to server"))
		s.wants(text("to server"))
		s.send(text("to client"))
		p.get().wants(t, http.StatusOK, "4to client")
		s.send(text("waits"), blob("too"))
		if got := s.Transport(); got != engineio.Polling {
			t.Errorf("Transport() = %q before the upgrade packet", got)
		}

		c.text("5")
		c.send(text("a"), blob("b"))
		s.wants(text("a"), blob("b"))
		c.wants(text("waits"), blob("too"))
		if got := s.Transport(); got != engineio.WebSocket {
			t.Errorf("Transport() = %q after it", got)
		}
		const badRequest = `{"code":3,"message":"Bad request"}`
		p.get().wants(t, http.StatusBadRequest, badRequest)
		p.post("4late").wants(t, http.StatusBadRequest, badRequest)
		s.send(text("end"))
		c.wants(text("end"))
		s.wantsNothing()
		if got := srv.Stats().Upgraded; got != 1 {
			t.Errorf("counted %d upgrades", got)
		}
		if srv.Len() != 1 {
			t.Errorf("%d sessions", srv.Len())
		}
	})
}

// A client may do without polling between the handshake and the upgrade.
func TestUpgradeWithoutPoll(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		s.send(text("a"))
		c := p.upgrade()
		c.wants(text("a"))
		c.send(text("b"))
		s.wants(text("b"))
	})
}

// Whatever else comes on the websocket of an upgrade ends that websocket, and
// nothing else: the session polls on, and may try again.
func TestProbeFails(t *testing.T) {
	for name, fail := range map[string]func(*wsClient){
		"message first":     func(c *wsClient) { c.text("4hello") },
		"bare ping":         func(c *wsClient) { c.text("2") },
		"other ping":        func(c *wsClient) { c.text("2other") },
		"pong":              func(c *wsClient) { c.text("3probe") },
		"empty packet":      func(c *wsClient) { c.text("") },
		"binary probe":      func(c *wsClient) { c.frame(ws.NewBinaryFrame([]byte("2probe"))) },
		"upgrade unprobed":  func(c *wsClient) { c.text("5") },
		"close frame":       func(c *wsClient) { c.frame(ws.NewCloseFrame(nil)) },
		"unmasked frame":    func(c *wsClient) { c.write([]byte{0x81, 0x01, '5'}) },
		"too large":         func(c *wsClient) { c.write([]byte{0x81, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) },
		"cut":               func(c *wsClient) { c.conn.Close() },
		"probed, then cut":  func(c *wsClient) { c.text("2probe"); c.wantsText("3probe"); c.conn.Close() },
		"probed, then text": func(c *wsClient) { c.text("2probe"); c.wantsText("3probe"); c.text("4early") },
	} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				p, s := serve(t, f, nil).poll()
				c := p.probe()
				until(t, "the upgrade begins", s.Probes)
				fail(c)
				c.wantsEnd()
				until(t, "the upgrade is given up", func() bool { return !s.Probes() })
				s.wantsOpen()
				s.wantsNothing()

				waiting := p.getLater()
				until(t, "poll waits", s.Polls)
				s.send(text("polled"))
				receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "4polled")

				c = p.upgrade()
				c.send(text("again"))
				s.wants(text("again"))
			})
		})
	}
}

// Control frames do not disturb a probe. They are not answered either: until
// the upgrade packet the websocket carries nothing but 3probe.
func TestControlFramesOnProbe(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		c := p.probe()
		c.frame(ws.NewPingFrame([]byte("x")), ws.NewPongFrame(nil))
		c.text("2probe")
		c.frame(ws.NewPingFrame([]byte("x")))
		c.text("2probe", "5")
		c.wantsText("3probe", "3probe")
		c.send(text("a"))
		s.wants(text("a"))
		s.send(text("b"))
		c.wants(text("b"))
	})
}

// A session has one upgrade at a time; a websocket beside it gets the
// handshake and a close frame.
func TestSecondProbe(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		p.probe().wantsClose(0)
		c.text("5")
		c.send(text("a"))
		s.wants(text("a"))
		p.probe().wantsClose(0)
		c.send(text("b"))
		s.wants(text("b"))
		s.wantsOpen()
	})
}

// A session that began on a websocket is not taken over by another.
func TestProbeOfWebSocketSession(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		c, s := srv.websocket()
		thief := srv.dialWS("EIO=4&transport=websocket&sid=" + s.ID())
		_, _ = thief.conn.Write(masked(textFrame("2probe"), textFrame("5")))
		thief.wantsClose(0)
		c.send(text("a"))
		s.wants(text("a"))
		s.send(text("b"))
		c.wants(text("b"))
	})
}

// A server that does not offer upgrades still takes them, as the official one.
func TestUpgradeThatWasNotOffered(t *testing.T) {
	t.Parallel()
	p, s := serve(t, formBare, &engineio.Options{NoUpgrades: true}).poll()
	c := p.upgrade()
	c.send(text("a"))
	s.wants(text("a"))
}

func TestSessionEndsDuringUpgrade(t *testing.T) {
	for name, end := range map[string]func(*poller, *session){
		"close":        func(_ *poller, s *session) { s.Close(engineio.ReasonForcedClose) },
		"abort":        func(_ *poller, s *session) { s.Abort(engineio.ReasonForcedClose) },
		"close packet": func(p *poller, _ *session) { p.post("1") },
		"bad payload":  func(p *poller, _ *session) { p.post("?") },
	} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				p, s := srv.poll()
				c := p.probe()
				c.text("2probe")
				c.wantsText("3probe")
				end(p, s)
				c.wantsEnd()
				receive(t, s.reasons, "end of the session")
				s.taken++
				p.get() // takes the close packet, if there is one
				until(t, "no session is left", func() bool { return srv.Len() == 0 })
			})
		})
	}
}

// A client that does not wait for its POST before it sends the upgrade packet:
// what the POST carries still comes before what the websocket does.
func TestUpgradeWaitsForPost(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil, setup{open: func(s *session, _ *http.Request) {
			s.on = func(m message) {
				if m == text("a") {
					s.Pause()
				}
				s.messages <- m
			}
		}}).poll()
		c := p.probe()
		c.text("2probe")
		c.wantsText("3probe")
		post := p.postLater("4a\x1e4b\x1e4c")
		s.wants(text("a"))
		c.text("5", "4d")
		until(t, "the upgrade waits for the POST", s.AwaitsPost)
		if got := s.Transport(); got != engineio.Polling {
			t.Errorf("Transport() = %q while a POST is delivered", got)
		}
		s.Resume()
		s.wants(text("b"), text("c"), text("d"))
		receive(t, post, "answer to the POST").wants(t, http.StatusOK, "ok")
		s.send(text("e"))
		c.wants(text("e"))
	})
}
