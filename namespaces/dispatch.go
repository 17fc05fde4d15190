package namespaces

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// A turn says whether a socket has a dispatcher: the goroutine that runs its
// handlers, one after the other. It exists while there is something to run.
// The number tells each from those before and after it, so that one which has
// been given up (see abandon) knows that it is no longer the one.
type turn struct {
	running bool
	number  uint64
}

// wakeLocked starts the dispatcher unless it runs. A socket's first one has
// the connection to see to.
func (s *Socket) wakeLocked() {
	if s.turn.running {
		return
	}
	s.turn.running = true
	s.turn.number++
	s.conn.flow.dispatchers++
	s.conn.mux.busy.Add(1)
	if s.turn.number == 1 {
		go s.begin(1)
	} else {
		go s.dispatch(s.turn.number)
	}
	s.conn.settleLocked()
}

// replaceLocked puts another dispatcher in the place of the one that runs,
// which will end when its handler returns, if ever.
func (s *Socket) replaceLocked() {
	s.turn.number++
	go s.dispatch(s.turn.number)
}

func (s *Socket) begin(number uint64) {
	defer s.exited(number)
	s.join()
	s.dispatch(number)
}

// dispatch runs handlers until nothing waits for one.
func (s *Socket) dispatch(number uint64) {
	defer s.exited(number)
	for {
		e, end := s.next(number)
		switch {
		case e != nil:
			s.handle(e, number)
		case end != nil:
			s.finish(end)
		default:
			return
		}
	}
}

// next returns what the dispatcher is to run, an event or the end, or ends its
// turn.
func (s *Socket) next(number uint64) (*Event, *ending) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.servesLocked(number) {
		return nil, nil
	}
	if e := s.dequeueLocked(); e != nil {
		c.settleLocked()
		if !s.servesLocked(number) { // it was given up meanwhile
			c.mux.counts.dropped.Add(1)
			return nil, nil
		}
		return e, nil
	}
	if s.end != nil && s.end.ready && !s.end.begun {
		s.end.begun = true
		if s.end.timer != nil {
			s.end.timer.Stop()
		}
		return nil, s.end
	}
	s.turn.running = false
	if s.end != nil && s.end.begun {
		c.unfinished--
	}
	c.flow.dispatchers--
	c.settleLocked()
	c.mux.done()
	return nil, nil
}

// serves reports whether the dispatcher is the socket's own.
func (s *Socket) serves(number uint64) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.servesLocked(number)
}

func (s *Socket) servesLocked(number uint64) bool {
	return s.turn.running && s.turn.number == number
}

// exited finds a dispatcher that a handler ended with runtime.Goexit, as the
// FailNow of a test does, and replaces it.
func (s *Socket) exited(number uint64) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.servesLocked(number) {
		s.replaceLocked()
	}
}

// handle runs the handlers of an event: those for all, as long as this
// dispatcher is not given up, then its own.
func (s *Socket) handle(e *Event, number uint64) {
	n := s.namespace
	for _, h := range n.any {
		if !s.run(e, h) || s.closed.Load() && !s.serves(number) {
			return
		}
	}
	if h := n.events[e.Name]; h != nil {
		s.run(e, h)
	}
}

// run runs one handler and reports whether the event goes on.
func (s *Socket) run(e *Event, h Handler) bool {
	err := s.guard("handler", e.Name, func() error { return h(s.Context(), s, e) })
	if err != nil {
		e.fail(err)
		s.logError(err, "handler", e.Name)
	}
	return err == nil
}

var errPanicked = errors.New("handler panicked")

// guard runs what belongs to the application. A panic ends it with an error,
// and nothing else: it is logged with its stack and counted.
func (s *Socket) guard(what, event string, run func() error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		s.conn.mux.counts.panics.Add(1)
		s.conn.mux.log.panics.Error().
			Str("namespace", s.namespace.name).Str("socket", s.id).Str("event", clip(event)).
			Str("panic", fmt.Sprint(v)).Bytes("stack", debug.Stack()).
			Msg(what + " panicked")
		err = errPanicked
	}()
	return run()
}

// logError logs an error that nobody else will see. One that is meant for the
// client is not news to the operator.
func (s *Socket) logError(err error, what, event string) {
	if errors.Is(err, errPanicked) {
		return // logged with its stack
	}
	line := s.conn.mux.log.errors.Warn()
	if _, ok := errors.AsType[*Error](err); ok {
		line = s.conn.mux.log.errors.Debug()
	}
	line.Err(err).Str("namespace", s.namespace.name).Str("socket", s.id).Str("event", clip(event)).
		Msg(what + " returned an error")
}
