package socketio_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/socketio"
)

// A vector is one entry of a file in testdata; packets.txt says how they look.
type vector struct {
	name     string
	messages []string
	exact    bool     // the encoder writes the same messages
	packet   []string // what they decode to
	err      string   // or the text of the error
}

func readVectors(t *testing.T, file string) (vectors []vector) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v *vector
	for _, line := range strings.Split(string(data), "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || kind == "#":
		case kind == "--":
			vectors = append(vectors, vector{name: rest})
			v = &vectors[len(vectors)-1]
		case kind == ">" || kind == "<":
			v.messages, v.exact = append(v.messages, rest), kind == ">"
		case kind == "!":
			v.err = rest
		default:
			v.packet = append(v.packet, line)
		}
	}
	return vectors
}

// describe returns a packet as the vectors write it.
func describe(p *socketio.Packet) []string {
	id, event := "-", "-"
	if p.ID != socketio.NoID {
		id = fmt.Sprint(p.ID)
	}
	if p.Type == socketio.Event {
		event = p.Event
	}
	lines := []string{fmt.Sprintf("%s %s %s %s", p.Type, p.Namespace, id, event)}
	values := p.Args
	if !p.Data.IsZero() {
		values = append(values, p.Data)
	}
	for _, v := range values {
		line := string(v.JSON())
		for _, a := range v.Attachments() {
			if line += " "; len(a) == 0 {
				line += "-"
			}
			line += hex.EncodeToString(a)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPackets(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "testdata/packets.txt") {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			p, err := feed(socketio.NewDecoder(nil), v.messages...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.packet, describe(p)); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			messages := wire(t, encode(p))
			if diff := cmp.Diff(v.messages, messages); v.exact && diff != "" {
				t.Errorf("encoded (-want +got):\n%s", diff)
			}
			again, err := feed(socketio.NewDecoder(nil), messages...)
			if err != nil {
				t.Fatalf("what was encoded: %v", err)
			}
			if diff := cmp.Diff(v.packet, describe(again)); diff != "" {
				t.Errorf("decoded again (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "testdata/errors.txt") {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			d := socketio.NewDecoder(nil)
			last := len(v.messages) - 1
			for _, m := range v.messages[:last] {
				if _, err := feedOne(d, m); err != nil {
					t.Fatalf("%s: %v", m, err)
				}
			}
			p, err := feedOne(d, v.messages[last])
			var decode *socketio.DecodeError
			if p != nil || !errors.As(err, &decode) {
				t.Fatalf("got packet %v and error %v, want a DecodeError", p, err)
			}
			if err.Error() != v.err {
				t.Errorf("got %q, want %q", err, v.err)
			}
			if d.Pending() {
				t.Error("still waits for attachments")
			}
		})
	}
}
