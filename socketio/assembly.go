package socketio

import "slices"

// An assembly is a packet whose attachments are still to come. It costs what the
// text of the packet cost, whatever number that announces.
type assembly struct {
	packet      *Packet
	expected    int      // attachments announced
	attachments [][]byte // those that have come
	bytes       int      // their size
	slots       []slot   // where they go
}

// slot is the place of an attachment in a Value.
type slot struct {
	num int // in the packet
	dst *[]byte
}

// appendArg appends the piece s of a payload to text, as the text of v, and to
// slots a place for each attachment that v names. Within v they are numbered in
// the order in which they are named.
func appendArg(text []byte, v *Value, slots []slot, payload []byte, s span, marks []mark) ([]byte, []slot) {
	if len(marks) == 0 {
		return append(text, payload[s.from:s.to]...), slots
	}
	var nums []int // by number within v: number in the packet
	text = appendMarked(text, payload, s, marks, func(num int) int {
		n := slices.Index(nums, num)
		if n < 0 {
			n = len(nums)
			nums = append(nums, num)
		}
		return n
	})
	if len(nums) > 0 {
		v.attachments = make([][]byte, len(nums))
		for n, num := range nums {
			slots = append(slots, slot{num, &v.attachments[n]})
		}
	}
	return text, slots
}

// add takes a copy of the next attachment and reports whether it was the last.
func (a *assembly) add(data []byte) bool {
	a.attachments = append(a.attachments, clone(data))
	a.bytes += len(data)
	if len(a.attachments) < a.expected {
		return false
	}
	for _, s := range a.slots {
		*s.dst = a.attachments[s.num]
	}
	return true
}
