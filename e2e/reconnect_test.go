package e2e_test

import "testing"

// TestRestart ends our program by SIGTERM under connected clients and starts it again at the same address.
func TestRestart(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	s := startParley(t)
	script{
		server: s,
		args:   []string{"--reasons=transport close"},
		onNote: func(note string, tell func(string)) {
			s.stop(t)
			startParleyAt(t, s.addr)
			tell("back")
		},
	}.run(t, "reconnect")
}

// TestCrash kills the program instead.
func TestCrash(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	s := startParley(t)
	script{
		server: s,
		args:   []string{"--reasons=transport close,transport error"},
		onNote: func(note string, tell func(string)) {
			s.kill()
			startParleyAt(t, s.addr)
			tell("back")
		},
	}.run(t, "reconnect")
}

// TestLostConnections breaks the connections and leaves the server alone: the clients come back, and the server soon
// knows that the old ones are gone. A polling client without a request under way is found out by the heartbeat, so
// that is short here.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	s := startParley(t, "--ping-interval=1s", "--ping-timeout=1s")
	p := newProxy(t, s.url, passUpgrades, 0)
	script{
		server: s,
		url:    p.url,
		args:   []string{"--reasons=transport close,transport error", "--cuts=yes"},
		onNote: func(note string, tell func(string)) {
			p.cut()
			tell("back")
		},
	}.run(t, "reconnect")
}
