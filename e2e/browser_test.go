package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// screenshots are the arguments that make a script keep pictures, if PARLEY_SCREENSHOTS names a folder for them.
func screenshots(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("PARLEY_SCREENSHOTS")
	if dir == "" {
		return nil
	}
	dir = filepath.Join(dir, t.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"--screenshots=" + dir}
}

// pagesBuilt tells whether the program will have the browser client in it.
func pagesBuilt() error {
	_, err := os.Stat("../web/static/npm/socket.io/socket.io.esm.min.js")
	return err
}

var client = &demand{name: "the browser client in the program", present: pagesBuilt, remedy: "make build"}

// TestChatPage has two people on the chat page of the program, each in a browser, and restarts the program under them.
func TestChatPage(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages, chromium, client)
	s := startParley(t)
	script{
		server: s,
		args:   append(screenshots(t), "--restart=yes"),
		limit:  3 * time.Minute,
		onNote: func(_ string, tell func(string)) {
			s.stop(t)
			startParleyAt(t, s.addr)
			tell("back")
		},
	}.run(t, "chat-page")
}

// TestOfficialPeerChatPage shows that our pages are pages for any Socket.IO server.
func TestOfficialPeerChatPage(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages, chromium, client)
	s := startOfficial(t, "--static=../web/static")
	script{server: s, limit: 3 * time.Minute}.run(t, "chat-page")
}

// TestPages opens every page of the program once, and its client bundle from a page of another port.
func TestPages(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages, chromium, client)
	s := startParley(t)
	script{server: s, args: screenshots(t)}.run(t, "pages")
}
