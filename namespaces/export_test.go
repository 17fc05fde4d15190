package namespaces

// PendingAcks returns how many acks of a socket are awaited.
func PendingAcks(s *Socket) int {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return len(s.acks)
}

// Entering reports whether the reply to a socket's CONNECT has been sent.
func Entering(s *Socket) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.state >= stateEntering
}
