package rooms

import "errors"

// Errors of Add and Join. Nothing has changed when one is returned.
var (
	// ErrFull: the member would be in more than Options.MaxRooms rooms.
	ErrFull = errors.New("rooms: too many rooms")
	// ErrName: a room's name is longer than MaxName.
	ErrName = errors.New("rooms: room name too long")
	// ErrExists: another member with this id is in the directory.
	ErrExists = errors.New("rooms: id already present")
	// ErrNotMember: the member is not in the directory, or not any more.
	ErrNotMember = errors.New("rooms: not in the directory")
)
