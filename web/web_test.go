package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parley-go/parley/web"
)

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.Path = target // as it arrives, dots and all
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAreServed(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(nil)
	for target, contentType := range map[string]string{
		"/":                "text/html; charset=utf-8",
		"/index.html":      "text/html; charset=utf-8",
		"/chat.html":       "text/html; charset=utf-8",
		"/css/base.css":    "text/css; charset=utf-8",
		"/js/line.js":      "text/javascript; charset=utf-8",
		"/img/favicon.svg": "image/svg+xml",
		"/favicon.ico":     "image/x-icon",
	} {
		w := get(t, h, target)
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("GET %s: status %d, %d bytes", target, w.Code, w.Body.Len())
		}
		if got := w.Header().Get("Content-Type"); got != contentType {
			t.Errorf("GET %s: Content-Type %q, want %q", target, got, contentType)
		}
	}
}

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(nil)
	for _, target := range []string{"/", "/css/base.css", "/absent.html"} {
		header := get(t, h, target).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' blob: data:; " +
				"frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "no-referrer",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("GET %s: %s = %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestUnchangedFileCosts304(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(nil)
	first := get(t, h, "/index.html")
	etag := first.Header().Get("ETag")
	if !regexp.MustCompile(`^"[0-9a-f]{24}"$`).MatchString(etag) {
		t.Fatalf("ETag = %q", etag)
	}
	if got := first.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control = %q, want no-cache", got)
	}
	if w := get(t, h, "/index.html", "If-None-Match", etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("same ETag: status %d, %d bytes; want an empty 304", w.Code, w.Body.Len())
	}
	if w := get(t, h, "/index.html", "If-None-Match", `"other"`); w.Code != http.StatusOK {
		t.Errorf("other ETag: status %d, want 200", w.Code)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(nil)
	plain := get(t, h, "/css/base.css")
	for _, c := range []struct {
		accept string
		want   bool
	}{
		{"gzip, deflate, br", true},
		{"br, GZIP;q=0.5", true},
		{"gzip; q=0", false},
		{"gzip;q=0.00", false},
		{"identity", false},
		{"", false},
	} {
		w := get(t, h, "/css/base.css", "Accept-Encoding", c.accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.want {
			t.Errorf("Accept-Encoding %q: compressed = %v, want %v", c.accept, got, c.want)
			continue
		}
		if !c.want {
			continue
		}
		if w.Header().Get("ETag") == plain.Header().Get("ETag") {
			t.Errorf("Accept-Encoding %q: both forms have the same ETag", c.accept)
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("Accept-Encoding %q: the content differs (%v)", c.accept, err)
		}
	}
}

func TestOnlyPagesAreServed(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(&web.Options{Files: fstest.MapFS{
		"index.html":     {Data: []byte("home")},
		"js/a.js":        {Data: []byte("a")},
		".env.json":      {Data: []byte("secret")},
		".git/a.json":    {Data: []byte("secret")},
		"notes.exe":      {Data: []byte("secret")},
		"folder.js/a.js": {Data: []byte("a")},
	}})
	for _, target := range []string{
		"/.env.json", "/.git/a.json", "/notes.exe", "/js", "/js/", "/../index.html", "/js/../index.html",
		"//index.html", "/absent.js", `/js\a.js`, "/index.html/",
	} {
		if w := get(t, h, target); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("GET %s: status %d, body %q", target, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestFilesOnDiskAreReadAnew(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"index.html": {Data: []byte("before")}}
	h := web.NewHandler(&web.Options{Files: files})
	before := get(t, h, "/")
	files["index.html"] = &fstest.MapFile{Data: []byte("after")}
	after := get(t, h, "/", "If-None-Match", before.Header().Get("ETag"))
	if after.Code != http.StatusOK || after.Body.String() != "after" {
		t.Errorf("after an edit: status %d, body %q", after.Code, after.Body)
	}
}

// The message is for a reader of the browser's network pane: the page says the
// same in its own words.
func TestMissingClientNamesTheCommand(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(&web.Options{Files: fstest.MapFS{"index.html": {Data: []byte("home")}}})
	w := get(t, h, "/npm/socket.io/socket.io.esm.min.js")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), web.BuildCommand) {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q: a later build would not be seen", got)
	}
}

func TestClientMatchesWhatWasBuilt(t *testing.T) {
	t.Parallel()
	bundles, ok := web.Client()
	_, err := os.Stat(filepath.Join("static", "npm", "socket.io", "package.json"))
	if built := err == nil; ok != built {
		t.Fatalf("Client ok = %v, but built = %v", ok, built)
	}
	if !ok {
		if bundles != nil {
			t.Error("a file system without ok")
		}
		return
	}
	for _, name := range []string{
		"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
		"socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map",
		"package.json",
	} {
		if _, err := fs.Stat(bundles, name); err != nil {
			t.Error(err)
		}
	}
}

// The policy forbids inline code, and a link must lead somewhere: both would
// otherwise show only in a browser.
func TestPagesKeepTheirOwnRules(t *testing.T) {
	t.Parallel()
	pages := web.Pages()
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:\s+type="module")?>`)
	reference := regexp.MustCompile(`(?:href|src)="([^"#?]*)`)
	importing := regexp.MustCompile(`(?m)^(?:import|export)\b[^;]*?\bfrom "([^"]+)";|^import "([^"]+)";`)
	err := fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "npm/") {
			return err
		}
		text, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		var targets [][]byte
		switch filepath.Ext(name) {
		case ".html":
			if found := inline.Find(text); found != nil {
				t.Errorf("%s: inline code or style: %s", name, found)
			}
			for _, m := range reference.FindAllSubmatch(text, -1) {
				targets = append(targets, m[1])
			}
		case ".js":
			for _, m := range importing.FindAllSubmatch(text, -1) {
				targets = append(targets, append(m[1], m[2]...))
			}
			for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("} {
				if bytes.Contains(text, []byte(word)) {
					t.Errorf("%s: %s: text enters a page by textContent only", name, word)
				}
			}
		}
		if lines := bytes.Count(text, []byte("\n")); lines > 400 {
			t.Errorf("%s: %d lines: these files are read by learners, keep them under 400", name, lines)
		}
		for _, target := range targets {
			to := string(target)
			if to == "" || to == "./" {
				continue
			}
			if strings.Contains(to, ":") || strings.HasPrefix(to, "/") {
				t.Errorf("%s: %q is not relative", name, to)
				continue
			}
			to = filepath.ToSlash(filepath.Join(filepath.Dir(name), to))
			if _, err := fs.Stat(pages, to); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %q leads nowhere", name, target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
