package parley_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parley-go/parley"

// allowed says which packages of this module a package may import directly.
// It is the shape of the house: change it first, and docs/ARCHITECTURE.md with
// it, when the shape changes. A trailing * stands for the packages right below.
// cmd/server and what is below it may import anything.
var allowed = map[string][]string{
	".": {"namespaces", "rooms", "engineio", "cluster", "queue", "history"},

	"engineio":              nil,
	"engineio/webtransport": {"engineio"},
	"socketio":              {"engineio"},
	"rooms":                 {"socketio", "cluster", "history"},
	"namespaces":            {"rooms", "queue", "history", "cluster", "socketio", "engineio"},
	"namespaces/*":          {"namespaces", "rooms", "queue", "history", "socketio"},

	"queue":              nil,
	"queue/storetest":    {"queue"},
	"history":            nil,
	"history/logtest":    {"history"},
	"storage":            {"queue", "history"},
	"cluster":            nil,
	"cluster/bustest":    {"cluster"},
	"cluster/redisbus":   {"cluster", "socketio"},
	"cluster/natsbus":    {"cluster", "queue"},
	"web":                nil,
	"admin":              {".", "namespaces", "rooms", "queue", "cluster", "web", "socketio", "history"},
	"client":             {"engineio", "socketio"},
	"bench":              {"client"},
	"migrate/gosocketio": {".", "namespaces", "rooms"},
}

// unwanted are dependencies that a program which only imports the root package
// must not get: by the beginning of their import path, with the reason.
var unwanted = map[string]string{
	"github.com/cockroachdb/pebble": "storage is a choice of the program, made with storage.Open",
	"github.com/go-chi/chi":         "the server is a plain http.Handler for any router",
	"github.com/redis":              "a bus between nodes is a choice of the program",
	"github.com/nats-io":            "a bus between nodes is a choice of the program",
	"github.com/prometheus":         "metrics are served by package admin",
	"github.com/quic-go":            "WebTransport is a package of its own",
	"github.com/alecthomas/kong":    "flags are the affair of cmd/server",
	"go.yaml.in/yaml":               "config files are the affair of cmd/server",
	"github.com/googollee":          "it serves migrate/gosocketio and tests only",
	module + "/web":                 "the pages belong to cmd/server; a program hands the client over in Options.Client",
	"testing":                       "test code is not part of a server",
}

// goPackage is what `go list -json` says of one package, as far as it matters here.
type goPackage struct {
	ImportPath string
	Name       string
	Doc        string
	GoFiles    []string
	Imports    []string
}

func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Doc,GoFiles,Imports"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.Bytes())
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// local returns a package's path within the module, "." for its root.
func local(importPath string) (path string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// rule returns the imports allowed to the package at path, and whether the
// table knows it.
func rule(path string) (imports []string, known bool) {
	if imports, known = allowed[path]; known {
		return imports, true
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		imports, known = allowed[path[:i]+"/*"]
	}
	return imports, known
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "./...") {
		path, _ := local(p.ImportPath)
		if len(p.GoFiles) == 0 || path == "e2e" || path == "cmd/server" || strings.HasPrefix(path, "cmd/server/") {
			continue
		}
		imports, known := rule(path)
		if !known {
			t.Errorf("package %s is not in the table", path)
			continue
		}
		for _, i := range p.Imports {
			if to, ours := local(i); ours && !slices.Contains(imports, to) {
				t.Errorf("%s imports %s, which it may not", path, to)
			}
		}
	}
}

func TestRootDependencies(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "-deps", module) {
		for prefix, reason := range unwanted {
			if p.ImportPath == prefix || strings.HasPrefix(p.ImportPath, prefix+"/") {
				t.Errorf("the root package depends on %s: %s", p.ImportPath, reason)
			}
		}
	}
}

func TestPackageDocs(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "./...") {
		if len(p.GoFiles) == 0 {
			continue // nothing but tests
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the package doc is %q, want it to begin with %q", p.ImportPath, p.Doc, want)
		}
	}
}
