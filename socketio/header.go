package socketio

import "bytes"

// header is what precedes the payload of a packet.
type header struct {
	kind        Type
	attachments int    // of the binary types: 1 at least
	namespace   []byte // empty for "/"
	id          int64
}

// parseHeader returns the header of a text message and the payload behind it.
func parseHeader(data []byte, l *Limits) (h header, payload []byte, err *DecodeError) {
	if len(data) == 0 {
		return h, nil, errUnknownType(0)
	}
	if data[0] < '0' || data[0] > '0'+byte(BinaryAck) {
		return h, nil, errUnknownType(data[0])
	}
	h.kind, data = Type(data[0]-'0'), data[1:]
	if h.kind == BinaryEvent || h.kind == BinaryAck {
		if h.attachments, data, err = parseAttachments(data, l.MaxAttachments); err != nil {
			return h, nil, err
		}
	}
	if len(data) > 0 && data[0] == '/' {
		// The comma may be missing at the end of the packet.
		h.namespace, data, _ = bytes.Cut(data, []byte{','})
		if len(h.namespace) > l.MaxNamespace {
			return h, nil, errNamespaceTooLong
		}
	}
	h.id, data, err = parseID(data)
	switch h.kind {
	case Connect, Disconnect, ConnectError:
		h.id = NoID // nobody acknowledges these: upstream, too, reads past it
	}
	return h, data, err
}

// parseAttachments reads the number of attachments and the dash behind it.
func parseAttachments(data []byte, most int) (n int, rest []byte, err *DecodeError) {
	digits, rest, ok := bytes.Cut(data, []byte{'-'})
	if !ok || len(digits) == 0 {
		return 0, nil, errNoAttachmentCount
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, nil, errNoAttachmentCount
		}
		// Beyond the limit it no longer matters which number it is.
		n = min(n*10+int(c-'0'), most+1)
	}
	switch {
	case n == 0:
		return 0, nil, errNoAttachmentCount
	case n > most:
		return 0, nil, errTooManyAttachments
	}
	return n, rest, nil
}

// parseID reads the ack id, if there is one.
func parseID(data []byte) (id int64, rest []byte, err *DecodeError) {
	n := 0
	for n < len(data) && '0' <= data[n] && data[n] <= '9' {
		if id = id*10 + int64(data[n]-'0'); id > maxID {
			return NoID, nil, errIllegalID
		}
		n++
	}
	if n == 0 {
		return NoID, data, nil
	}
	return id, data[n:], nil
}
