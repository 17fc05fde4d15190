package engineio_test

import (
	"errors"
	"net/http"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// The server's side.

func (m *model) send(how engineio.Delivery) {
	msg := m.message()
	err := m.s.Send(msg.frames(), how)
	if !m.open {
		if !errors.Is(err, engineio.ErrClosed) {
			m.fail("Send = %v, want ErrClosed", err)
		}
		return
	}
	if err != nil {
		m.fail("Send = %v", err)
	}
	if how&engineio.Volatile != 0 && m.socket == nil && m.waiting == nil {
		return // dropped
	}
	m.queue(payload(msg))
}

func (m *model) close() {
	was := m.open
	m.s.Close(engineio.ReasonForcedClose)
	switch {
	case !was:
	case m.socket != nil:
		m.open, m.reason = false, engineio.ReasonForcedClose
		m.check()
		m.goodbye()
		m.ends(engineio.ReasonForcedClose, "")
	case m.waiting != nil:
		m.ends(engineio.ReasonForcedClose, "1")
	default:
		queued := m.toClient
		m.ends(engineio.ReasonForcedClose, "")
		m.closing, m.since, m.toClient = true, time.Now(), queued
	}
}

// goodbye takes the server's close frame.
func (m *model) goodbye() {
	synctest.Wait()
	select {
	case f := <-m.socket.frames:
		if f.Header.OpCode != ws.OpClose {
			m.fail("got %q, want a close frame", f.Payload)
		}
	default:
		m.fail("no close frame")
	}
}

func (m *model) abort() {
	m.s.Abort(engineio.ReasonForcedServerClose)
	m.ends(engineio.ReasonForcedServerClose, "1")
}

// The client's side: polling.

const (
	unknownSID = `{"code":1,"message":"Session ID unknown"}`
	badRequest = `{"code":3,"message":"Bad request"}`
)

func (m *model) poll() {
	if m.waiting != nil {
		return
	}
	m.waiting = m.p.getLater()
	synctest.Wait()
	switch {
	case m.known() && m.socket != nil:
		m.refused(badRequest)
	case !m.known():
		m.refused(unknownSID)
	case m.closing && len(m.toClient) == 0:
		m.answered("6\x1e1")
		m.closing = false
	case m.closing:
		m.answered(m.take() + "\x1e1")
		m.closing = false
	case len(m.toClient) > 0:
		m.answered(m.take())
	case m.probed:
		m.answered("6")
	}
}

// pollAgain has two polls at the same time.
func (m *model) pollAgain() {
	m.poll()
	if m.waiting != nil {
		m.is(m.p.get(), http.StatusBadRequest, "")
		m.ends(engineio.ReasonTransportError, "1")
	}
}

func (m *model) refused(body string) {
	m.is(<-m.waiting, http.StatusBadRequest, body)
	m.waiting = nil
}

// known reports whether a request finds the session. On a websocket that was
// closed it does until the client has answered the close frame.
func (m *model) known() bool { return m.open || m.closing || m.socket != nil && !m.socket.over() }

func (m *model) posts(body string) bool {
	r := m.p.post(body)
	switch {
	case m.known() && m.socket != nil:
		m.is(r, http.StatusBadRequest, badRequest)
	case !m.open:
		m.is(r, http.StatusBadRequest, unknownSID)
	default:
		m.is(r, http.StatusOK, "ok")
		return true
	}
	return false
}

func (m *model) post() {
	a, b := m.message(), m.message()
	if m.posts(payload(a, b)) {
		m.toServer = append(m.toServer, a, b)
	}
}

func (m *model) postClose() {
	if m.posts("1") {
		m.ends(engineio.ReasonTransportClose, "6")
	}
}

func (m *model) postGarbage() {
	a := m.message()
	if m.posts(payload(a) + "\x1e?") {
		m.toServer = append(m.toServer, a)
		m.ends(engineio.ReasonParseError, "1")
	}
}

// The client's side: upgrading.

func (m *model) openProbe() {
	if !m.known() {
		_, resp := m.srv.shake(upgradeRequest(newWebSocket + "&sid=" + m.p.sid))
		if resp.StatusCode != http.StatusBadRequest {
			m.fail("status %d, want 400", resp.StatusCode)
		}
		return
	}
	l := m.listen(m.p.probe())
	synctest.Wait()
	if m.open && m.socket == nil && m.probe == nil {
		m.probe, m.since = l, time.Now()
		return
	}
	select {
	case f := <-l.frames:
		if f.Header.OpCode != ws.OpClose || !l.over() {
			m.fail("got %q, want a close frame and the end", f.Payload)
		}
	default:
		m.fail("the websocket stays open")
	}
}

func (m *model) ping() {
	if m.probe == nil {
		return
	}
	m.probe.text("2probe")
	synctest.Wait()
	if f := <-m.probe.frames; string(f.Payload) != "3probe" {
		m.fail("got %q, want 3probe", f.Payload)
	}
	m.probed = true
	if m.waiting != nil {
		m.answered("6")
	}
}

func (m *model) upgrade() {
	if m.probe == nil {
		return
	}
	m.probe.text("5")
	if !m.probed {
		m.dropProbe()
		return
	}
	m.socket, m.probe, m.probed = m.probe, nil, false
}

func (m *model) cutProbe() {
	if m.probe == nil {
		return
	}
	_ = m.probe.conn.Close()
	m.dropProbe()
}

// The client's side: the websocket.

// live returns the websocket if there is one.
func (m *model) live() *listener {
	if m.socket == nil || m.socket.over() {
		return nil
	}
	return m.socket
}

func (m *model) write() {
	l := m.live()
	if l == nil {
		return
	}
	msg := m.message()
	l.send(msg)
	if m.open {
		m.toServer = append(m.toServer, msg)
	}
}

func (m *model) closeFrame() {
	l := m.live()
	if l == nil {
		return
	}
	l.frame(ws.NewCloseFrame(nil))
	if m.open {
		m.goodbye()
		m.ends(engineio.ReasonTransportClose, "")
	}
	synctest.Wait()
	if !l.over() {
		m.fail("the websocket stays open")
	}
}

func (m *model) cut() {
	l := m.live()
	if l == nil {
		return
	}
	_ = l.conn.Close()
	m.ends(engineio.ReasonTransportClose, "")
}

// Time.

func (m *model) someTime() {
	time.Sleep(11 * time.Second)
	m.passed()
}

// passed notes what has run out: an upgrade, the wait for the last poll, the
// wait for the answer to a close frame.
func (m *model) passed() {
	if m.probe != nil && time.Since(m.since) >= 10*time.Second {
		m.dropProbe()
	}
	if m.closing && time.Since(m.since) >= 30*time.Second {
		m.closing, m.toClient = false, nil
	}
	synctest.Wait()
	if m.socket != nil && !m.open && !m.socket.over() {
		m.fail("the closed websocket stays open")
	}
}

// pingTimeout lets a ping and the time for its pong pass.
func (m *model) pingTimeout() {
	m.check()
	time.Sleep(time.Hour)
	if m.open {
		m.queue("2")
	}
	m.check()
	time.Sleep(time.Hour)
	m.passed()
	if m.open {
		m.ends(engineio.ReasonPingTimeout, "1")
	}
}
