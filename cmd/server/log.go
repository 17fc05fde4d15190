package main

import (
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// newLogger returns the log: lines for a person on a terminal, JSON for a
// machine elsewhere, unless the settings ask for one of them.
func (m *Main) newLogger(c *Config) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		level = zerolog.InfoLevel // cannot be: complete has checked it
	}
	out := m.Stderr
	if c.LogFormat == "console" || c.LogFormat == "auto" && m.Terminal {
		out = zerolog.ConsoleWriter{Out: m.Stderr, NoColor: !m.Terminal, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// maxClientText is how many bytes of a text from a client enter the log.
const maxClientText = 128

// clip returns a text from a client as it may enter the log: valid UTF-8 and
// short. Both forms of the log escape control characters themselves.
func clip(text string) string {
	if len(text) > maxClientText {
		text = text[:maxClientText] + "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// errorLog takes the lines that net/http logs. What a client did wrong is for
// debugging; anything else, a panic with its stack, say, is ours to mend.
type errorLog struct{ log zerolog.Logger }

func (e errorLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		e.log.Debug().Str("error", clip(text)).Msg("http")
	} else {
		e.log.Error().Str("error", text).Msg("http")
	}
	return len(line), nil
}
