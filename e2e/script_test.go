package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A script is one run of a Node script of scripts/, see checks.mjs.
type script struct {
	server *server // whose log must not show the session ids that the script saw; may be nil
	url    string
	args   []string
	limit  time.Duration                        // default 90 s
	onNote func(note string, tell func(string)) // called when the script waits for something; tell writes a line to it
}

// run executes the script and reports each of its checks as a subtest.
func (s script) run(t *testing.T, name string) {
	t.Helper()
	if s.limit == 0 {
		s.limit = 2 * time.Minute
	}
	if s.url == "" {
		s.url = s.server.url
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{"scripts/" + name + ".mjs", "--url=" + s.url}, s.args...)...)
	cmd.Env = append(os.Environ(), "NODE_NO_WARNINGS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tell := func(line string) { io.WriteString(stdin, line+"\n") }

	done, checks := false, 0
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Check  string
			OK     bool
			MS     int
			Error  string
			Note   string
			Secret string
			Done   bool
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%s printed %q", name, lines.Text())
			continue
		}
		switch {
		case line.Check != "":
			checks++
			t.Run(line.Check, func(t *testing.T) {
				t.Logf("%d ms", line.MS)
				if !line.OK {
					t.Errorf("after %d ms: %s", line.MS, line.Error)
				}
			})
		case line.Secret != "" && s.server != nil:
			s.server.output.addSecret(line.Secret)
		case line.Note != "" && s.onNote != nil:
			s.onNote(line.Note, tell)
		case line.Note != "":
			t.Logf("%s: %s", name, line.Note)
		case line.Done:
			done = true
		}
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		t.Errorf("%s took more than %v\n%s", name, s.limit, &stderr)
	case err != nil:
		t.Errorf("%s: %v\n%s", name, err, &stderr)
	case !done:
		t.Errorf("%s did not come to its end\n%s", name, &stderr)
	case checks == 0:
		t.Errorf("%s checked nothing", name)
	}
}

// modes are the ways in which a client may be connected.
var modes = []string{"polling", "websocket", "default"}
