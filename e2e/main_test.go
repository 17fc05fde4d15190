package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// repo is the root of the module: tests run in the folder of their package.
var repo = func() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// scratch is the folder of this run for the programs that it builds.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		// Most of the time is spent waiting for timeouts that are under test.
		if err := f.Value.Set(fmt.Sprint(2 * runtime.GOMAXPROCS(0))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(
			goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"),
			// go-socket.io's server keeps a session that never got further until its ping timeout, after Close too.
			goleak.IgnoreAnyFunction("github.com/googollee/go-socket.io/engineio/payload.(*Payload).getWriter"),
		); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines are left:", err)
			return 1
		}
	}
	return code
}

// demand is a thing outside of the module that tests need.
type demand struct {
	name    string // for the line of the skip
	present func() error
	remedy  string // the command that provides it
	once    sync.Once
	err     error
}

var (
	packages = &demand{
		name:   "the npm packages of e2e",
		remedy: "npm ci --prefix e2e",
		present: func() error {
			if _, err := exec.LookPath("node"); err != nil {
				return err
			}
			_, err := os.Stat("node_modules/socket.io-client/package.json")
			return err
		},
	}
	chromium = &demand{
		name:   "Chromium",
		remedy: "apt-get install --no-install-recommends chromium (or CHROMIUM=<path of a browser>)",
		present: func() error {
			_, err := os.Stat(chromiumPath())
			return err
		},
	}
)

func chromiumPath() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

// endToEnd skips the test unless end-to-end tests were asked for and what they need is there.
func endToEnd(t *testing.T, needs ...*demand) {
	t.Helper()
	if os.Getenv("PARLEY_E2E") != "1" {
		t.Skip("PARLEY_E2E=1 runs the end-to-end tests")
	}
	require(t, needs...)
}

func require(t *testing.T, needs ...*demand) {
	t.Helper()
	for _, d := range needs {
		d.once.Do(func() {
			if d.err = d.present(); d.err != nil {
				fmt.Fprintf(os.Stderr, "SKIPPED end-to-end tests that need %s: run %s\n", d.name, d.remedy)
			}
		})
		switch {
		case d.err == nil:
		case os.Getenv("CI") == "true":
			t.Fatalf("%s missing (%v); run %s", d.name, d.err, d.remedy)
		default:
			t.Skipf("SKIPPED: %s missing, run %s", d.name, d.remedy)
		}
	}
}

// parleyBinary builds the program once, with the race detector if the tests have it.
var parleyBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "parley")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	return path, goTool(repo, nil, append(args, "./cmd/server")...)
})

// goTool runs the go command in a folder, with an environment of a few more variables. What it prints is part of its error.
func goTool(dir string, env []string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(environment(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, errors.Join(err, ctx.Err()), out)
	}
	return nil
}

// TestLockNamesNoRegistry keeps the lock usable with any registry: it has the sums of the packages, not where they came from.
func TestLockNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json says where packages were fetched; .npmrc has omit-lockfile-registry-resolved for that")
	}
	if n := bytes.Count(lock, []byte(`"integrity"`)); n < 20 {
		t.Errorf("package-lock.json has only %d sums", n)
	}
}
