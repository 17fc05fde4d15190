package socketio

// An attachmentSet gathers the attachments of one packet or value and numbers
// them. The same piece of memory is taken in once, under one number: otherwise
// a client could name one large attachment in a thousand arguments and be
// answered, by an echo, with a thousand copies.
type attachmentSet struct {
	list [][]byte

	keys  []memory       // of the list; searched while it is short
	index map[memory]int // made when it no longer is
}

// memory identifies the bytes of a slice: none, or so many from there on.
type memory struct {
	first *byte
	n     int
}

// shortList is the length up to which a search beats a map.
const shortList = 16

// add returns the number of b. With keep it is copied if it is new, so that the
// set does not change with what the owner of b writes to it.
func (s *attachmentSet) add(b []byte, keep bool) int {
	key := memory{n: len(b)}
	if len(b) > 0 {
		key.first = &b[0]
	}
	if n, ok := s.find(key); ok {
		return n
	}
	if keep {
		b = clone(b)
	}
	n := len(s.list)
	s.list, s.keys = append(s.list, b), append(s.keys, key)
	if s.index != nil {
		s.index[key] = n
	}
	return n
}

func (s *attachmentSet) find(key memory) (int, bool) {
	if len(s.keys) > shortList && s.index == nil {
		s.index = make(map[memory]int, 2*len(s.keys))
		for n, k := range s.keys {
			s.index[k] = n
		}
	}
	if s.index != nil {
		n, ok := s.index[key]
		return n, ok
	}
	for n, k := range s.keys {
		if k == key {
			return n, true
		}
	}
	return 0, false
}
