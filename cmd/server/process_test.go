//go:build unix

package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestProcess runs the program as a process of its own, with real signals.
func TestProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), asProcess+"=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	signalled := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		log.WriteString(lines.Text() + "\n")
		if !signalled && regexp.MustCompile(`"url":"http://127\.0\.0\.1:\d+/"`).MatchString(lines.Text()) {
			signalled = true
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !signalled {
		t.Errorf("ended with %v\n%s", err, &log)
	}
}
