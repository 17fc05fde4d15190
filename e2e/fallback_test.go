package e2e_test

import (
	"testing"
	"time"
)

// TestFallback puts proxies that let no websocket through before the server: the client stays on polling and loses nothing.
func TestFallback(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	for name, rule := range map[string]struct {
		upgrades upgrades
		args     []string
	}{
		"refused":  {refuseUpgrades, []string{"--refused=yes"}},
		"ignored":  {ignoreUpgrades, nil},
		"accepted": {acceptUpgrades, nil},
		// The server believes in this upgrade until its timeout of 10 s has passed.
		"half open": {halveUpgrades, []string{"--patience=12000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, s *server) {
				t.Parallel()
				p := newProxy(t, s.url, rule.upgrades, 0)
				script{server: s, url: p.url, args: rule.args}.run(t, "fallback")
				if p.asked.Load() == 0 {
					t.Error("no client ever asked for a websocket")
				}
			})
		})
	}
}

// TestUpgrade changes transports under a steady stream of messages both ways.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	both(t, func(t *testing.T, s *server) {
		t.Run("direct", func(t *testing.T) {
			script{server: s, args: []string{"--rounds=24"}}.run(t, "upgrade")
		})
		t.Run("far away", func(t *testing.T) { // a longer road means more messages under way
			p := newProxy(t, s.url, passUpgrades, 15*time.Millisecond)
			script{server: s, url: p.url, args: []string{"--rounds=12", "--batch=4"}}.run(t, "upgrade")
		})
	})
}
