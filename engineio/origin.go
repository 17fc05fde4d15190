package engineio

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An originPolicy says which web pages may connect. Browsers send an Origin
// header with what a page's script asks for and cannot be made to forge it,
// but they keep no script from opening a websocket to any host: that is the
// server's to refuse.
type originPolicy struct {
	listed    []string
	any       bool
	localhost bool
}

func newOriginPolicy(o *Options) originPolicy {
	p := originPolicy{localhost: o.AllowLocalhost, any: slices.Contains(o.Origins, "*")}
	for _, origin := range o.Origins {
		p.listed = append(p.listed, strings.ToLower(strings.TrimSuffix(origin, "/")))
	}
	return p
}

// allows reports whether the request's origin may connect.
func (p *originPolicy) allows(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || p.any {
		return true
	}
	if slices.Contains(p.listed, strings.ToLower(origin)) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return false // "null" among them: a sandboxed frame, a file
	}
	return sameHost(u, r.Host) || p.localhost && isLocalhost(u.Hostname())
}

// sameHost compares an origin with a Host header, which does not say its
// default port nor, behind a proxy, the scheme that it is the default of.
func sameHost(origin *url.URL, host string) bool {
	if strings.EqualFold(origin.Host, host) {
		return true
	}
	port := map[string]string{"http": "80", "https": "443"}[origin.Scheme]
	if origin.Port() != "" && origin.Port() != port {
		return false
	}
	name := origin.Hostname()
	return strings.EqualFold(host, net.JoinHostPort(name, port)) || strings.EqualFold(strings.Trim(host, "[]"), name)
}

func isLocalhost(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// headers lets the page of an allowed origin read the answers.
func (p *originPolicy) headers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	if p.any {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
}

// preflight answers the question that browsers ask before a POST from another
// origin.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,POST")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusNoContent)
}

// hasToken reports whether a comma-separated header has a token.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}
