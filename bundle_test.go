package parley_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley"
)

var bundleNames = []string{
	"socket.io.js", "socket.io.js.map",
	"socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map",
	"socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

// client returns a client bundle of the given version. Each file holds its name.
func client(version string) fstest.MapFS {
	files := fstest.MapFS{
		"package.json": {Data: []byte(`{"name":"socket.io-client","version":"` + version + `"}`)},
		"secret.js":    {Data: []byte("not part of the bundle")},
	}
	for _, name := range bundleNames {
		files[name] = &fstest.MapFile{Data: []byte(name)}
	}
	return files
}

// request sends one request, without a network, and returns the answer.
func request(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBundle(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(&parley.Options{Client: client("4.8.4")})
	for _, name := range bundleNames {
		r := request(srv, "GET", "/socket.io/"+name+"?any=query")
		want := "application/javascript; charset=utf-8"
		if strings.HasSuffix(name, ".map") {
			want = "application/json; charset=utf-8"
		}
		header := http.Header{
			"Content-Type":                {want},
			"Content-Length":              {r.Header.Get("Content-Length")},
			"Etag":                        {`"4.8.4"`},
			"Cache-Control":               {"public, max-age=0"},
			"Vary":                        {"Accept-Encoding"},
			"X-Content-Type-Options":      {"nosniff"},
			"Access-Control-Allow-Origin": {"*"},
		}
		if diff := cmp.Diff(header, r.Header); diff != "" {
			t.Errorf("%s: header (-want +got):\n%s", name, diff)
		}
		if got := body(t, r); r.StatusCode != 200 || got != name {
			t.Errorf("%s: %d %q", name, r.StatusCode, got)
		}
	}
}

func TestBundleNotModified(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(&parley.Options{Client: client("4.8.4")})
	for _, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"same", []string{"If-None-Match", `"4.8.4"`}, 304},
		{"weak", []string{"If-None-Match", `W/"4.8.4"`}, 304},
		{"in a list", []string{"If-None-Match", `"4.8.3", W/"4.8.4"`}, 304},
		{"in a second header", []string{"If-None-Match", `"4.8.3"`, "If-None-Match", `"4.8.4"`}, 304},
		{"any", []string{"If-None-Match", "*"}, 304},
		{"another version", []string{"If-None-Match", `"4.8.3"`}, 200},
		{"without quotes", []string{"If-None-Match", "4.8.4"}, 200},
		{"empty", []string{"If-None-Match", ""}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(srv, "GET", "/socket.io/socket.io.js", tt.header...)
			if r.StatusCode != tt.want {
				t.Errorf("status %d, want %d", r.StatusCode, tt.want)
			}
			if got := body(t, r); (got == "") != (tt.want == 304) {
				t.Errorf("body %q with status %d", got, tt.want)
			}
			if got := r.Header.Get("ETag"); got != `"4.8.4"` {
				t.Errorf("ETag %q", got)
			}
		})
	}
}

func TestBundleCompressed(t *testing.T) {
	t.Parallel()
	files := client("4.8.4")
	text := strings.Repeat("the same again and again ", 1000)
	files["socket.io.js"].Data = []byte(text)
	srv := parley.NewServer(&parley.Options{Client: files})
	for _, tt := range []struct {
		accept string
		zipped bool
	}{
		{"", false},
		{"gzip", true},
		{"GZIP", true},
		{"br, gzip;q=0.5", true},
		{"deflate, br", false},
		{"gzip;q=0", false},
		{"gzip; q=0.000", false},
		{"gzip;q=nonsense", false},
		{"identity, xgzip", false},
	} {
		r := request(srv, "GET", "/socket.io/socket.io.js", "Accept-Encoding", tt.accept)
		got := body(t, r)
		if zipped := r.Header.Get("Content-Encoding") == "gzip"; zipped != tt.zipped {
			t.Errorf("Accept-Encoding %q: compressed is %v, want %v", tt.accept, zipped, tt.zipped)
			continue
		}
		if tt.zipped {
			if len(got) >= len(text)/10 {
				t.Errorf("Accept-Encoding %q: %d bytes for %d", tt.accept, len(got), len(text))
			}
			z, err := gzip.NewReader(bytes.NewReader([]byte(got)))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			got = string(plain)
		}
		if got != text {
			t.Errorf("Accept-Encoding %q: another text", tt.accept)
		}
	}
}

func TestBundleAbsent(t *testing.T) {
	t.Parallel()
	noVersion, badVersion, oneMissing := client("4.8.4"), client(`4\"8`), client("4.8.4")
	delete(noVersion, "package.json")
	delete(oneMissing, "socket.io.js")
	for name, o := range map[string]*parley.Options{
		"no bundle":       nil,
		"no package.json": {Client: noVersion},
		"no version":      {Client: client("")},
		"bad version":     {Client: badVersion},
		"file missing":    {Client: oneMissing},
	} {
		r := request(parley.NewServer(o), "GET", "/socket.io/socket.io.js")
		text := body(t, r)
		if r.StatusCode != 404 || !strings.Contains(text, "make build") || r.Header.Get("ETag") != "" {
			t.Errorf("%s: %d %q, ETag %q", name, r.StatusCode, text, r.Header.Get("ETag"))
		}
	}
	if r := request(parley.NewServer(&parley.Options{Client: oneMissing}), "GET", "/socket.io/socket.io.min.js"); r.StatusCode != 200 {
		t.Errorf("the files that are there: %d", r.StatusCode)
	}
}

// TestBundleNamesOnly looks for other files of the folder and outside of it.
// Every other name is a question to the engine, which misses a transport.
func TestBundleNamesOnly(t *testing.T) {
	t.Parallel()
	srv := parley.NewServer(&parley.Options{Client: client("4.8.4")})
	for _, name := range []string{"secret.js", "package.json", "", "socket.io.js/", "../socket.io.js", "SOCKET.IO.JS", "x/socket.io.js", "socket.io.js%00"} {
		r := request(srv, "GET", "/socket.io/"+name)
		got := body(t, r)
		if r.StatusCode != 400 || got != `{"code":0,"message":"Transport unknown"}` {
			t.Errorf("%q: %d %s", name, r.StatusCode, got)
		}
	}
}
