package namespaces

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-go/parley/socketio"
)

// A Handshake is what a socket came with: the HTTP request that began its
// session, and the payload with which it joined the namespace.
type Handshake struct {
	// Headers are those of the request, with Host, without those that only
	// concern the connection (Connection, Upgrade, Sec-Websocket-*), and without
	// those that make them more than 16 kB.
	Headers http.Header
	// Query are the parameters of the request's URL.
	Query url.Values
	// Address is the IP address that the request came from: that of a proxy, if
	// there is one.
	Address string
	// URL is the request's path and query.
	URL string
	// Secure reports whether the request came over TLS.
	Secure bool
	// XDomain reports whether the request had an Origin header.
	XDomain bool
	// Issued is when the client asked to join the namespace.
	Issued time.Time
	// Auth is the JSON object that the client sent with it, {} if it sent none.
	Auth socketio.Value
}

// request is what a session keeps of its handshake request: two strings and
// two flags instead of maps and slices, which would cost an idle session more
// than all the rest that this package keeps of it.
type request struct {
	headers string // name, 0, value, 0, ...
	address string
	url     string
	secure  bool
	xdomain bool
}

func newRequest(r *http.Request) request {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr // a unix socket
	}
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	return request{
		headers: packHeaders(r),
		address: strings.Clone(address),
		url:     strings.Clone(target[:min(len(target), maxKept)]),
		secure:  r.TLS != nil,
		xdomain: r.Header.Get("Origin") != "",
	}
}

// maxKept is how many bytes of a request's headers, and of its URL, a session
// keeps: net/http takes a megabyte unless it is told otherwise.
const maxKept = 16 << 10

// packHeaders relies on a header holding no NUL, which net/http refuses.
func packHeaders(r *http.Request) string {
	var b strings.Builder
	pack := func(name, value string) {
		if b.Len()+len(name)+len(value) > maxKept {
			return
		}
		b.WriteString(name)
		b.WriteByte(0)
		b.WriteString(value)
		b.WriteByte(0)
	}
	if r.Host != "" {
		pack("Host", r.Host)
	}
	for name, values := range r.Header {
		if name == "Connection" || name == "Upgrade" || strings.HasPrefix(name, "Sec-Websocket-") {
			continue
		}
		for _, v := range values {
			pack(name, v)
		}
	}
	return b.String()
}

func (r *request) unpackHeaders() http.Header {
	h := make(http.Header)
	for rest := r.headers; rest != ""; {
		var name, value string
		name, rest, _ = strings.Cut(rest, "\x00")
		value, rest, _ = strings.Cut(rest, "\x00")
		h[name] = append(h[name], value)
	}
	return h
}

// handshake makes a Handshake without what belongs to one socket.
func (r *request) handshake() *Handshake {
	h := &Handshake{
		Headers: r.unpackHeaders(),
		Query:   url.Values{},
		Address: r.address,
		URL:     r.url,
		Secure:  r.secure,
		XDomain: r.xdomain,
	}
	if _, query, ok := strings.Cut(r.url, "?"); ok {
		h.Query, _ = url.ParseQuery(query) // what can be parsed of it
	}
	return h
}
