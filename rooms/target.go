package rooms

// A Target says who gets a broadcast: those who are in at least one of its
// rooms, or everybody if it names none, without those who are in at least one
// of the excepted rooms. The zero value means everybody.
//
// A Target is immutable: To and Except return another one, and a Target may be
// kept and used by any number of goroutines.
type Target struct {
	rooms  []string
	except []string
}

// To returns the target with rooms added to those it means. With no rooms it
// returns the target as it is: a target that named no room still means
// everybody.
func (t Target) To(rooms ...string) Target {
	t.rooms = add(t.rooms, rooms)
	return t
}

// Except returns the target without those who are in one of rooms. A member's
// id is the name of a room which it alone is in, so it excepts that member.
func (t Target) Except(rooms ...string) Target {
	t.except = add(t.except, rooms)
	return t
}

// add returns a slice of its own: neither later calls on the same target nor
// the owner of more can change it.
func add(names, more []string) []string {
	if len(more) == 0 {
		return names
	}
	return append(names[:len(names):len(names)], more...)
}
