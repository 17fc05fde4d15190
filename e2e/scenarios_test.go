package e2e_test

import "testing"

// TestScenarios drives our program with socket.io-client over each transport.
func TestScenarios(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	scenarios(t, startParley(t))
}

// TestOfficialPeerScenarios proves the scenarios right: the official server passes them too.
func TestOfficialPeerScenarios(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	s := startOfficial(t)
	scenarios(t, s)
	for _, mode := range modes {
		t.Run("lab/"+mode, func(t *testing.T) {
			t.Parallel()
			script{server: s, args: []string{"--mode=" + mode}}.run(t, "lab")
		})
	}
}

func scenarios(t *testing.T, s *server) {
	for _, name := range []string{"lobby", "messages", "examples"} {
		for _, mode := range modes {
			t.Run(name+"/"+mode, func(t *testing.T) {
				if name != "examples" { // its events go to everybody: runs would hear each other
					t.Parallel()
				}
				script{server: s, args: []string{"--mode=" + mode}}.run(t, name)
			})
		}
	}
	t.Run("client 4.0", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"lobby", "messages"} {
			script{server: s, args: []string{"--mode=default", "--client=4.0"}}.run(t, name)
		}
	})
}
