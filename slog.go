package parley

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/rs/zerolog"
)

// slogLogger returns a zerolog.Logger whose lines go to to. The packages below
// log with zerolog, and rarely; reading a line back costs nothing that counts.
func slogLogger(to *slog.Logger) zerolog.Logger {
	return zerolog.New(&slogWriter{to.Handler()})
}

// slogWriter is a zerolog.LevelWriter: it gets each line with its level.
type slogWriter struct {
	handler slog.Handler
}

// Write takes a line that has no level.
func (w *slogWriter) Write(line []byte) (int, error) {
	return w.WriteLevel(zerolog.NoLevel, line)
}

// WriteLevel hands one line, a JSON object, to the handler as a record. The
// attributes are sorted by name, for the object's order is lost on the way.
func (w *slogWriter) WriteLevel(l zerolog.Level, line []byte) (int, error) {
	ctx, level := context.Background(), slogLevel(l)
	if !w.handler.Enabled(ctx, level) {
		return len(line), nil
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber() // a large integer would lose digits as a float64
	if err := d.Decode(&fields); err != nil {
		return 0, err
	}
	message, _ := fields[zerolog.MessageFieldName].(string)
	for _, name := range []string{zerolog.MessageFieldName, zerolog.LevelFieldName, zerolog.TimestampFieldName} {
		delete(fields, name) // a record has its own
	}
	record := slog.NewRecord(time.Now(), level, message, 0)
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		record.AddAttrs(slog.Any(name, fields[name]))
	}
	return len(line), w.handler.Handle(ctx, record)
}

func slogLevel(l zerolog.Level) slog.Level {
	switch {
	case l <= zerolog.DebugLevel:
		return slog.LevelDebug
	case l == zerolog.WarnLevel:
		return slog.LevelWarn
	case l >= zerolog.ErrorLevel && l <= zerolog.PanicLevel:
		return slog.LevelError
	}
	return slog.LevelInfo
}
