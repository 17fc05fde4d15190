package namespaces

import (
	"context"
	"errors"
	"time"

	"github.com/parley-go/parley/socketio"
)

// An ackReply is how the wait for an ack ended.
type ackReply struct {
	args []socketio.Value
	err  error
}

// errEarly: the client cannot answer before it knows that it is connected.
var errEarly = errors.New("namespaces: EmitWithAck before the socket is connected")

// EmitWithAck sends an event and waits for the client's ack, whose values it
// returns. It waits until Options.AckTimeout or the deadline of ctx, whichever
// is earlier, then the error is ErrTimeout; or until ctx is cancelled, then the
// error is its cause; or until the socket is disconnected, then it is
// ErrClosed. Other errors are those of Emit, and ErrFull.
//
// A handler may call it, with the ctx that it was given or one derived from
// it: the ack arrives even if the inbox of its session is full. Its socket's
// other events wait meanwhile.
func (s *Socket) EmitWithAck(ctx context.Context, event string, args ...any) ([]socketio.Value, error) {
	values, err := encodable(event, args)
	if err != nil {
		return nil, err
	}
	id, reply, err := s.expect()
	if err != nil {
		return nil, err
	}
	defer s.forget(id)
	if err := s.emit(socketio.EncodeEvent(s.namespace.name, id, event, values), 0); err != nil {
		return nil, err
	}

	s.conn.await(1)
	defer s.conn.await(-1)
	if caller, _ := ctx.Value(callerKey{}).(*conn); caller != nil && caller != s.conn {
		caller.await(1)
		defer caller.await(-1)
	}
	return s.wait(ctx, reply)
}

func (s *Socket) wait(ctx context.Context, reply <-chan ackReply) ([]socketio.Value, error) {
	timer := time.NewTimer(s.conn.mux.opts.AckTimeout)
	defer timer.Stop()
	var err error
	select {
	case r := <-reply:
		return r.args, r.err
	case <-timer.C:
		err = ErrTimeout
	case <-ctx.Done():
		err = context.Cause(ctx)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = ErrTimeout
		}
	}
	select {
	case r := <-reply: // in the same moment; a disconnect also ends the context
		return r.args, r.err
	default:
	}
	if err == ErrTimeout {
		s.conn.mux.counts.ackTimeouts.Add(1)
	}
	return nil, err
}

// expect takes the next ack id and makes room for its ack.
func (s *Socket) expect() (id int64, _ <-chan ackReply, _ error) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	switch {
	case s.state == stateClosed:
		return 0, nil, ErrClosed
	case s.state == stateConnecting:
		return 0, nil, errEarly
	case len(s.acks) >= s.conn.mux.opts.MaxPendingAcks:
		return 0, nil, ErrFull
	}
	if s.acks == nil {
		s.acks = make(map[int64]chan<- ackReply)
	}
	id = s.namespace.acks.Add(1) - 1
	reply := make(chan ackReply, 1) // takes the one reply without a receiver
	s.acks[id] = reply
	return id, reply, nil
}

// forget drops an ack that nobody waits for any more.
func (s *Socket) forget(id int64) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	delete(s.acks, id)
	if len(s.acks) == 0 {
		s.acks = nil
	}
}

// resolveLocked ends the wait for an ack. An id that is not waited for is
// ignored: the wait may have timed out.
func (s *Socket) resolveLocked(id int64, r ackReply) {
	if reply, ok := s.acks[id]; ok {
		delete(s.acks, id)
		reply <- r
	}
}

// resolveAllLocked ends all waits.
func (s *Socket) resolveAllLocked(r ackReply) {
	for _, reply := range s.acks {
		reply <- r
	}
	s.acks = nil
}
