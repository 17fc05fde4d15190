package parley_test

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestProgramInDoc builds the program of the package comment the way its
// reader would: in a module of its own, with a replace line for this one.
func TestProgramInDoc(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	// Our requirements are repeated, so that building needs no network.
	_, requirements, _ := strings.Cut(readFile(t, "go.mod"), "\n")
	dir, program := t.TempDir(), programInDoc(t)
	for name, text := range map[string]string{
		"main.go": program,
		"go.sum":  readFile(t, "go.sum"),
		"go.mod": "module outside.example/program\n" + requirements +
			"\nrequire " + module + " v0.0.0\nreplace " + module + " => " + strconv.Quote(repo) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-mod=mod", "-o", "program", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\nin\n%s", err, out, program)
	}
}

// programInDoc returns the code block of the package comment that is a program.
func programInDoc(t *testing.T) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var p comment.Parser
	blocks := p.Parse(file.Doc.Text()).Content
	i := slices.IndexFunc(blocks, func(b comment.Block) bool {
		code, ok := b.(*comment.Code)
		return ok && strings.HasPrefix(code.Text, "package main\n")
	})
	if i < 0 {
		t.Fatal("there is no program in the package comment")
	}
	return blocks[i].(*comment.Code).Text
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
