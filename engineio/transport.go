package engineio

// A Transport carries the packets of a session. There are two: polling, whose
// client fetches what waits, and websocket, on which it is written.
type Transport interface {
	// Name returns the transport's name in the protocol.
	Name() string

	// Ready reports whether a packet queued now would be on its way at once.
	// It is called with the session locked: it must not block, nor call back.
	Ready() bool

	// Flush gets what waits in the session's outbox on its way. The caller has
	// claimed the session's writer; Flush, or whom it passes the writer on to,
	// gives it back.
	Flush()

	// Abort ends the transport at once; it is safe to call at any time and
	// more than once. last, if not nil, is what a poll that waits is answered.
	Abort(last *Frame)
}
