package engineio

// An outbox holds the frames that wait for one client, oldest first, whatever
// transport takes them. Those that its session's writer has taken count until
// it comes back for more or gives the writer back, so that the bound covers
// what is on its way too.
//
// Overflow policy: push refuses, and the session is closed as a slow consumer.
// Volatile packets are not pushed at all once it is three quarters full.
type outbox struct {
	frames []*Frame
	first  int // frames[:first] have been taken
	bytes  int // wire bytes of frames[first:]

	takenFrames, takenBytes int
}

func (o *outbox) empty() bool { return o.first == len(o.frames) }

// push appends the frames of one packet, all or none. An empty outbox takes a
// packet of any size: it is in memory already.
func (o *outbox) push(frames []*Frame, maxFrames, maxBytes int) bool {
	n := 0
	for _, f := range frames {
		n += len(f.wire)
	}
	held := len(o.frames) - o.first + o.takenFrames
	if held > 0 && (held+len(frames) > maxFrames || o.bytes+o.takenBytes+n > maxBytes) {
		return false
	}
	if 2*o.first > len(o.frames) && len(o.frames)+len(frames) > cap(o.frames) {
		// The places of what has been taken are used again before it grows.
		waiting := copy(o.frames, o.frames[o.first:])
		clear(o.frames[waiting:])
		o.frames, o.first = o.frames[:waiting], 0
	}
	o.frames = append(o.frames, frames...)
	o.bytes += n
	return true
}

// crowded reports whether the outbox is three quarters full.
func (o *outbox) crowded(maxFrames, maxBytes int) bool {
	return 4*(len(o.frames)-o.first+o.takenFrames) >= 3*maxFrames ||
		4*(o.bytes+o.takenBytes) >= 3*maxBytes
}

// take moves frames to dst, at least one if there is one, as long as their
// sizes stay within limit. What was taken before counts as written now.
func (o *outbox) take(dst []*Frame, limit int, size func(*Frame) int) []*Frame {
	o.written()
	sum := 0
	for o.first < len(o.frames) {
		f := o.frames[o.first]
		if sum += size(f); sum > limit && o.takenFrames > 0 {
			break
		}
		dst = append(dst, f)
		o.frames[o.first] = nil
		o.first++
		o.takenFrames++
		o.takenBytes += len(f.wire)
	}
	o.bytes -= o.takenBytes
	if o.empty() {
		o.first = 0
		if cap(o.frames) > keptOutbox {
			o.frames = nil // a burst does not stay in memory
		} else {
			o.frames = o.frames[:0]
		}
	}
	return dst
}

// written says that what was taken has left.
func (o *outbox) written() { o.takenFrames, o.takenBytes = 0, 0 }

// keptOutbox is the capacity that an idle session keeps.
const keptOutbox = 8

func (o *outbox) clear() { *o = outbox{} }
