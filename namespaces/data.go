package namespaces

import (
	"encoding/json"
	"fmt"
)

// SetData stores v as the socket's data, in place of what was there. It is
// kept as JSON, so that it is the same after a restart of the server: what
// JSON does not carry is lost at once. The error is ErrClosed or that of
// encoding v.
func SetData(s *Socket, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode socket data: %w", err)
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.state == stateClosed {
		return ErrClosed
	}
	s.data = data
	return nil
}

// Data returns the socket's data as a T, a copy of its own. It reports false
// if there is none, or if it is not a T. It can be read after a disconnect.
func Data[T any](s *Socket) (T, bool) {
	var v T
	s.conn.mu.Lock()
	data := s.data
	s.conn.mu.Unlock()
	if data == nil || json.Unmarshal(data, &v) != nil {
		var zero T
		return zero, false
	}
	return v, true
}
