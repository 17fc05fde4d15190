package socketio

import (
	"strconv"
	"sync"

	"github.com/parley-go/parley/engineio"
)

// Encoded is one packet, encoded once for everyone it goes to. It is immutable
// and safe for concurrent use.
type Encoded struct {
	frames []*engineio.Frame
	text   [1]*engineio.Frame // the place of frames when there are no attachments
}

// Frames returns the messages of the packet in the order in which they must be
// sent, with nothing in between: the text, then each attachment. The slice must
// not be modified.
func (e *Encoded) Frames() []*engineio.Frame { return e.frames }

// EncodeConnect encodes a CONNECT to the namespace ns, data being an object or
// absent. A packet of this type has no attachments: those of data are sent as
// null.
func EncodeConnect(ns string, data Value) *Encoded {
	return encodeData(Connect, ns, data)
}

// EncodeConnectError encodes the refusal of a CONNECT to the namespace ns. data is
// an object with the member "message"; its attachments are sent as null.
func EncodeConnectError(ns string, data Value) *Encoded {
	return encodeData(ConnectError, ns, data)
}

// EncodeDisconnect encodes a DISCONNECT from the namespace ns.
func EncodeDisconnect(ns string) *Encoded {
	return encodeData(Disconnect, ns, Value{})
}

// EncodeEvent encodes the event with args in the namespace ns, which here as in
// the other functions must be valid UTF-8 without a comma. With an id other than
// [NoID] the recipient is asked to acknowledge it. Absent args are sent as null.
func EncodeEvent(ns string, id int64, event string, args []Value) *Encoded {
	return encodeList(Event, ns, id, event, args)
}

// EncodeAck encodes the acknowledgement of the event that came with id in the
// namespace ns.
func EncodeAck(ns string, id int64, args []Value) *Encoded {
	return encodeList(Ack, ns, id, "", args)
}

// A draft is the pieces of one packet until they are put together, once, by
// engineio. Drafts are used again; what they point to is not kept.
type draft struct {
	head        []byte
	parts       [][]byte // of the text
	attachments attachmentSet
}

var drafts = sync.Pool{New: func() any { return new(draft) }}

func encodeData(t Type, ns string, data Value) *Encoded {
	d := drafts.Get().(*draft)
	d.header(t, ns, NoID)
	text := data.json
	if len(data.attachments) > 0 {
		text = appendRenumbered(nil, text, func(dst []byte, _ int) []byte {
			return appendPlaceholder(dst, unbacked)
		})
	}
	d.parts = append(d.parts, d.head, text)
	return d.finish()
}

func encodeList(t Type, ns string, id int64, event string, args []Value) *Encoded {
	d := drafts.Get().(*draft)
	for _, arg := range args {
		for _, a := range arg.attachments {
			d.attachments.add(a, false)
		}
	}
	d.header(t, ns, id)
	d.head = append(d.head, '[')
	if t == Event {
		d.head = appendString(d.head, event)
		if len(args) > 0 {
			d.head = append(d.head, ',')
		}
	}
	d.parts = append(d.parts, d.head)
	for i, arg := range args {
		if i > 0 {
			d.parts = append(d.parts, comma)
		}
		d.parts = append(d.parts, d.text(arg))
	}
	d.parts = append(d.parts, closing)
	return d.finish()
}

// header makes d.head of what precedes the payload. An Event or Ack with
// attachments is of the binary type.
func (d *draft) header(t Type, ns string, id int64) {
	head := d.head[:0]
	if n := len(d.attachments.list); n > 0 {
		head = append(head, '0'+byte(t+BinaryEvent-Event))
		head = append(strconv.AppendInt(head, int64(n), 10), '-')
	} else {
		head = append(head, '0'+byte(t))
	}
	if ns != "/" && ns != "" {
		head = append(append(head, ns...), ',')
	}
	if id >= 0 {
		head = strconv.AppendInt(head, id, 10)
	}
	d.head = head
}

// text returns the text of v with the numbers its attachments have in the
// packet. Mostly that is the text as it is.
func (d *draft) text(v Value) []byte {
	switch {
	case v.IsZero():
		return null
	case len(v.attachments) == 0:
		return v.json
	}
	nums := make([]int, len(v.attachments))
	same := true
	for n, a := range v.attachments {
		nums[n] = d.attachments.add(a, false) // all are in there
		same = same && nums[n] == n
	}
	if same {
		return v.json
	}
	text := make([]byte, 0, len(v.json)+len(nums))
	return appendRenumbered(text, v.json, func(dst []byte, n int) []byte {
		return appendPlaceholder(dst, nums[n])
	})
}

// finish puts the pieces together. d must not be used after it.
func (d *draft) finish() *Encoded {
	p := new(Encoded)
	p.frames = p.text[:0]
	if n := len(d.attachments.list); n > 0 {
		p.frames = make([]*engineio.Frame, 0, 1+n)
	}
	p.frames = append(p.frames, engineio.TextFrame(d.parts...))
	for _, a := range d.attachments.list {
		p.frames = append(p.frames, engineio.BinaryFrame(a))
	}
	clear(d.parts)
	d.parts = d.parts[:0]
	d.attachments = attachmentSet{}
	if cap(d.head) <= 1024 && cap(d.parts) <= 64 {
		drafts.Put(d)
	}
	return p
}

var (
	comma   = []byte{','}
	closing = []byte{']'}
	null    = []byte("null")
)
