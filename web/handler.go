package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// securityPolicy allows what the pages need and nothing else: everything from
// this server, sockets of both kinds, and images made from received bytes.
// There is no inline script or style to allow.
const securityPolicy = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' blob: data:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// contentTypes is a table of our own because package mime reads the host's,
// which may call a module text/plain; with nosniff the page would stay blank.
// A file of any other kind is not served.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".ico":  "image/x-icon",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".map":  "application/json",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// Options configures a Handler. The zero value serves the embedded pages.
type Options struct {
	// Files replaces the embedded pages, such as os.DirFS("web/static") while
	// editing them. It is read anew on every request, and everything in it is
	// served, except names that begin with a dot and unknown kinds of file.
	// Default: the embedded pages, kept in memory.
	Files fs.FS
}

// Handler serves the pages at the root of the path it is mounted on. Answers
// carry a strict Content-Security-Policy, an ETag of the content, so that a
// new binary is seen at once and an unchanged file costs a 304, and are
// compressed where that pays.
type Handler struct {
	files fs.FS
	live  bool // files may change: no cache

	mu    sync.Mutex
	cache map[string]*file // guarded by mu; bounded by the number of embedded files
}

// NewHandler returns a handler of the pages.
func NewHandler(o *Options) *Handler {
	if o != nil && o.Files != nil {
		return &Handler{files: o.Files, live: true}
	}
	return &Handler{files: Pages(), cache: make(map[string]*file)}
}

// ServeHTTP answers GET and HEAD for a page or one of its parts.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", securityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	f, err := h.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// A cached 404 would outlive the build that adds the file.
		header.Set("Cache-Control", "no-store")
		http.Error(w, missing(name), http.StatusNotFound)
	case err != nil:
		header.Set("Cache-Control", "no-store")
		http.Error(w, "this file cannot be read", http.StatusInternalServerError)
	default:
		f.serve(w, r, name)
	}
}

func missing(name string) string {
	if strings.HasPrefix(name, clientDir+"/") {
		return "This binary was built without the Socket.IO client. Run this in the repository, then start it again: " + BuildCommand
	}
	return "There is no such page."
}

func (h *Handler) open(name string) (*file, error) {
	if !servable(name) {
		return nil, fs.ErrNotExist
	}
	if h.live {
		return readFile(h.files, name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.cache[name]; f != nil {
		return f, nil
	}
	f, err := readFile(h.files, name)
	if err == nil {
		h.cache[name] = f
	}
	return f, err
}

// servable refuses names outside the tree, hidden files and kinds of file that
// are not part of a page.
func servable(name string) bool {
	if !fs.ValidPath(name) || contentTypes[path.Ext(name)] == "" {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return false
		}
	}
	return true
}

// file is one file's content, ready to be sent. It is immutable.
type file struct {
	plain      []byte
	compressed []byte // gzip of plain; nil where that would not be smaller
	etag       string // quoted; the compressed form has its own
}

func readFile(files fs.FS, name string) (*file, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		// A folder's name, or one the operating system refuses, is simply not a page.
		if errors.Is(err, fs.ErrInvalid) {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	hash := sha256.Sum256(plain)
	return &file{
		plain:      plain,
		compressed: compress(plain),
		etag:       hex.EncodeToString(hash[:12]),
	}, nil
}

func compress(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	// Writing to a bytes.Buffer cannot fail.
	_, _ = z.Write(plain)
	_ = z.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Content-Type", contentTypes[path.Ext(name)])
	// no-cache means: keep it, but ask before using it. The names carry no
	// hash, so any longer promise would show old code with a new server.
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")

	body, etag := f.plain, f.etag
	if f.compressed != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = f.compressed, f.etag+"-gzip"
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reports whether an Accept-Encoding header names gzip without
// refusing it by a zero weight.
func acceptsGzip(header string) bool {
	for offer := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(offer, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight, "q=0.") != ""
		}
	}
	return false
}
