package engineio_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-go/parley/engineio"
)

func TestPollHeaders(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		s.send(text("é"))
		r := p.get()
		r.wants(t, http.StatusOK, "4é")
		wantsHeader(t, r, "Content-Type", "text/plain; charset=UTF-8")
		wantsHeader(t, r, "Content-Length", "3")
		wantsHeader(t, r, "Cache-Control", "no-store")

		r = p.post("4hello")
		r.wants(t, http.StatusOK, "ok")
		wantsHeader(t, r, "Content-Type", "text/html")
		wantsHeader(t, r, "Content-Length", "2")
		wantsHeader(t, r, "X-Content-Type-Options", "nosniff")
	})
}

func TestSeveralPacketsInOnePayload(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		p.post("4a\x1ebAQIDBA==\x1e4\x1e4b").wants(t, http.StatusOK, "ok")
		s.wants(text("a"), blob("\x01\x02\x03\x04"), text(""), text("b"))
		s.send(text("a"), blob("\x01\x02\x03\x04"), text(""), text("b"))
		p.get().wants(t, http.StatusOK, "4a\x1ebAQIDBA==\x1e4\x1e4b")
	})
}

// A GET waits for something to say and takes all there is.
func TestPollWaits(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		for _, m := range []message{text("a"), blob("b"), text("c")} {
			waiting := p.getLater()
			until(t, "poll waits", s.Polls)
			s.send(m)
			receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, payload(m))
		}
	})
}

// A response holds maxPayload bytes at most, but one packet in any case.
func TestPollIsLimited(t *testing.T) {
	t.Parallel()
	p, s := serve(t, formBare, &engineio.Options{MaxPayload: 11}).poll()
	s.send(text("1234"), text("5678"), text("9"), text("more than eleven"), text("end"))
	for _, want := range []string{"41234", "45678\x1e49", "4more than eleven", "4end"} {
		p.get().wants(t, http.StatusOK, want)
	}
}

// What a poll has taken does not count against what may wait for the next.
func TestOutboxIsEmptyAfterPoll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options engineio.Options
		message message
	}{
		"packets": {engineio.Options{OutboxPackets: 4}, text("x")},
		"bytes":   {engineio.Options{OutboxBytes: 4 * 103}, text(strings.Repeat("x", 100))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, s := serve(t, formBare, &test.options).poll()
			four := []message{test.message, test.message, test.message, test.message}
			for range 3 {
				until(t, "poll has returned", func() bool { return !s.Writes() })
				s.send(four...)
				p.wants(four...)
			}
			s.wantsOpen()
		})
	}
}

func TestTwoPollsAtOnce(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil).poll()
		first := p.getLater()
		until(t, "poll waits", s.Polls)
		p.get().wants(t, http.StatusBadRequest, "")
		receive(t, first, "answer to the first poll").wants(t, http.StatusOK, "1")
		s.wantsReason(engineio.ReasonTransportError)
		p.gone()
	})
}

func TestTwoPostsAtOnce(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		p, s := serve(t, f, nil, setup{open: func(s *session, _ *http.Request) {
			s.on = func(m message) { // holds the first POST
				s.messages <- m
				s.Pause()
			}
		}}).poll()
		first := p.postLater("4a\x1e4b")
		s.wants(text("a"))
		p.post("4c").wants(t, http.StatusBadRequest, "")
		receive(t, first, "answer to the first POST").wants(t, http.StatusOK, "ok")
		s.wantsReason(engineio.ReasonTransportError)
		s.wantsNothing()
		p.gone()
	})
}

// A POST over the limit is refused by what it announces or, if it announces
// nothing, by what comes; the session survives.
func TestPostOverLimit(t *testing.T) {
	const limit = 1000
	unannounced := func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }
	announced := func(s string) io.Reader { return strings.NewReader(s) }
	for name, body := range map[string]func(string) io.Reader{"announced": announced, "chunked": unannounced} {
		t.Run(name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, &engineio.Options{MaxPayload: limit})
				p, s := srv.poll()
				poll := p.getLater()
				until(t, "poll waits", s.Polls)
				post := func(size int) reply {
					return srv.do(t.Context(), request{method: "POST", query: p.query(), body: body("4" + strings.Repeat("x", size-1))})
				}
				post(limit).wants(t, http.StatusOK, "ok")
				s.wants(text(strings.Repeat("x", limit-1)))
				post(limit+1).wants(t, http.StatusRequestEntityTooLarge, "")
				post(100*limit).wants(t, http.StatusRequestEntityTooLarge, "")
				s.wantsNothing()
				p.post("4still").wants(t, http.StatusOK, "ok")
				s.wants(text("still"))
				s.send(text("there"))
				receive(t, poll, "answer to the poll").wants(t, http.StatusOK, "4there")
			})
		})
	}
}

// A POST without end is answered and cut off, not swallowed.
func TestPostWithoutEnd(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		conn, err := srv.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", p.query())
		chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
		const most = 64 << 20 // with what the sockets hold
		sent := 0
		for sent < most && err == nil {
			var n int
			n, err = io.WriteString(conn, chunk)
			sent += n
		}
		if err == nil {
			t.Fatalf("the server took %d MB", sent>>20)
		}
		s.wantsOpen()
	})
}

func TestPostOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, header, value string
		status              int
		ends                bool
	}{
		{"octet-stream", "Content-Type", "application/octet-stream", http.StatusBadRequest, true},
		{"octet-stream with a parameter", "Content-Type", "Application/Octet-Stream; x=y", http.StatusBadRequest, true},
		{"gzip", "Content-Encoding", "gzip", http.StatusUnsupportedMediaType, false},
		{"deflate", "Content-Encoding", "deflate", http.StatusUnsupportedMediaType, false},
		{"text", "Content-Type", "text/plain;charset=UTF-8", http.StatusOK, false},
		{"form", "Content-Type", "application/x-www-form-urlencoded", http.StatusOK, false},
		{"broken", "Content-Type", "///", http.StatusOK, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, formBare, nil)
			p, s := srv.poll()
			body := ""
			if test.status == http.StatusOK {
				body = "ok"
			}
			srv.do(t.Context(), request{
				method: "POST", query: p.query(), header: map[string]string{test.header: test.value}, body: strings.NewReader("4a"),
			}).wants(t, test.status, body)
			if test.ends {
				s.wantsReason(engineio.ReasonTransportError)
				p.gone()
				return
			}
			s.wantsOpen()
			p.post("4b").wants(t, http.StatusOK, "ok")
		})
	}
}

// A payload is delivered up to the first packet that is none. The POST itself
// is taken; the session is gone.
func TestMalformedPayload(t *testing.T) {
	for _, test := range []struct {
		name, payload string
		delivered     []message
		reason        engineio.Reason
	}{
		{"empty", "", nil, engineio.ReasonParseError},
		{"letters", "abc", nil, engineio.ReasonParseError},
		{"unknown type", "7", nil, engineio.ReasonParseError},
		{"type beyond the digits", ":", nil, engineio.ReasonParseError},
		{"empty packet first", "\x1e4a", nil, engineio.ReasonParseError},
		{"empty packet in the middle", "4a\x1e\x1e4b", []message{text("a")}, engineio.ReasonParseError},
		{"empty packet at the end", "4a\x1e4b\x1e", []message{text("a"), text("b")}, engineio.ReasonParseError},
		{"bad base64", "4a\x1eb!!!!\x1e4b", []message{text("a")}, engineio.ReasonParseError},
		{"base64 cut off", "4a\x1ebAQI\x1e4b", []message{text("a")}, engineio.ReasonParseError},
		{"payload of revision 3", "2:4a", nil, engineio.ReasonTransportError},
		{"ping from the client", "4a\x1e2\x1e4b", []message{text("a")}, engineio.ReasonTransportError},
		{"probe in a POST", "2probe", nil, engineio.ReasonTransportError},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				srv := serve(t, f, nil)
				p, s := srv.poll()
				p.post(test.payload).wants(t, http.StatusOK, "ok")
				s.wants(test.delivered...)
				s.wantsNothing()
				s.wantsReason(test.reason)
				p.gone()

				p, s = srv.poll()
				waiting := p.getLater()
				until(t, "poll waits", s.Polls)
				p.post(test.payload).wants(t, http.StatusOK, "ok")
				receive(t, waiting, "answer to the poll").wants(t, http.StatusOK, "1")
				p.gone()
			})
		})
	}
}

// Packets that make no sense from a client, but do no harm, are ignored.
func TestIgnoredPackets(t *testing.T) {
	eachTransport(t, func(t *testing.T, c client, s *session) {
		for _, packet := range []string{"0", "5", "6", "6noop", "3", "3probe"} {
			switch c := c.(type) {
			case *poller:
				c.post(packet).wants(t, http.StatusOK, "ok")
			case *wsClient:
				c.text(packet)
			}
		}
		c.send(text("end"))
		s.wants(text("end"))
		s.wantsOpen()
	})
}

// Text that is not UTF-8 gets the replacement character, as a browser would
// have it.
func TestPostOfBadUTF8(t *testing.T) {
	t.Parallel()
	p, s := serve(t, formBare, nil).poll()
	p.post("4a\xffb").wants(t, http.StatusOK, "ok")
	s.wants(text("a\uFFFDb"))
}

func TestPollCancelled(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan reply, 1)
		go func() { done <- srv.do(ctx, request{query: p.query()}) }()
		until(t, "poll waits", s.Polls)
		cancel()
		receive(t, done, "end of the poll")
		s.wantsReason(engineio.ReasonTransportError)
		p.gone()
	})
}

func TestPostCutOff(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		srv := serve(t, f, nil)
		p, s := srv.poll()
		conn, err := srv.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4a\x1e4b", p.query())
		until(t, "POST is under way", s.Posts)
		conn.Close()
		s.wantsReason(engineio.ReasonTransportError)
		s.wantsNothing()
		p.gone()
	})
}
