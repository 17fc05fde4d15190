package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// readmeBlock returns the code block of README.md that follows the comment <!-- test:name -->. A README without it is an error:
// what it shows must be what is tested.
func readmeBlock(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repo, "README.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	marker := "<!-- test:" + name + " -->"
	_, rest, ok := strings.Cut(string(data), marker)
	if !ok {
		t.Fatalf("README.md has no %s", marker)
	}
	block := regexp.MustCompile("(?s)^\\s*```[a-z]*\n(.*?\n)```").FindStringSubmatch(rest)
	if block == nil {
		t.Fatalf("no code block follows %s in README.md", marker)
	}
	return block[1]
}

// TestReadmeGoProgram builds the program of the README as its reader would: in a module of his own, with a replace line since
// Parley is not published. Two clients then talk through it.
func TestReadmeGoProgram(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages)
	code := readmeBlock(t, "go-program")
	dir := t.TempDir()
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	if !strings.Contains(code, "3000") {
		t.Fatal("the program does not listen on port 3000")
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("main.go", strings.ReplaceAll(code, "3000", port))
	// The sums of this module spare the new one most questions to the network. The versions are taken over as well: they are
	// what the tests have seen.
	mod, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(repo, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(string(mod), "module example.com/readme")
	text += fmt.Sprintf("\nrequire github.com/parley-go/parley v0.0.0\n\nreplace github.com/parley-go/parley => %s\n", repo)
	write("go.mod", text)
	write("go.sum", string(sums))
	env := []string{"GOFLAGS=-mod=mod", "GOWORK=off"}
	if err := goTool(dir, env, "mod", "tidy"); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "program")
	if err := goTool(dir, env, "build", "-o", binary, "."); err != nil {
		t.Fatal(err)
	}

	s := &server{name: "the README's program", addr: addr, url: "http://" + addr, cmd: exec.Command(binary)}
	s.cmd.Dir = dir
	s.start(t, nil)
	t.Cleanup(s.kill) // it has no orderly end: twelve lines are twelve lines
	if err := eventually(func() error {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			conn.Close()
		}
		return err
	}); err != nil {
		t.Fatalf("%v\n%s", err, s.output)
	}
	names := func(pattern string) string {
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(code, -1) {
			found = append(found, m[1])
		}
		return strings.Join(found, ",")
	}
	script{server: s, args: []string{
		"--namespaces=" + names(`\.Of\("([^"]+)"\)`),
		"--events=" + names(`\bOn(?:Call)?(?:\[[^\]]*\])?\(\w+, "([^"]+)"`),
	}}.run(t, "readme-program")
}

// TestReadmePage opens the page of the README twice, against the program, and has it hear what a third client publishes.
func TestReadmePage(t *testing.T) {
	t.Parallel()
	endToEnd(t, packages, chromium, client)
	html := readmeBlock(t, "html-page")
	s := startParley(t)
	path := filepath.Join(t.TempDir(), "page.html")
	// Whatever host the README names, this is where the program listens now.
	html = regexp.MustCompile(`(localhost|127\.0\.0\.1):3000`).ReplaceAllString(html, s.addr)
	if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	script{server: s, args: append(screenshots(t), "--page="+path)}.run(t, "readme-page")
}
