package parley

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// bundleNames are the files of the official client's dist folder that a
// Socket.IO server serves. The list is fixed: a name from a request is looked
// up in it and never joined to a path.
var bundleNames = [...]string{
	"socket.io.js", "socket.io.js.map",
	"socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map",
	"socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

// noBundle is the answer to a request for a bundle file that is not there.
const noBundle = "This server has no Socket.IO client bundle to serve.\n" +
	"In the Parley repository, `make build` copies it into the binary;\n" +
	"a program that imports the package hands it over in Options.Client.\n"

// bundle serves the browser client, as the official server does, under the
// same names and with the client's version as entity tag. It is safe for
// concurrent use.
type bundle struct {
	etag  string                            // quoted
	files map[string]func() (*asset, error) // by name; each reads its file once, when first asked for
}

// bundleTime is what a request for a file may take.
const bundleTime = time.Minute

// asset is one file of the bundle, in memory.
type asset struct {
	contentType   string
	plain, zipped []byte
}

// newBundle returns the bundle found in files, which may be nil. An error
// means that files is not one; the bundle returned beside it answers 404.
func newBundle(files fs.FS) (*bundle, error) {
	b := &bundle{files: make(map[string]func() (*asset, error), len(bundleNames))}
	for _, name := range bundleNames {
		b.files[name] = func() (*asset, error) { return nil, fs.ErrNotExist }
	}
	if files == nil {
		return b, nil
	}
	version, err := bundleVersion(files)
	if err != nil {
		return b, fmt.Errorf("read the version of the client bundle: %w", err)
	}
	b.etag = strconv.Quote(version)
	for _, name := range bundleNames {
		b.files[name] = sync.OnceValues(func() (*asset, error) { return readAsset(files, name) })
	}
	return b, nil
}

// bundleVersion reads the version field of the client's package.json.
func bundleVersion(files fs.FS) (string, error) {
	text, err := fs.ReadFile(files, "package.json")
	if err != nil {
		return "", err
	}
	var manifest struct{ Version string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("package.json: %w", err)
	}
	// An entity tag is printable ASCII without a quote; a version is a part of that.
	if manifest.Version == "" || strings.ContainsFunc(manifest.Version, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
		return "", fmt.Errorf("package.json: %q is not a version", manifest.Version)
	}
	return manifest.Version, nil
}

func readAsset(files fs.FS, name string) (*asset, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	a := &asset{contentType: "application/javascript; charset=utf-8", plain: plain}
	if strings.HasSuffix(name, ".map") {
		a.contentType = "application/json; charset=utf-8"
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	// A bytes.Buffer takes every write.
	_, _ = z.Write(plain)
	_ = z.Close()
	a.zipped = zipped.Bytes()
	return a, nil
}

// serve answers a request for the file called name and reports whether that is
// the name of a bundle file. Like the official server it does not look at the
// method: the name alone decides.
func (b *bundle) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	read, ok := b.files[name]
	if !ok {
		return false
	}
	// The server's own timeouts may be those of long polls: none.
	rc, deadline := http.NewResponseController(w), time.Now().Add(bundleTime)
	_ = rc.SetReadDeadline(deadline)
	_ = rc.SetWriteDeadline(deadline)
	a, err := read()
	if err != nil {
		http.Error(w, noBundle, http.StatusNotFound)
		return true
	}
	h := w.Header()
	h.Set("ETag", b.etag)
	h.Set("Cache-Control", "public, max-age=0")
	h.Set("Vary", "Accept-Encoding")
	// Public code, the same for everyone: a page of another origin may import
	// the module, whatever origins may open a session.
	h.Set("Access-Control-Allow-Origin", "*")
	if tagMatches(r.Header.Values("If-None-Match"), b.etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	body := a.plain
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		body = a.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", a.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	// The peer that goes away mid-file is its own affair.
	_, _ = w.Write(body)
	return true
}

// tagMatches reports whether an If-None-Match header names etag, compared
// weakly as RFC 9110 section 13.1.2 asks: W/"v" stands for "v".
func tagMatches(header []string, etag string) bool {
	return slices.ContainsFunc(elements(header), func(tag string) bool {
		return tag == "*" || strings.TrimPrefix(tag, "W/") == etag
	})
}

// acceptsGzip reports whether an Accept-Encoding header names gzip with a
// weight above zero.
func acceptsGzip(header []string) bool {
	return slices.ContainsFunc(elements(header), func(offer string) bool {
		coding, params, _ := strings.Cut(offer, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return false
		}
		weight, weighted := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || (err == nil && q > 0)
	})
}

// elements splits the values of a list header at their commas.
func elements(header []string) []string {
	var all []string
	for _, line := range header {
		for e := range strings.SplitSeq(line, ",") {
			if e = strings.TrimSpace(e); e != "" {
				all = append(all, e)
			}
		}
	}
	return all
}
