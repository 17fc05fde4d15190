package namespaces

import (
	"slices"

	"github.com/parley-go/parley/rooms"
)

// Join puts the socket into rooms, all at once; it stays until it leaves them
// or is disconnected. The error is ErrClosed, ErrFull or rooms.ErrName, and
// nothing has changed then.
func (s *Socket) Join(names ...string) error {
	if early, err := s.joinEarly(names); early {
		return err
	}
	_, err := s.namespace.directory.Join((*member)(s), names...)
	return roomsError(err)
}

// Leave takes the socket out of rooms. The error is ErrClosed.
func (s *Socket) Leave(names ...string) error {
	if early, err := s.leaveEarly(names); early {
		return err
	}
	_, err := s.namespace.directory.Leave((*member)(s), names...)
	return roomsError(err)
}

// Rooms returns the rooms that the socket is in, its own first. Within
// OnDisconnecting it returns those that it was in.
func (s *Socket) Rooms() []string {
	if names, ok := s.ownRooms(); ok {
		return names
	}
	return s.namespace.directory.Rooms((*member)(s))
}

// Has reports whether the socket is in room; within OnDisconnecting, whether
// it was.
func (s *Socket) Has(room string) bool {
	if names, ok := s.ownRooms(); ok {
		return slices.Contains(names, room)
	}
	return s.namespace.directory.Has((*member)(s), room)
}

// joinEarly notes rooms for when the socket enters the directory. It reports
// false if it is there.
func (s *Socket) joinEarly(names []string) (early bool, err error) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.state == stateClosed {
		return true, ErrClosed
	}
	if s.state == stateConnected {
		return false, nil
	}
	list := slices.Clone(s.early)
	for _, name := range names {
		if len(name) > rooms.MaxName {
			return true, rooms.ErrName
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
		if len(list) > s.conn.mux.opts.MaxRooms {
			return true, ErrFull
		}
	}
	s.early = list
	return true, nil
}

// leaveEarly is the same for leaving.
func (s *Socket) leaveEarly(names []string) (early bool, err error) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.state == stateClosed {
		return true, ErrClosed
	}
	if s.state == stateConnected {
		return false, nil
	}
	s.early = slices.DeleteFunc(s.early, func(name string) bool { return slices.Contains(names, name) })
	return true, nil
}

// ownRooms returns the rooms of a socket that is not in the directory yet, or
// not any more. It reports false for one that is.
func (s *Socket) ownRooms() ([]string, bool) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	switch {
	case s.end != nil:
		return slices.Clone(s.end.rooms), true
	case s.state == stateConnected:
		return nil, false
	default:
		return slices.Clone(s.early), true
	}
}
