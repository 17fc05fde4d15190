package engineio_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/parley-go/parley/engineio"
)

// What a client sends costs a small multiple of its size, however it is cut.
// The fuzz targets hold the same for small inputs.
//
// Not parallel: the memory of the whole process is measured.
func TestMemoryOfLargeInput(t *testing.T) {
	const size = 1_000_000
	x := strings.Repeat("x", size-1)
	each := func(n int) []byte { // size bytes in n fragments
		parts := make([]string, n)
		for i := range parts {
			parts[i] = x[:size/n]
		}
		return fragments(parts...)
	}
	for name, stream := range map[string][]byte{
		"one frame":         header(0x81, "4"+x),
		"binary":            header(0x82, "4"+x),
		"2 fragments":       each(2),
		"1,024 fragments":   each(1024),
		"1,000 messages":    []byte(strings.Repeat(string(header(0x82, x[:1000])), 1000)),
		"announced, absent": {0x82, 0xff, 0, 0, 0, 0, 0, 0xf, 0x42, 0x40, 0, 0, 0, 0},
	} {
		t.Run("websocket: "+name, func(t *testing.T) {
			wantsBounded(t, len(stream), func() {
				engineio.ReadFrames(&script{data: stream}, nil, size, func(ws.OpCode, []byte) {})
			})
		})
	}

	srv := newFuzzServer(t)
	for name, payload := range map[string]string{
		"text":              "4" + x,
		"base64":            "b" + strings.Repeat("AAAA", size/4-1),
		"1,000 packets":     strings.Repeat("4"+x[:998]+"\x1e", 1000),
		"empty packets":     strings.Repeat("4\x1e", size/2),
		"not UTF-8":         "4" + strings.Repeat("\xff", size-1),
		"not always UTF-8":  "4" + strings.Repeat("x\xff", size/2-1),
		"almost all UTF-8":  "4" + x[1:] + "\xff",
		"base64, cut short": "b" + strings.Repeat("A", size-2),
	} {
		t.Run("polling: "+name, func(t *testing.T) {
			s := srv.open(t)
			s.deaf = true
			body := []byte(payload)
			wantsBounded(t, len(body), func() { srv.request(http.MethodPost, s, body) })
			s.Abort(engineio.ReasonForcedClose)
		})
	}
}
