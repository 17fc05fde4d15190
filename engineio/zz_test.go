package engineio_test

import (
	"testing"
	"time"

	"github.com/parley-go/parley/engineio"
)

func TestZZDrift(t *testing.T) {
	for _, f := range []struct{ i, t time.Duration }{{time.Second, 50 * time.Millisecond}, {300 * time.Millisecond, 200 * time.Millisecond}, {2 * time.Second, 2 * time.Second}} {
		srv := serve(t, formBare, &engineio.Options{PingInterval: f.i, PingTimeout: f.t})
		begin := time.Now()
		c, _ := srv.websocket()
		c.wantsText("2")
		a := time.Since(begin)
		c.wantsEnd()
		t.Log(f, a, time.Since(begin))
	}
}
