package engineio_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parley-go/parley/engineio"
)

// FuzzPayload posts a payload to a polling session: it is delivered up to the
// first bad packet, the session ends with that, and it takes no more memory
// than it is worth.
func FuzzPayload(f *testing.F) {
	for _, payload := range []string{
		"4hello", "4", "4a\x1ebAQIDBA==\x1e4b", "3", "1", "2", "2probe", "5", "6", "0{}", "", "\x1e", "4a\x1e", "b", "b!", "bAQI",
		"bAQ=\r\n", "4\xff\xfe", "4a\x1e1\x1e4b", "7", "4é☃😀",
	} {
		f.Add([]byte(payload))
	}
	srv := newFuzzServer(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		s := srv.open(t)
		w := srv.request(http.MethodPost, s, payload)
		if w.Code != http.StatusOK || w.Body.String() != "ok" {
			t.Fatalf("POST: %d %q", w.Code, w.Body)
		}
		want, open := decodePayload(payload)
		if !slices.Equal(s.all, want) {
			t.Errorf("delivered %v, want %v", s.all, want)
		}
		if s.Closed() == open {
			t.Errorf("Closed() = %v", s.Closed())
		}
		s.Abort(engineio.ReasonForcedClose)

		s = srv.open(t)
		s.deaf = true
		wantsBounded(t, len(payload), func() { srv.request(http.MethodPost, s, payload) })
		s.Abort(engineio.ReasonForcedClose)
	})
}

// FuzzPacket gives a session a single packet, as a websocket does with each of
// its text messages.
func FuzzPacket(f *testing.F) {
	for _, packet := range []string{"4hello", "4", "bAQIDBA==", "b", "b=", "3", "3probe", "1", "2", "0", "5", "6", "7", "", "é"} {
		f.Add([]byte(packet))
	}
	srv := newFuzzServer(f)
	f.Fuzz(func(t *testing.T, packet []byte) {
		s := srv.open(t)
		m, open := decodePacket(string(packet))
		if got := s.Receive(packet); got != open {
			t.Errorf("goes on: %v, want %v", got, open)
		}
		if !slices.Equal(s.all, m) {
			t.Errorf("delivered %v, want %v", s.all, m)
		}
		s.Abort(engineio.ReasonForcedClose)
	})
}

// decodePayload says in the protocol's words what a payload means: the
// messages in it, and whether the session goes on.
func decodePayload(payload []byte) (all []message, open bool) {
	for _, packet := range strings.Split(strings.ToValidUTF8(string(payload), "\uFFFD"), "\x1e") {
		m, open := decodePacket(packet)
		if all = append(all, m...); !open {
			return all, false
		}
	}
	return all, true
}

func decodePacket(packet string) ([]message, bool) {
	if packet == "" {
		return nil, false
	}
	switch packet[0] {
	case '4':
		return []message{text(packet[1:])}, true
	case 'b':
		data, err := base64.StdEncoding.DecodeString(packet[1:])
		if err != nil {
			return nil, false
		}
		return []message{blob(string(data))}, true
	case '0', '3', '5', '6':
		return nil, true
	default:
		return nil, false
	}
}

// wantsBounded fails the test if f allocates more than four times what it was
// given, beside what every request costs.
func wantsBounded(t *testing.T, input int, f func()) {
	t.Helper()
	if raceEnabled {
		f()
		return
	}
	const request = 128 << 10 // with the buffers that come from pools
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(4*input+request); got > most {
		t.Errorf("%d bytes allocated for %d of input, want at most %d", got, input, most)
	}
}

// A fuzzServer is an engine that is asked without a network.
type fuzzServer struct {
	engine *engineio.Server
	opened *fuzzSession // the last one
}

func newFuzzServer(f testing.TB) *fuzzServer {
	srv := new(fuzzServer)
	srv.engine = engineio.NewServer(func(es *engineio.Session, _ *http.Request) engineio.Handler {
		srv.opened = &fuzzSession{Session: es}
		return fuzzHandler{srv.opened}
	}, nil)
	f.Cleanup(func() { shutdownNow(f, srv.engine) })
	return srv
}

func (srv *fuzzServer) request(method string, s *fuzzSession, body []byte) *httptest.ResponseRecorder {
	target := "/?EIO=4&transport=polling"
	if s != nil {
		target += "&sid=" + s.ID()
	}
	w := httptest.NewRecorder()
	srv.engine.ServeHTTP(w, httptest.NewRequest(method, target, bytes.NewReader(body)))
	return w
}

func (srv *fuzzServer) open(t *testing.T) *fuzzSession {
	if w := srv.request(http.MethodGet, nil, nil); w.Code != http.StatusOK {
		t.Fatalf("handshake: %d %q", w.Code, w.Body)
	}
	return srv.opened
}

type fuzzSession struct {
	*engineio.Session
	all  []message
	deaf bool // does not keep what it hears
}

type fuzzHandler struct{ *fuzzSession }

func (h fuzzHandler) Message(data []byte, binary bool) {
	if !h.deaf {
		h.all = append(h.all, message{string(data), binary})
	}
}

func (fuzzHandler) Closed(engineio.Reason) {}
