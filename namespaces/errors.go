package namespaces

import (
	"encoding/json"
	"errors"

	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/rooms"
	"github.com/parley-go/parley/socketio"
)

// Errors that a caller may want to tell apart.
var (
	// ErrClosed: the socket is disconnected, or its session has ended.
	ErrClosed = errors.New("namespaces: socket is disconnected")
	// ErrTimeout: no ack came within Options.AckTimeout, or before the
	// context's deadline.
	ErrTimeout = errors.New("namespaces: operation has timed out")
	// ErrReserved: the event name belongs to the protocol.
	ErrReserved = errors.New("namespaces: event name is reserved")
	// ErrSlowConsumer: the packet did not fit into the session's outbox; the
	// session has been closed.
	ErrSlowConsumer = errors.New("namespaces: slow consumer")
	// ErrFull: the socket has reached Options.MaxRooms or
	// Options.MaxPendingAcks.
	ErrFull = errors.New("namespaces: limit of the socket reached")
)

// Codes of the error acks that this package makes itself.
const (
	// CodeInternal: the handler returned an error that is not an *Error, or
	// panicked. The client is told no more than that.
	CodeInternal = "internal"
	// CodeInvalid: the event's arguments do not fit the handler's type.
	CodeInvalid = "invalid"
)

// An Error is an error that is meant for the client. Every other error that a
// handler returns is hidden from it.
//
// Returned by an event handler it becomes the ack
//
//	{"ok":false,"error":{"code":Code,"message":Message,"data":Data}}
//
// and returned by middleware it becomes the CONNECT_ERROR
//
//	{"message":Message,"data":Data}
//
// each without data if Data is nil. Data must be encodable as JSON without
// binary.
type Error struct {
	Code    string // for programs; CodeInternal if empty
	Message string // for people
	Data    any
}

// Error returns the message, or the code if there is none.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Message
}

// invalid is what the client learns of an error of Event.Decode.
func invalid() error {
	return &Error{Code: CodeInvalid, Message: "the event does not take these arguments"}
}

// internalMessage is all a client learns of an error that is not an *Error.
const internalMessage = "internal error"

// errorAck returns what a client is told about the error of a handler.
func errorAck(err error) socketio.Value {
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
	b := body{Code: CodeInternal, Message: internalMessage}
	if e, ok := errors.AsType[*Error](err); ok {
		b = body{e.Code, e.Message, e.Data}
		if b.Code == "" {
			b.Code = CodeInternal
		}
	}
	answer := struct {
		OK    bool `json:"ok"`
		Error body `json:"error"`
	}{Error: b}
	return fixedValue(&answer, `{"ok":false,"error":{"code":"internal","message":"internal error"}}`)
}

// connectError returns the payload of the CONNECT_ERROR for the error of a
// middleware. As in the official server its text is for the client.
func connectError(err error) socketio.Value {
	refusal := struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{Message: err.Error()}
	if e, ok := errors.AsType[*Error](err); ok {
		refusal.Message, refusal.Data = e.Error(), e.Data
	}
	return fixedValue(&refusal, `{"message":"internal"}`)
}

// fixedValue encodes v, or returns fallback where v holds what cannot be
// encoded.
func fixedValue(v any, fallback string) socketio.Value {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(fallback)
	}
	value, err := socketio.RawValue(text)
	if err != nil {
		value, _ = socketio.RawValue([]byte(fallback))
	}
	return value
}

// sendError names the errors of an engine session in this package's words.
func sendError(err error) error {
	switch err {
	case nil:
		return nil
	case engineio.ErrSlowConsumer:
		return ErrSlowConsumer
	default:
		return ErrClosed
	}
}

// roomsError does so for the errors of a directory.
func roomsError(err error) error {
	switch err {
	case rooms.ErrNotMember:
		return ErrClosed
	case rooms.ErrFull:
		return ErrFull
	default:
		return err
	}
}
