package socketio

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
)

// Limits bound what a Decoder accepts. The zero value of each field is its
// default.
type Limits struct {
	// MaxAttachments is the number of attachments in one packet. Default 10,
	// which is also what upstream allows.
	MaxAttachments int
	// MaxAttachmentBytes is the size of all attachments of one packet together.
	// Default 4,000,000. A session may hold as much while it waits for the last.
	MaxAttachmentBytes int
	// MaxArgs is the number of arguments in one packet. Default 1,024. An
	// argument takes 48 bytes of memory, and as few as two on the wire.
	MaxArgs int
	// MaxDepth is how many levels of arrays and objects an argument may have.
	// Default 64. Whoever walks over one later recurses as deep, and a stack
	// overflow ends the process: raise it by a little, not to thousands.
	MaxDepth int
	// MaxEventName and MaxNamespace are lengths in bytes. Default 256.
	MaxEventName int
	MaxNamespace int
}

func (l *Limits) withDefaults() Limits {
	var c Limits
	if l != nil {
		c = *l
	}
	c.MaxAttachments = cmp.Or(c.MaxAttachments, 10)
	c.MaxAttachmentBytes = cmp.Or(c.MaxAttachmentBytes, 4_000_000)
	c.MaxArgs = cmp.Or(c.MaxArgs, 1024)
	c.MaxDepth = cmp.Or(c.MaxDepth, defaultMaxDepth)
	c.MaxEventName = cmp.Or(c.MaxEventName, 256)
	c.MaxNamespace = cmp.Or(c.MaxNamespace, 256)
	return c
}

// A Decoder turns the messages of one session into packets. It is not safe for
// concurrent use.
type Decoder struct {
	limits   Limits
	gate     gate
	awaiting *assembly // nil unless attachments are
	unbacked int

	// What the last packet named. Clients repeat themselves, and so save us the
	// copies.
	namespace, event string
}

// NewDecoder returns a Decoder for one session. l may be nil.
func NewDecoder(l *Limits) *Decoder {
	d := &Decoder{limits: l.withDefaults()}
	d.gate.maxDepth = d.limits.MaxDepth
	return d
}

// Pending reports whether attachments of a packet are awaited. Only Binary may
// then be called, and the owner should not wait for ever.
func (d *Decoder) Pending() bool { return d.awaiting != nil }

// Unbacked returns how many objects that looked like placeholders, but had no
// attachment behind them, have been replaced by null. Honest clients send none.
func (d *Decoder) Unbacked() int { return d.unbacked }

// Text decodes a text message. It returns nil and no error if the packet waits
// for its attachments. data may be reused after the call. Every error is a
// [*DecodeError]; the Decoder must not be used after one.
func (d *Decoder) Text(data []byte) (*Packet, error) {
	p, err := d.text(data)
	d.gate.done()
	if err != nil {
		d.awaiting = nil
		return nil, err
	}
	return p, nil
}

// Binary takes a binary message as the next attachment and returns the packet if
// it was the last, else nil. data may be reused after the call. Errors are as in
// Text.
func (d *Decoder) Binary(data []byte) (*Packet, error) {
	if d.awaiting == nil {
		return nil, errUnexpectedBinary
	}
	if len(data) > d.limits.MaxAttachmentBytes-d.awaiting.bytes {
		d.awaiting = nil
		return nil, errAttachmentsTooLarge
	}
	if !d.awaiting.add(data) {
		return nil, nil
	}
	p := d.awaiting.packet
	d.awaiting = nil
	return p, nil
}

func (d *Decoder) text(data []byte) (*Packet, *DecodeError) {
	if d.awaiting != nil {
		return nil, errUnexpectedText
	}
	// Not all transports check this, and a websocket client to which we sent it
	// on would close its connection.
	data = validUTF8(data)
	h, payload, err := parseHeader(data, &d.limits)
	if err != nil {
		return nil, err
	}
	switch h.kind {
	case Connect, ConnectError:
		return d.data(h, payload)
	case Disconnect:
		if len(payload) > 0 {
			return nil, errInvalidPayload
		}
		return &d.body(h).Packet, nil
	default:
		return d.list(h, payload)
	}
}

// A body is a packet and the place of its first arguments, in one allocation.
type body struct {
	Packet
	args [2]Value
}

func (d *Decoder) body(h header) *body {
	return &body{Packet: Packet{Type: h.kind, Namespace: d.namespaceOf(h.namespace), ID: h.id}}
}

// data decodes a CONNECT or CONNECT_ERROR.
func (d *Decoder) data(h header, payload []byte) (*Packet, *DecodeError) {
	p := &d.body(h).Packet
	if len(payload) == 0 {
		return p, nil
	}
	d.gate.genuine = ""
	s, err := d.gate.one(payload)
	if err != nil {
		return nil, err
	}
	if c := payload[s.from]; c != '{' && (c != '"' || h.kind == Connect) {
		return nil, errInvalidPayload
	}
	d.countUnbacked()
	marks := d.gate.marks
	if len(marks) > 0 && marks[0].span == s {
		return p, nil // as null it would be no payload of this type
	}
	p.Data.json = appendMarked(make([]byte, 0, s.to-s.from), payload, s, marks, nil)
	return p, nil
}

// list decodes an EVENT or ACK, binary or not. The packet is nil if it waits for
// attachments.
func (d *Decoder) list(h header, payload []byte) (*Packet, *DecodeError) {
	g, isEvent := &d.gate, h.kind == Event || h.kind == BinaryEvent
	g.maxArgs = d.limits.MaxArgs
	if isEvent {
		g.maxArgs++ // the head
	}
	g.genuine, g.attachments = "", h.attachments
	if h.attachments > 0 {
		g.genuine = "true"
	}
	if err := g.list(payload); err != nil {
		return nil, err
	}
	args, event := g.args, ""
	if isEvent {
		if len(args) == 0 {
			return nil, errInvalidPayload
		}
		var err *DecodeError
		if event, err = d.eventOf(payload[args[0].from:args[0].to]); err != nil {
			return nil, err
		}
		args = args[1:]
	}
	d.countUnbacked()
	b := d.body(h)
	b.Event = event
	slots := d.fill(b, payload, args)
	if h.attachments > 0 {
		b.Type -= BinaryEvent - Event
		d.awaiting = &assembly{packet: &b.Packet, expected: h.attachments, slots: slots}
		return nil, nil
	}
	return &b.Packet, nil
}

// fill makes the Values of b, from one copy of their text, and returns the places
// in them that wait for attachments.
func (d *Decoder) fill(b *body, payload []byte, args []span) (slots []slot) {
	if len(args) == 0 {
		return nil
	}
	if len(args) <= len(b.args) {
		b.Args = b.args[:len(args):len(args)]
	} else {
		b.Args = make([]Value, len(args))
	}
	marks := d.gate.marks
	text := make([]byte, 0, args[len(args)-1].to-args[0].from)
	for i, s := range args {
		within := 0
		for within < len(marks) && marks[within].from < s.to {
			within++
		}
		from := len(text)
		text, slots = appendArg(text, &b.Args[i], slots, payload, s, marks[:within])
		b.Args[i].json = text[from:len(text):len(text)]
		marks = marks[within:]
	}
	return slots
}

func (d *Decoder) countUnbacked() {
	for _, m := range d.gate.marks {
		if m.num == unbacked {
			d.unbacked++
		}
	}
}

func (d *Decoder) namespaceOf(name []byte) string {
	if len(name) == 0 || string(name) == "/" {
		return "/"
	}
	if string(name) != d.namespace {
		d.namespace = string(name)
	}
	return d.namespace
}

// eventOf returns the name that the head of an event's array stands for.
func (d *Decoder) eventOf(head []byte) (string, *DecodeError) {
	switch c := head[0]; {
	case c == '"':
	case c == '-' || '0' <= c && c <= '9':
		return numberName(head), nil
	default:
		return "", errInvalidPayload
	}
	raw := head[1 : len(head)-1]
	if bytes.IndexByte(raw, '\\') >= 0 {
		if len(raw) > d.limits.MaxEventName*len(`\u0000`) {
			return "", errEventTooLong
		}
		raw = unquote(nil, head)
	}
	if len(raw) > d.limits.MaxEventName {
		return "", errEventTooLong
	}
	if string(raw) != d.event {
		name := string(raw)
		if Reserved(name) {
			return "", errInvalidPayload
		}
		d.event = name
	}
	return d.event, nil
}

// numberName returns what JavaScript calls an event that is named by a number:
// that is the name under which its handlers would be found there.
func numberName(head []byte) string {
	// Of a valid number the only error is its size, and then f is infinite.
	f, _ := strconv.ParseFloat(string(head), 64)
	switch {
	case f == 0:
		return "0" // also -0
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return string(appendNumber(nil, f))
}
