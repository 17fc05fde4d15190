package engineio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// separator stands between the packets of a payload.
const separator = 0x1e

// polling is the Transport of a client that fetches its packets with GET
// requests and sends its own with POSTs. A GET's own goroutine takes what
// waits and writes it: while it does it owns the session's writer.
type polling struct {
	session *Session

	// Guarded by the session's mu.
	probed bool   // an upgrade is under way: polls are answered at once
	poll   *poll  // the GET that waits
	last   *Frame // set by Abort: the answer to a poll that waits
}

// A poll is a GET that waits for packets.
type poll struct {
	wake chan struct{} // holds one token; never closed
}

func (p *polling) Name() string { return Polling }

func (p *polling) Ready() bool { return p.poll != nil }

// Flush passes the writer on to the poll that waits, or to the websocket if the
// session was upgraded since the writer was claimed.
func (p *polling) Flush() {
	s := p.session
	s.mu.Lock()
	s.writer = writerIdle
	p.wakeLocked()
	flush := s.transport != Transport(p) && s.claimLocked()
	s.mu.Unlock()
	if flush {
		s.flush()
	}
}

func (p *polling) wakeLocked() {
	if p.poll != nil {
		select {
		case p.poll.wake <- struct{}{}:
		default:
		}
	}
}

func (p *polling) Abort(last *Frame) {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	if p.last == nil {
		p.last = last
	}
	p.wakeLocked()
}

// elementSize is what a frame adds to a payload.
func elementSize(f *Frame) int { return f.elementLen() + 1 }

// get serves a GET: it waits until there is something to say.
func (p *polling) get(w http.ResponseWriter, r *http.Request) {
	s := p.session
	rc := http.NewResponseController(w)
	// Not supported by every writer; then the server's own timeouts hold.
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})

	b := batches.Get().(*batch)
	defer b.free()
	ctx, cancel := beforeDeadline(r.Context())
	defer cancel()

	me := &poll{wake: make(chan struct{}, 1)}
	var why answer
	s.mu.Lock()
	overlap := p.poll != nil
	if !overlap {
		p.poll = me
		why = p.answerLocked(b, false, ctx.Err() != nil)
	}
	s.mu.Unlock()
	if overlap {
		w.WriteHeader(http.StatusBadRequest)
		s.abort(ReasonTransportError, closeFrame)
		return
	}
	for why == answerLater {
		select {
		case <-me.wake:
		case <-ctx.Done():
		}
		s.mu.Lock()
		why = p.answerLocked(b, true, ctx.Err() != nil)
		s.mu.Unlock()
	}
	err := r.Context().Err() // the client has given up the poll
	if err == nil {
		err = p.write(w, rc, b)
	}
	switch {
	case err != nil && why == answerNotice && s.Transport() != Polling:
		// Nothing is lost: the session has gone on to a websocket.
	case err != nil:
		s.abort(ReasonTransportError, closeFrame)
	case b.frames[len(b.frames)-1].final:
		s.bury()
	case why == answerOutbox:
		s.yield()
	}
}

// beforeDeadline returns a context that ends a little before ctx's deadline,
// so that a poll can be answered before a timeout middleware does.
func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/10))
}

// An answer says what a poll is answered with.
type answer uint8

const (
	answerLater  answer = iota // nothing yet
	answerNotice               // a frame that is not from the outbox
	answerOutbox               // frames of the outbox: the poll owns the writer
)

// answerLocked takes what there is to say into b. waited is false for a poll
// that has just come, over is true for one that cannot wait any longer.
func (p *polling) answerLocked(b *batch, waited, over bool) answer {
	s := p.session
	b.frames = b.frames[:0]
	notice := noopFrame
	switch {
	case s.state == stateClosed:
		if notice = p.last; notice == nil {
			notice = closeFrame
		}
	case s.transport != Transport(p):
	case s.writer == writerIdle && !s.out.empty():
		s.writer = writerWriting
		p.poll = nil
		b.frames = s.out.take(b.frames, s.server.opts.MaxPayload, elementSize)
		if !waited && len(b.frames) == 1 && b.frames[0] == closeFrame {
			// As the official server ends a session whose client comes late.
			b.frames = append(b.frames[:0], noopFrame, closeFrame)
		}
		return answerOutbox
	case p.probed, over:
	default:
		return answerLater
	}
	p.poll = nil
	b.frames = append(b.frames, notice)
	return answerNotice
}

// write writes the frames of b as one payload.
func (p *polling) write(w http.ResponseWriter, rc *http.ResponseController, b *batch) error {
	size := -1
	for _, f := range b.frames {
		size += elementSize(f)
	}
	body := b.chunk[:0]
	if size > cap(body) {
		body = make([]byte, 0, size)
	}
	for i, f := range b.frames {
		if i > 0 {
			body = append(body, separator)
		}
		body = append(body, f.element()...)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	for len(body) > 0 {
		_ = rc.SetWriteDeadline(time.Now().Add(p.session.server.opts.WriteTimeout))
		n, err := w.Write(body[:min(len(body), writePiece)])
		if err != nil {
			return err
		}
		body = body[n:]
	}
	if err := rc.Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil // it will be flushed, but nobody tells whether that works
}

// yield gives back the writer of a poll that has been answered. If the
// session was upgraded meanwhile the websocket goes on.
func (s *Session) yield() {
	s.mu.Lock()
	s.out.written()
	s.writer = writerIdle
	flush := s.claimLocked()
	s.mu.Unlock()
	if flush {
		s.flush()
	}
}

// post serves a POST: the client's packets.
func (p *polling) post(w http.ResponseWriter, r *http.Request) {
	s := p.session
	s.mu.Lock()
	// The websocket of an upgrade may have begun to deliver since the request
	// came in. While posting is set it does not.
	overlap, open, polls := s.posting, s.state == stateOpen, s.transport == Transport(p)
	if !overlap && open && polls {
		s.posting = true
	}
	s.mu.Unlock()
	switch {
	case !open:
		s.server.refuse(w, r, errUnknownSID)
		return
	case !polls:
		s.server.refuse(w, r, errBadRequest)
		return
	case overlap:
		w.WriteHeader(http.StatusBadRequest)
		s.abort(ReasonTransportError, closeFrame)
		return
	}
	body, status := p.body(w, r)
	if status == http.StatusOK {
		p.deliver(body)
	}
	s.endPost()
	switch status {
	case http.StatusOK:
		h := w.Header()
		h.Set("Content-Type", "text/html") // as the official server; "ok" is no markup
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Length", "2")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout))
		_, _ = io.WriteString(w, "ok")
	case http.StatusBadRequest:
		w.WriteHeader(status)
		s.abort(ReasonTransportError, closeFrame)
	default:
		w.Header().Set("Connection", "close")
		w.WriteHeader(status)
	}
}

// endPost ends the time in which a POST is being delivered.
func (s *Session) endPost() {
	s.mu.Lock()
	s.posting = false
	s.postedLocked()
	s.mu.Unlock()
}

// postedLocked has an upgrade that waits for the POST look again: the POST has
// been delivered, or the upgrade has been given up.
func (s *Session) postedLocked() {
	if s.posted != nil {
		close(s.posted)
		s.posted = nil
	}
}

// A client has bodyTime for each bodyPiece of a POST's body: about a kilobyte
// a second.
const (
	bodyTime  = 15 * time.Second
	bodyPiece = 16 << 10
)

// body reads the body of a POST; status is 200 if there is one.
func (p *polling) body(w http.ResponseWriter, r *http.Request) (body []byte, status int) {
	limit := int64(p.session.server.opts.MaxPayload)
	if r.Header.Get("Content-Encoding") != "" {
		return nil, http.StatusUnsupportedMediaType
	}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t == "application/octet-stream" {
		return nil, http.StatusBadRequest // binary payloads belong to revision 3
	}
	if r.ContentLength > limit {
		return nil, http.StatusRequestEntityTooLarge
	}
	rc := http.NewResponseController(w)
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	size := r.ContentLength
	if size < 0 {
		size = limit
	}
	from := http.MaxBytesReader(w, r.Body, limit)
	body = make([]byte, 0, min(size, bodyPiece)+1) // there is always room for the read that finds the end
	for next := 0; ; {
		if len(body) >= next {
			_ = rc.SetReadDeadline(time.Now().Add(bodyTime))
			next = len(body) + bodyPiece
		}
		if len(body) == cap(body) {
			// As much again as has arrived, up to what was announced.
			body = grow(body, min(len(body), int(size)+1-len(body)))
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		var large *http.MaxBytesError
		switch {
		case err == nil:
		case err == io.EOF:
			return body, http.StatusOK
		case errors.As(err, &large):
			return nil, http.StatusRequestEntityTooLarge
		default:
			return nil, http.StatusBadRequest
		}
	}
}

// deliver takes the packets of a payload up to the first bad one.
func (p *polling) deliver(payload []byte) {
	if !utf8.Valid(payload) {
		payload = replaceInvalid(payload)
	}
	for rest := payload; ; {
		packet, next, more := bytes.Cut(rest, []byte{separator})
		if !p.session.receiveText(packet) || !more {
			return
		}
		rest = next
	}
}

// replaceInvalid puts the replacement character where text is not UTF-8, as
// browsers and the official server do. bytes.ToValidUTF8 does so too, but
// takes up to ten times the memory.
func replaceInvalid(p []byte) []byte {
	valid := make([]byte, 0, 2*len(p)) // every second byte at worst
	for run := false; len(p) > 0; {
		r, n := utf8.DecodeRune(p)
		bad := r == utf8.RuneError && n == 1
		switch {
		case !bad:
			valid = append(valid, p[:n]...)
		case !run:
			valid = utf8.AppendRune(valid, utf8.RuneError)
		}
		run, p = bad, p[n:]
	}
	return valid
}
