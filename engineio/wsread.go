package engineio

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// maxFragments bounds the frames of one message. They are joined as they come,
// but each costs work, and an honest client sends few.
const maxFragments = 1024

// A wsError is a violation of RFC 6455 or of a limit, with the status that
// tells the client.
type wsError struct {
	code ws.StatusCode
	text string
}

func (e *wsError) Error() string { return "websocket: " + e.text }

var (
	errTooLarge  = &wsError{ws.StatusMessageTooBig, "message too large"}
	errUTF8      = &wsError{ws.StatusInvalidFramePayloadData, "text is not UTF-8"}
	errFragments = &wsError{ws.StatusPolicyViolation, "too many fragments"}
)

// A wsReader takes messages from a connection. While it waits at the border of
// two frames it holds no buffer; a frame that fits into a chunk is unmasked
// where it lies, a larger or fragmented message is gathered in memory that
// grows as bytes arrive, whatever length was announced.
type wsReader struct {
	conn *conn
	max  int

	buf []byte // buf[pos:] has not been used yet
	pos int

	msg       []byte // the fragments so far
	op        ws.OpCode
	fragments int
}

// feed gives the reader bytes that arrived with the handshake.
func (r *wsReader) feed(p []byte) {
	if len(p) > 0 {
		r.buf = append(getChunk()[:0], p...)
	}
}

// next returns the next whole message or control frame, valid until the next call.
func (r *wsReader) next() (ws.OpCode, []byte, error) {
	for {
		h, head, err := r.header()
		if err != nil {
			return 0, nil, err
		}
		r.pos += head
		if h.OpCode.IsControl() {
			payload, err := r.payload(h)
			return h.OpCode, payload, err
		}
		if h.OpCode != ws.OpContinuation {
			r.op = h.OpCode
		}
		if h.Fin && r.fragments == 0 && int(h.Length) <= chunkSize {
			payload, err := r.payload(h)
			return r.whole(payload, err)
		}
		r.fragments++
		if err := r.gather(h); err != nil {
			return 0, nil, err
		}
		if h.Fin {
			msg := r.msg
			r.msg, r.fragments = nil, 0
			return r.whole(msg, nil)
		}
	}
}

func (r *wsReader) whole(msg []byte, err error) (ws.OpCode, []byte, error) {
	if err == nil && r.op == ws.OpText && !utf8.Valid(msg) {
		err = errUTF8
	}
	return r.op, msg, err
}

// header waits for a frame header and checks it; pos stays before it.
func (r *wsReader) header() (h ws.Header, size int, err error) {
	for {
		h, size, err = parseHeader(r.buf[r.pos:])
		if err != nil {
			return h, 0, err
		}
		if size > 0 {
			break
		}
		if err := r.fill(); err != nil {
			return h, 0, err
		}
	}
	if !h.OpCode.IsControl() && r.fragments == maxFragments {
		return h, 0, errFragments
	}
	state := ws.StateServerSide
	if r.fragments > 0 {
		state = state.Set(ws.StateFragmented)
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return h, 0, &wsError{ws.StatusProtocolError, err.Error()}
	}
	if !h.OpCode.IsControl() && h.Length > int64(r.max-len(r.msg)) {
		return h, 0, errTooLarge
	}
	return h, size, nil
}

// parseHeader reads a frame header (RFC 6455, section 5.2); size is 0 if p
// does not hold it whole.
//
//	|FIN RSV OPCODE|MASK LEN|[16 or 64 bit length]|[4 byte mask]|
func parseHeader(p []byte) (h ws.Header, size int, err error) {
	if len(p) < 2 {
		return h, 0, nil
	}
	h.Fin = p[0]&0x80 != 0
	h.Rsv = p[0] >> 4 & 0x7
	h.OpCode = ws.OpCode(p[0] & 0xf)
	h.Masked = p[1]&0x80 != 0
	h.Length = int64(p[1] & 0x7f)
	size = 2
	switch h.Length {
	case 126:
		if len(p) < 4 {
			return h, 0, nil
		}
		h.Length = int64(binary.BigEndian.Uint16(p[2:]))
		size = 4
	case 127:
		if len(p) < 10 {
			return h, 0, nil
		}
		n := binary.BigEndian.Uint64(p[2:])
		if n>>63 != 0 {
			return h, 0, errTooLarge
		}
		h.Length = int64(n)
		size = 10
	}
	if h.Masked {
		if len(p) < size+4 {
			return h, 0, nil
		}
		copy(h.Mask[:], p[size:])
		size += 4
	}
	return h, size, nil
}

// payload waits for the payload of a frame that fits into a chunk and returns
// it, unmasked where it lies.
func (r *wsReader) payload(h ws.Header) ([]byte, error) {
	n := int(h.Length)
	for len(r.buf)-r.pos < n {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	p := r.buf[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	ws.Cipher(p, h.Mask, 0)
	return p, nil
}

// gather appends the payload of a frame to msg as it arrives.
func (r *wsReader) gather(h ws.Header) error {
	for left := int(h.Length); left > 0; {
		if r.pos == len(r.buf) {
			if err := r.fill(); err != nil {
				return err
			}
		}
		part := r.buf[r.pos:min(len(r.buf), r.pos+left)]
		ws.Cipher(part, h.Mask, int(h.Length)-left)
		if len(part) > cap(r.msg)-len(r.msg) {
			most := r.max - len(r.msg)
			if h.Fin {
				most = left
			}
			r.msg = grow(r.msg, max(len(part), min(len(r.msg), most)))
		}
		r.msg = append(r.msg, part...)
		r.pos += len(part)
		left -= len(part)
	}
	return nil
}

// fill reads more, behind what has not been used yet.
func (r *wsReader) fill() (err error) {
	switch unused := r.buf[r.pos:]; {
	case r.buf == nil:
	case len(unused) == 0:
		r.free()
	case r.pos > 0:
		r.buf = r.buf[:copy(r.buf, unused)]
		r.pos = 0
	}
	r.buf, err = r.conn.read(r.buf)
	return err
}

// free gives the buffer back.
func (r *wsReader) free() {
	if r.buf != nil {
		putChunk(r.buf[:chunkSize])
		r.buf, r.pos = nil, 0
	}
}

// readLoop is the one goroutine of a websocket: it reads until the connection ends.
func (t *websocket) readLoop() {
	defer t.reader.free()
	for wanted := true; ; {
		op, payload, err := t.reader.next()
		if err != nil {
			t.broken(err)
			return
		}
		switch op {
		case ws.OpPing:
			t.control(&Frame{wire: append(appendWSHeader(nil, wsFinPong, len(payload)), payload...)})
		case ws.OpPong:
		case ws.OpClose:
			t.closedByPeer(payload)
			return
		default:
			// What comes after the session's end is read, so that the close
			// handshake can complete, and dropped.
			wanted = wanted && t.packet(op, payload)
			if t.probing && !wanted {
				t.conn.Close() // a failed probe leaves the session where it was
				return
			}
		}
	}
}

// packet takes a message of the websocket and reports whether more are wanted.
func (t *websocket) packet(op ws.OpCode, payload []byte) bool {
	switch {
	case t.probing:
		return t.probePacket(op, payload)
	case op == ws.OpBinary:
		return t.session.deliver(payload, true)
	default:
		return t.session.receiveText(payload)
	}
}

// control queues a control frame, unless the session does not write here yet.
func (t *websocket) control(f *Frame) {
	if !t.probing {
		t.session.Send([]*Frame{f}, 0) // a closed session answers no ping
	}
}

// closedByPeer answers a close frame and ends the session.
func (t *websocket) closedByPeer(payload []byte) {
	t.peerClosed.Store(true)
	if t.probing {
		t.conn.Close() // a failed probe leaves the session where it was
		return
	}
	if t.session.Closed() {
		t.session.bury()
		return
	}
	reply := payload[:min(len(payload), 2)]
	if len(payload) > 0 {
		if code, text := ws.ParseCloseFrameData(payload); ws.CheckCloseFrameData(code, text) != nil {
			reply = binary.BigEndian.AppendUint16(nil, uint16(ws.StatusProtocolError))
		}
	}
	t.session.closeWith(ReasonTransportClose, wsCloseFrame(reply))
}

// broken ends the session, or what is left of it, after a read error.
func (t *websocket) broken(err error) {
	var bad *wsError
	switch {
	case t.probing:
		t.conn.Close() // a failed probe leaves the session where it was
	case errors.As(err, &bad) && !t.session.Closed():
		t.session.closeWith(ReasonTransportError, wsCloseFrame(binary.BigEndian.AppendUint16(nil, uint16(bad.code))))
		t.discard()
	case t.session.Closed():
		t.session.bury()
	default:
		t.session.abort(ReasonTransportClose, nil)
	}
}

// discard reads until the client answers the close frame that told it of its
// error, or its time is up: closing a socket with unread bytes would take that
// frame from the client.
func (t *websocket) discard() {
	answered := t.reader.skipToClose()
	t.peerClosed.Store(true)
	if !answered || t.said.Load() { // else farewell does it
		t.session.bury()
	}
}

// skipToClose skips frames, whatever is wrong with them, and reports whether
// it has found a close frame before the end.
func (r *wsReader) skipToClose() bool {
	for {
		h, size, err := parseHeader(r.buf[r.pos:])
		if err != nil {
			h.Length = math.MaxInt64 // nothing can be found behind it
		} else if size == 0 {
			if r.fill() != nil {
				return false
			}
			continue
		}
		r.pos += size
		for left := h.Length; left > 0; {
			n := min(left, int64(len(r.buf)-r.pos))
			r.pos += int(n)
			if left -= n; left > 0 && r.fill() != nil {
				return false
			}
		}
		if h.OpCode == ws.OpClose {
			return true
		}
	}
}

// wsCloseFrame returns a close frame with a body of at most 125 bytes.
func wsCloseFrame(body []byte) *Frame {
	wire := append(appendWSHeader(nil, wsFinClose, len(body)), body...)
	return &Frame{wire: append(wire, byte(packetClose)), head: uint8(len(wire)), final: true}
}
