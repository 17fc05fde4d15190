package engineio_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// header returns a frame header followed by an empty mask and the payload.
func header(first byte, payload string) []byte {
	f := ws.Frame{Payload: []byte(payload), Header: ws.Header{
		Fin: first&0x80 != 0, Rsv: first >> 4 & 7, OpCode: ws.OpCode(first & 0xf), Masked: true, Length: int64(len(payload)),
	}}
	return ws.MustCompileFrame(f)
}

// fragments splits a text message into frames.
func fragments(parts ...string) (b []byte) {
	for i, part := range parts {
		first := byte(0x00)
		if i == 0 {
			first = 0x01
		}
		if i == len(parts)-1 {
			first |= 0x80
		}
		b = append(b, header(first, part)...)
	}
	return b
}

// TestWebSocketViolations holds the rules of RFC 6455 for what a client may
// send, and our limits: the connection is failed with the status that the RFC
// has for it.
func TestWebSocketViolations(t *testing.T) {
	const limit = 20_000
	for _, test := range []struct {
		name string
		sent []byte
		code ws.StatusCode
	}{
		{"unmasked", []byte{0x81, 0x02, '4', 'a'}, 1002},
		{"reserved bit 1", header(0xc1, "4a"), 1002},
		{"reserved bit 2", header(0xa1, "4a"), 1002},
		{"reserved bit 3", header(0x91, "4a"), 1002},
		{"reserved bit in a ping", header(0xc9, ""), 1002},
		{"reserved data opcode 3", header(0x83, "4a"), 1002},
		{"reserved data opcode 7", header(0x87, "4a"), 1002},
		{"reserved control opcode 11", header(0x8b, ""), 1002},
		{"reserved control opcode 15", header(0x8f, ""), 1002},
		{"fragmented ping", header(0x09, "a"), 1002},
		{"fragmented close", header(0x08, ""), 1002},
		{"oversized ping", header(0x89, strings.Repeat("x", 126)), 1002},
		{"oversized close", header(0x88, "\x03\xe8"+strings.Repeat("x", 124)), 1002},
		{"ping that announces a gigabyte", []byte{0x89, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0}, 1002},
		{"continuation of nothing", header(0x80, "a"), 1002},
		{"continuation after the end", append(fragments("4a", "b"), header(0x80, "c")...), 1002},
		{"message within a message", append(header(0x01, "4a"), header(0x81, "4b")...), 1002},

		{"text that is not UTF-8", header(0x81, "4\xff"), 1007},
		{"text cut in a character", header(0x81, "4\xe2\x98"), 1007},
		{"overlong text", header(0x81, "4\xc0\xaf"), 1007},
		{"surrogate in text", header(0x81, "4\xed\xa0\x80"), 1007},
		{"fragmented text that is not UTF-8", fragments("4a\xe2", "\x28\xa1"), 1007},
		{"large text that is not UTF-8", header(0x81, strings.Repeat("4", 19_000)+"\xff"), 1007},

		{"too large by its header", []byte{0x81, 0xfe, limit >> 8, limit&0xff + 1, 0, 0, 0, 0}, 1009},
		{"too large by a 64-bit header", []byte{0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1009},
		{"negative length", []byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 1009},
		{"fragments too large together", fragments("4"+strings.Repeat("x", limit/2), strings.Repeat("x", limit/2)), 1009},
		{"last fragment too large by its header", append(header(0x01, "4"), 0x80, 0xfe, limit>>8, limit&0xff, 0, 0, 0, 0), 1009},
		{"too many fragments", fragments(strings.Split("4"+strings.Repeat("x", 1024), "")...), 1008},
		{"too many empty fragments", fragments(append([]string{"4"}, make([]string, 1024)...)...), 1008},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, &engineio.Options{MaxPayload: limit})
				c, s := srv.websocket()
				s.send(text("queued"))
				c.send(text("before"))
				_, _ = c.conn.Write(slices.Concat(test.sent, header(0x81, "4behind it")))
				c.wants(text("queued"))
				c.wantsCloseFrame(test.code)
				_ = c.conn.Close() // some wait for what was announced
				s.wants(text("before"))
				s.wantsReason(engineio.ReasonTransportError)
				for len(s.messages) > 0 { // some violations come after a whole message
					if m := <-s.messages; m == text("behind it") {
						t.Errorf("%v was delivered after the violation", m)
					}
				}
				until(t, "no session is left", func() bool { return srv.Len() == 0 })
			})
		})
	}
}

// Who answers the close frame that follows a violation need not wait for its
// connection to end, whatever the violation left unread.
func TestViolationEndsWithTheAnswer(t *testing.T) {
	for name, sent := range map[string][]byte{
		"unmasked":           {0x81, 0x02, '4', 'a'},
		"not UTF-8":          header(0x81, "4\xff"),
		"too large":          header(0x82, strings.Repeat("x", 30_000)),
		"too many fragments": fragments(strings.Split("4"+strings.Repeat("x", 1024), "")...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := serve(t, formPipe, &engineio.Options{MaxPayload: 20_000})
				c, _ := srv.websocket()
				go func() { _, _ = c.conn.Write(sent) }()
				from := time.Now()
				c.next(ws.OpClose)
				c.frame(ws.NewCloseFrame(nil))
				c.wantsEnd()
				if d := time.Since(from); d != 0 {
					t.Errorf("ended after %v", d)
				}
			})
		})
	}
}

// TestWebSocketLimits holds what is just allowed.
func TestWebSocketLimits(t *testing.T) {
	const limit = 20_000
	x := strings.Repeat("x", limit-1)
	for _, test := range []struct {
		name string
		sent []byte
		want []message
	}{
		{"largest message", header(0x81, "4"+x), []message{text(x)}},
		{"largest binary message", header(0x82, "x"+x), []message{blob("x" + x)}},
		{"largest fragmented message", fragments("4", x[:100], x[100:]), []message{text(x)}},
		{"most fragments", fragments(strings.Split("4"+x[:1023], "")...), []message{text(x[:1023])}},
		{"the count begins again", bytes.Repeat(fragments("4a", "b"), 600), repeat(text("ab"), 600)},
		{"empty fragments", fragments("", "4a", "", "b", ""), []message{text("ab")}},
		{"character split over fragments", fragments("4\xe2", "\x98", "\x83"), []message{text("☃")}},
		{"binary that is not UTF-8", header(0x82, "\xff\xfe"), []message{blob("\xff\xfe")}},
		{"empty binary message", header(0x82, ""), []message{blob("")}},
		{"fragmented binary", append(header(0x02, "4a"), header(0x80, "b")...), []message{blob("4ab")}},
		{"base64 in a text frame", header(0x81, "bAQIDBA=="), []message{blob("\x01\x02\x03\x04")}},
		{"length not minimal", []byte{0x81, 0xfe, 0, 2, 0, 0, 0, 0, '4', 'a'}, []message{text("a")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				c, s := serve(t, f, &engineio.Options{MaxPayload: limit}).websocket()
				c.write(test.sent)
				c.send(text("end"))
				s.wants(test.want...)
				s.wants(text("end"))
				s.wantsOpen()
			})
		})
	}
}

func repeat(m message, n int) (all []message) {
	for range n {
		all = append(all, m)
	}
	return all
}

func TestPings(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		c, s := serve(t, f, nil).websocket()
		for _, payload := range []string{"", "x", strings.Repeat("x", 125)} {
			c.frame(ws.NewPingFrame([]byte(payload)))
			if got := c.next(ws.OpPong); got != payload {
				t.Errorf("pong %q, want %q", got, payload)
			}
		}
		c.frame(ws.NewPongFrame([]byte("unasked")))

		// Between the fragments of a message.
		c.write(header(0x01, "4a"))
		c.frame(ws.NewPingFrame([]byte("between")), ws.NewPongFrame(nil))
		if got := c.next(ws.OpPong); got != "between" {
			t.Errorf("pong %q", got)
		}
		s.wantsNothing()
		c.write(header(0x80, "b"))
		s.wants(text("ab"))
		s.wantsOpen()
	})
}

// A packet that is none ends the session, on a websocket with a close frame.
func TestMalformedPacketOnWebSocket(t *testing.T) {
	for _, test := range []struct {
		name, packet string
		reason       engineio.Reason
	}{
		{"empty", "", engineio.ReasonParseError},
		{"unknown type", "7", engineio.ReasonParseError},
		{"letters", "abc", engineio.ReasonParseError},
		{"bad base64", "b!!!!", engineio.ReasonParseError},
		{"ping", "2", engineio.ReasonTransportError},
		{"probe", "2probe", engineio.ReasonTransportError},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				c, s := serve(t, f, nil).websocket()
				c.text("4a", test.packet, "4b")
				c.wantsClose(0)
				s.wants(text("a"))
				s.wantsNothing()
				s.wantsReason(test.reason)
			})
		})
	}
}

// The status of a close frame is echoed if it is one that may be sent.
func TestCloseStatus(t *testing.T) {
	for name, test := range map[string]struct {
		payload string
		codes   []ws.StatusCode
		answer  ws.StatusCode // 0: the same
	}{
		"of the RFC":           {"", []ws.StatusCode{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011}, 0},
		"with a reason":        {"going away, ☃", []ws.StatusCode{1001}, 0},
		"with a long reason":   {strings.Repeat("x", 123), []ws.StatusCode{1000}, 0},
		"of applications":      {"", []ws.StatusCode{3000, 3999, 4000, 4999}, 0},
		"never sent":           {"", []ws.StatusCode{0, 999, 1004, 1005, 1006, 1015}, 1002},
		"undefined":            {"", []ws.StatusCode{1016, 1100, 2000, 2999}, 1002},
		"reason is not UTF-8":  {"\xff", []ws.StatusCode{1000}, 1002},
		"reason cut in a rune": {"\xe2\x98", []ws.StatusCode{4000}, 1002},
	} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				for _, code := range test.codes {
					c, s := srv.websocket()
					c.frame(closeFrame(code, test.payload))
					want := code
					if test.answer != 0 {
						want = test.answer
					}
					c.wantsClose(want)
					s.wantsReason(engineio.ReasonTransportClose)
				}
				c, s := srv.websocket()
				c.frame(ws.NewCloseFrame([]byte{3})) // half a status
				c.wantsClose(1002)
				s.wantsReason(engineio.ReasonTransportClose)
			})
		})
	}
}
