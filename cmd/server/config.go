package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rs/zerolog"
)

// Config holds the settings. A field is three things at once: the flag of its
// name (PingInterval: --ping-interval), the environment variable
// (PARLEY_PING_INTERVAL) and the key of the config file (ping-interval).
type Config struct {
	Listen []string `default:"127.0.0.1:3000,[::1]:3000" help:"HOST:PORT to listen on; repeatable. ':PORT' is every address of the machine, which others can reach: it takes --demo or --no-demo beside it. The variable PORT changes the port where neither this flag nor its variable is given."`
	Demo   *bool    `negatable:"" help:"Anonymous clients under names of their choice, and the events of the demo pages. On by default where only this machine can connect; behind a reverse proxy, say --no-demo."`
	Origin []string `placeholder:"ORIGIN" help:"Web origin, besides the server's own, whose pages may connect, as https://example.com; repeatable. '*' is every page on the web."`

	PingInterval   time.Duration `default:"25s" help:"Time between heartbeats."`
	PingTimeout    time.Duration `default:"20s" help:"Time a client has to answer a heartbeat."`
	ConnectTimeout time.Duration `default:"10s" help:"Time a new session has to join a namespace."`
	MaxPayload     int           `default:"1000000" help:"Largest packet taken from a client, in bytes."`

	ShutdownTimeout time.Duration `default:"10s" help:"Longest an orderly shutdown may take."`
	ShutdownSpread  time.Duration `default:"0s" help:"Time within it over which clients are told, so that they do not all move elsewhere at once."`

	WebDir    string `placeholder:"DIR" help:"Serve the pages from this folder, read anew each time, instead of those in the binary."`
	LogLevel  string `default:"info" help:"One of trace, debug, info, warn, error."`
	LogFormat string `default:"auto" help:"One of auto, console, json. auto is console on a terminal and json elsewhere."`

	// addresses is Listen, parsed and with PORT applied. Set by complete.
	addresses []address
}

var (
	logLevels  = []string{"trace", "debug", "info", "warn", "error"}
	logFormats = []string{"auto", "console", "json"}
)

// complete applies PORT and checks every value. An error names the place that
// each wrong value came from.
func (c *Config) complete(found *sources) error {
	var wrong []error
	report := func(flag, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: %w", found.of(flag), fmt.Errorf(format, args...)))
	}

	var err error
	if c.addresses, err = parseAddresses(c.Listen); err != nil {
		report("listen", "%w", err)
	}
	if port, ok, err := found.port(); err != nil {
		wrong = append(wrong, err)
	} else if ok {
		c.addresses = withPort(c.addresses, port)
		found.places["listen"] = "PORT"
	}
	c.Listen = c.Listen[:0]
	for _, a := range c.addresses {
		c.Listen = append(c.Listen, a.String())
	}
	for _, o := range c.Origin {
		if !validOrigin(o) {
			report("origin", "%q is not an origin such as https://example.com, nor *", o)
		}
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"ping-interval", c.PingInterval},
		{"ping-timeout", c.PingTimeout},
		{"connect-timeout", c.ConnectTimeout},
		{"shutdown-timeout", c.ShutdownTimeout},
	} {
		if d.value <= 0 {
			report(d.flag, "%v is not a time above zero", d.value)
		}
	}
	if c.MaxPayload <= 0 {
		report("max-payload", "%d is not a number of bytes above zero", c.MaxPayload)
	}
	if c.ShutdownSpread < 0 || c.ShutdownSpread >= max(c.ShutdownTimeout, 1) {
		report("shutdown-spread", "%v is not between zero and the shutdown timeout, %v", c.ShutdownSpread, c.ShutdownTimeout)
	}
	if !slices.Contains(logLevels, c.LogLevel) {
		report("log-level", "%q is none of %s", c.LogLevel, strings.Join(logLevels, ", "))
	}
	if !slices.Contains(logFormats, c.LogFormat) {
		report("log-format", "%q is none of %s", c.LogFormat, strings.Join(logFormats, ", "))
	}
	if len(wrong) > 0 {
		return &usageError{errors.Join(wrong...)}
	}
	return nil
}

// demo reports whether demo mode is on.
func (c *Config) demo() bool {
	if c.Demo != nil {
		return *c.Demo
	}
	return c.loopback()
}

// loopback reports whether this machine alone can connect.
func (c *Config) loopback() bool {
	return !slices.ContainsFunc(c.addresses, func(a address) bool { return !a.loopback() })
}

// notice says in demo mode who may use the server, and how loudly to say it.
func (c *Config) notice() (level zerolog.Level, text string) {
	switch {
	case !c.demo():
		return zerolog.NoLevel, ""
	case c.loopback():
		return zerolog.InfoLevel, "demo mode: clients may take any name; only this machine can connect"
	default:
		return zerolog.WarnLevel, "DEMO MODE, AND OTHER MACHINES CAN CONNECT: whoever does may take any name, read what is sent to it, join any room and send to everyone"
	}
}

// validOrigin reports whether s is an origin as browsers write it in the
// Origin header, or the asterisk.
func validOrigin(s string) bool {
	if s == "*" {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return false
	}
	// Browsers leave out the port that the scheme implies, and nothing is a pattern.
	implied := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return u.Port() != implied && !strings.Contains(u.Host, "*")
}

// envName returns the environment variable of a flag.
func envName(flag string) string {
	return "PARLEY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// isSetting reports whether a flag of the command line is a field of Config.
func isSetting(flag *kong.Flag) bool {
	return flag.Name != "help" && flag.Name != "config"
}

// settingsOf returns the flags of the command line that are settings.
func settingsOf(app *kong.Application) []*kong.Flag {
	return slices.DeleteFunc(slices.Clone(app.Flags), func(f *kong.Flag) bool { return !isSetting(f) })
}

// helpWithEnv is kong's text of a flag with its environment variable.
func helpWithEnv(value *kong.Value) string {
	if value.Flag == nil || value.Name == "help" || value.Tag.Cmd {
		return value.Help
	}
	return value.Help + " [" + envName(value.Name) + "]"
}
