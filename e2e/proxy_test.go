package e2e_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// upgrades says what a proxy does with the request for a websocket.
type upgrades int

const (
	passUpgrades   upgrades = iota
	refuseUpgrades          // answers 403
	ignoreUpgrades          // takes the request and never answers
	acceptUpgrades          // answers 101 itself, then swallows what comes
	halveUpgrades           // lets the server answer 101 and hear the client, but lets none of its frames back
)

// A proxy stands between clients and a server, as companies, trains and hotels have them.
type proxy struct {
	url      string
	target   *url.URL
	upgrades upgrades
	delay    time.Duration // added to what goes through, each way
	asked    atomic.Int64  // requests for a websocket
	server   *http.Server

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// newProxy starts a proxy in front of a server, until the end of the test.
func newProxy(t testing.TB, target string, rule upgrades, delay time.Duration) *proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{url: "http://" + l.Addr().String(), target: to, upgrades: rule, delay: delay, conns: map[net.Conn]bool{}}
	quiet := log.New(io.Discard, "", 0) // connections are meant to break
	// Connections to the server are not kept: a connection that is cut is one client's.
	outward := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	reverse := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		Transport:     outward,
		FlushInterval: -1,
		ErrorLog:      quiet,
	}
	p.server = &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			reverse.ServeHTTP(w, r)
			return
		}
		p.asked.Add(1)
		switch p.upgrades {
		case passUpgrades:
			reverse.ServeHTTP(w, r)
		case refuseUpgrades:
			http.Error(w, "websockets are not allowed here", http.StatusForbidden)
		default:
			p.swallow(w, r)
		}
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		p.server.Serve(&tapped{Listener: l, proxy: p})
	}()
	t.Cleanup(func() {
		p.server.Close()
		p.cut() // hijacked connections are not the http.Server's any more
		<-served
		outward.CloseIdleConnections()
	})
	return p
}

// swallow keeps a connection that asked for a websocket and lets no message through.
func (p *proxy) swallow(w http.ResponseWriter, r *http.Request) {
	if p.upgrades == acceptUpgrades {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err == nil {
			io.Copy(io.Discard, conn)
			conn.Close()
		}
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	if p.upgrades == ignoreUpgrades {
		io.Copy(io.Discard, rw)
		return
	}
	back, err := net.Dial("tcp", p.target.Host)
	if err != nil {
		return
	}
	defer back.Close()
	if r.Write(back) != nil {
		return
	}
	from := bufio.NewReader(back)
	res, err := http.ReadResponse(from, r)
	if err != nil || res.Write(conn) != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(io.Discard, from)
		conn.Close()
	}()
	io.Copy(back, rw)
	back.Close()
	<-done
}

// cut breaks every connection of every client, now.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) // a reset, not a farewell
		}
		conn.Close()
	}
	clear(p.conns)
}

// tapped knows the connections that it has accepted.
type tapped struct {
	net.Listener
	proxy *proxy
}

func (l *tapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.proxy.mu.Lock()
	l.proxy.conns[conn] = true
	l.proxy.mu.Unlock()
	return &slow{Conn: conn, proxy: l.proxy}, nil
}

// slow is a connection on which everything takes its time.
type slow struct {
	net.Conn
	proxy *proxy
}

func (c *slow) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		time.Sleep(c.proxy.delay)
	}
	return n, err
}

func (c *slow) Write(p []byte) (int, error) {
	time.Sleep(c.proxy.delay)
	return c.Conn.Write(p)
}

func (c *slow) Close() error {
	c.proxy.mu.Lock()
	delete(c.proxy.conns, c.Conn)
	c.proxy.mu.Unlock()
	return c.Conn.Close()
}
