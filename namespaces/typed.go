package namespaces

import "context"

// On sets the handler for an event whose first argument is a T. It is Handle
// with the argument decoded: an argument that is missing is the zero T, those
// after the first are ignored, and one that does not fit is an error with
// CodeInvalid, for which h does not run.
func On[T any](n *Namespace, event string, h func(ctx context.Context, s *Socket, arg T) error) {
	n.Handle(event, func(ctx context.Context, s *Socket, e *Event) error {
		var arg T
		if err := e.Decode(&arg); err != nil {
			return err
		}
		return h(ctx, s, arg)
	})
}

// OnCall sets the handler for an event that is a call: its first argument is
// an In, as with On, and what h returns is the ack. A client that wants no ack
// gets none.
func OnCall[In, Out any](n *Namespace, event string, h func(ctx context.Context, s *Socket, in In) (Out, error)) {
	n.Handle(event, func(ctx context.Context, s *Socket, e *Event) error {
		var in In
		if err := e.Decode(&in); err != nil {
			return err
		}
		out, err := h(ctx, s, in)
		if err != nil {
			return err
		}
		if !e.WantsAck() {
			return nil
		}
		return e.Ack(out)
	})
}
