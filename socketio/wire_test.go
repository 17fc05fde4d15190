package socketio_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/parley-go/parley/socketio"
)

// wire returns the messages of a packet as the vectors write them: text, or
// hex:... for a binary one.
func wire(t testing.TB, e *socketio.Encoded) []string {
	t.Helper()
	var messages []string
	for _, f := range e.Frames() {
		data, binary := f.Payload()
		if len(data) != f.Len() {
			t.Fatalf("a frame of %d bytes says that it has %d", len(data), f.Len())
		}
		if binary {
			messages = append(messages, hexPrefix+hex.EncodeToString(data))
		} else {
			messages = append(messages, string(data))
		}
	}
	return messages
}

const hexPrefix = "hex:"

// feed hands messages to a decoder until one makes an error or the last is
// taken.
func feed(d *socketio.Decoder, messages ...string) (p *socketio.Packet, err error) {
	for i, m := range messages {
		if p, err = feedOne(d, m); err != nil {
			return nil, err
		}
		if complete := p != nil; complete != (i == len(messages)-1) || complete == d.Pending() {
			return nil, errors.New("not complete with the last message: " + m)
		}
	}
	return p, nil
}

func feedOne(d *socketio.Decoder, message string) (*socketio.Packet, error) {
	data := []byte(message)
	if !strings.HasPrefix(message, hexPrefix) {
		defer spoil(data)
		return d.Text(data)
	}
	data, err := hex.DecodeString(message[len(hexPrefix):])
	if err != nil {
		return nil, err
	}
	defer spoil(data)
	return d.Binary(data)
}

// spoil overwrites what a decoder was given: it must not have kept it.
func spoil(data []byte) {
	for i := range data {
		data[i] = '!'
	}
}

// encode encodes a packet as it would be sent on.
func encode(p *socketio.Packet) *socketio.Encoded {
	switch p.Type {
	case socketio.Connect:
		return socketio.EncodeConnect(p.Namespace, p.Data)
	case socketio.ConnectError:
		return socketio.EncodeConnectError(p.Namespace, p.Data)
	case socketio.Disconnect:
		return socketio.EncodeDisconnect(p.Namespace)
	case socketio.Event:
		return socketio.EncodeEvent(p.Namespace, p.ID, p.Event, p.Args)
	case socketio.Ack:
		return socketio.EncodeAck(p.Namespace, p.ID, p.Args)
	}
	panic("a decoder returned a packet of type " + p.Type.String())
}
