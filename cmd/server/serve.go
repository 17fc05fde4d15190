package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/run"
	"github.com/rs/zerolog"

	"github.com/parley-go/parley"
	"github.com/parley-go/parley/namespaces/lobby"
	"github.com/parley-go/parley/web"
)

// serveCommand runs the server until it is told to stop.
type serveCommand struct{}

// Run opens the addresses, serves and shuts down.
func (serveCommand) Run(m *Main, c *Config, found *sources) error {
	log := m.newLogger(c)
	if !c.loopback() && c.Demo == nil {
		return openToAll(c)
	}
	listeners, err := listen(c.addresses, log)
	if err != nil {
		var e *addressError
		if errors.As(err, &e) {
			e.portCounts = found.portCounts()
		}
		return err
	}
	s := newServer(c, log)
	s.announce(listeners)
	return s.run(listeners, m.Signals)
}

// openToAll refuses an address that others can reach as long as nobody has
// said what they may do.
func openToAll(c *Config) error {
	var reachable address
	for _, a := range c.addresses {
		if !a.loopback() {
			reachable = a
		}
	}
	return &usageError{fmt.Errorf(`other machines can reach %s, and clients are not asked who they are. Add one of:
  --demo       for everyone who can reach it: clients take names of their choice and the demo pages work
  --no-demo    without that: clients are anonymous, each with an identity of its own; they still share rooms by name
or listen where only this machine can connect: --listen 127.0.0.1:%s`, reachable, reachable.port)}
}

// server is one running server and what it owns.
type server struct {
	config   *Config
	log      zerolog.Logger
	sockets  *parley.Server
	http     *http.Server
	draining atomic.Bool // set once, when shutdown begins
}

func newServer(c *Config, log zerolog.Logger) *server {
	client, ok := web.Client()
	if !ok {
		log.Warn().Msgf("this binary has no Socket.IO client for browsers: the pages stay offline; run '%s' in the repository and start it again", web.BuildCommand)
	}
	s := &server{
		config: c,
		log:    log,
		sockets: parley.NewServer(&parley.Options{
			Client:         client,
			Origins:        c.Origin,
			AllowLocalhost: c.loopback() && c.demo(),
			PingInterval:   c.PingInterval,
			PingTimeout:    c.PingTimeout,
			ConnectTimeout: c.ConnectTimeout,
			MaxPayload:     c.MaxPayload,
			ShutdownSpread: c.ShutdownSpread,
			Logger:         log,
		}),
	}
	lobby.Register(s.sockets.Of("/"), &lobby.Options{Demo: c.demo()})
	s.http = newHTTPServer(s.routes(), log)
	return s
}

// announce tells the reader of the log where the server is and who may use it.
func (s *server) announce(listeners []net.Listener) {
	var addresses []string
	for _, l := range listeners {
		addresses = append(addresses, l.Addr().String())
	}
	s.log.Info().Str("version", version).Int("pid", os.Getpid()).Strs("listen", addresses).Msg("parley is up")
	if level, text := s.config.notice(); text != "" {
		s.log.WithLevel(level).Msg(text)
	}
	s.log.Info().Str("url", pageURL(listeners)).Msg("open this address in a browser; Ctrl-C stops the server")
}

// run serves until a signal comes or HTTP fails, then shuts down. It returns
// nil when it was asked to stop and nobody asked twice.
func (s *server) run(listeners []net.Listener, signals <-chan os.Signal) error {
	var g run.Group
	shutdown := sync.OnceValue(func() error { return s.shutdown(signals) })
	for _, l := range listeners {
		g.Add(func() error {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve %s: %w", l.Addr(), err)
			}
			return nil
		}, func(error) { _ = shutdown() }) // its error is returned below
	}
	stopped := make(chan struct{})
	g.Add(func() error {
		select {
		case sig := <-signals:
			s.log.Info().Str("signal", sig.String()).Int("sessions", s.sockets.Len()).Msg("shutting down; once more ends it at once")
		case <-stopped:
		}
		return nil
	}, func(error) { close(stopped) })
	return errors.Join(g.Run(), shutdown())
}

// httpReserve is the part of the shutdown's time that is kept for HTTP, which
// stops last.
const httpReserve = time.Second

var errSecondSignal = errors.New("ended at once by a second signal; clients were cut off")

// shutdown goes through the reverse of the start: readiness turns red, the
// clients are told while HTTP still carries their last packets, HTTP stops.
// What takes longer than the shutdown timeout is cut off. A second signal cuts
// at once, and is the error returned.
func (s *server) shutdown(signals <-chan os.Signal) error {
	s.draining.Store(true)
	begin := time.Now()
	impatient, cut := context.WithCancelCause(context.Background())
	timeout, cancel := context.WithTimeout(impatient, s.config.ShutdownTimeout)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-signals:
			cut(errSecondSignal)
		case <-timeout.Done():
		}
	}()

	budget := s.config.ShutdownTimeout
	drain, cancelDrain := context.WithTimeout(timeout, budget-min(httpReserve, budget/4))
	if err := s.sockets.Shutdown(drain); err != nil {
		s.log.Warn().Err(err).Msg("some clients or handlers did not finish in time")
	}
	cancelDrain()
	if err := s.http.Shutdown(timeout); err != nil {
		s.log.Warn().Err(err).Msg("some requests did not finish in time")
		_ = s.http.Close() // the connections that are left; there is nobody to tell
	}
	cancel()
	<-watched
	s.log.Info().Stringer("took", time.Since(begin).Round(time.Millisecond)).Msg("stopped")
	return context.Cause(impatient)
}
