package socketio

import (
	"encoding/binary"
	"math/bits"
)

// The pieces of JSON that contain no others.

// at returns the byte at i, or 0, which is no JSON, behind the end.
func (g *gate) at(i int) byte {
	if i < len(g.text) {
		return g.text[i]
	}
	return 0
}

func (g *gate) space(i int) int {
	for i < len(g.text) {
		switch g.text[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// string also reports whether it found an escape.
func (g *gate) string(i int) (end int, escaped bool) {
	text := g.text
	for i++; ; {
		// Nearly all bytes of most packets are letters in strings: eight at a
		// time are passed over if none of them needs a look.
		for i+8 <= len(text) {
			stop := needsLook(binary.LittleEndian.Uint64(text[i:]))
			if stop != 0 {
				i += bits.TrailingZeros64(stop) / 8
				break
			}
			i += 8
		}
		switch c := g.at(i); {
		case c == '"':
			return i + 1, escaped
		case c == '\\':
			if i = g.escape(i); i < 0 {
				return -1, escaped
			}
			escaped = true
		case c < ' ': // also the end of the text
			return g.fail(errInvalidPayload), escaped
		default:
			i++
		}
	}
}

// needsLook has the high bit of a byte set if it is the first in w that is a
// quote, a backslash or a control character. Bits above it mean nothing.
func needsLook(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote := w ^ ones*'"'
	backslash := w ^ ones*'\\'
	return ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
}

func (g *gate) escape(i int) int {
	switch g.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			switch c := g.at(k); {
			case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			default:
				return g.fail(errInvalidPayload)
			}
		}
		return i + 6
	}
	return g.fail(errInvalidPayload)
}

func (g *gate) number(i int) int {
	if g.at(i) == '-' {
		i++
	}
	if g.at(i) == '0' {
		i++
	} else if i = g.digits(i); i < 0 {
		return -1
	}
	if g.at(i) == '.' {
		if i = g.digits(i + 1); i < 0 {
			return -1
		}
	}
	if c := g.at(i); c == 'e' || c == 'E' {
		i++
		if c := g.at(i); c == '+' || c == '-' {
			i++
		}
		return g.digits(i)
	}
	return i
}

// digits is one digit or more.
func (g *gate) digits(i int) int {
	from := i
	for '0' <= g.at(i) && g.at(i) <= '9' {
		i++
	}
	if i == from {
		return g.fail(errInvalidPayload)
	}
	return i
}

func (g *gate) literal(i int, want string) int {
	if end := i + len(want); end <= len(g.text) && string(g.text[i:end]) == want {
		return end
	}
	return g.fail(errInvalidPayload)
}
