package socketio

// A DecodeError says what is wrong with a packet. After one, nothing that the
// same client sends can be trusted to be in step: its session must be closed.
//
// The text never contains what the client sent, and is upstream's where
// upstream refuses the same.
type DecodeError struct{ text string }

// Error returns the text.
func (e *DecodeError) Error() string { return e.text }

// The texts of the official parser.
var (
	errInvalidPayload     = &DecodeError{"invalid payload"}
	errNoAttachmentCount  = &DecodeError{"Illegal attachments"} // the number in the header
	errIllegalAttachments = &DecodeError{"illegal attachments"} // a number in a placeholder
	errTooManyAttachments = &DecodeError{"too many attachments"}
	errUnexpectedText     = &DecodeError{"got plaintext data when reconstructing a packet"}
	errUnexpectedBinary   = &DecodeError{"got binary data when not reconstructing a packet"}
)

// What the official parser lets pass.
var (
	errIllegalID           = &DecodeError{"illegal ack id"}
	errNestedTooDeep       = &DecodeError{"payload is nested too deep"}
	errTooManyArgs         = &DecodeError{"too many arguments"}
	errEventTooLong        = &DecodeError{"event name too long"}
	errNamespaceTooLong    = &DecodeError{"namespace too long"}
	errAttachmentsTooLarge = &DecodeError{"attachments too large"}
)

// errUnknownType names the type as upstream does: the digit, or NaN for
// whatever is none.
func errUnknownType(c byte) *DecodeError {
	if c < '0' || c > '9' {
		return &DecodeError{"unknown packet type NaN"}
	}
	return &DecodeError{"unknown packet type " + string(rune(c))}
}
