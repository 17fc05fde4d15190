package socketio_test

import (
	"strings"
	"testing"

	"github.com/parley-go/parley/socketio"
)

// text100 is an event of the size that the performance targets speak of.
var text100 = []byte(`2["message",{"room":"lobby","user":"ada","text":"` + strings.Repeat("x", 48) + `"}]`)

func BenchmarkDecode(b *testing.B) {
	for name, data := range map[string][]byte{
		"100 bytes":    text100,
		"namespace":    []byte(`2/chat,17["message","hello"]`),
		"10 arguments": []byte(`2["m",0,1,2,3,4,5,6,7,8,9]`),
		"100 kB":       []byte(`2["m","` + strings.Repeat("x", 100_000) + `"]`),
	} {
		b.Run(name, func(b *testing.B) {
			d := socketio.NewDecoder(nil)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Text(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("binary", func(b *testing.B) {
		d := socketio.NewDecoder(nil)
		text, attachment := []byte(`51-["image",{"_placeholder":true,"num":0}]`), make([]byte, 100)
		b.ReportAllocs()
		for b.Loop() {
			d.Text(text)
			if _, err := d.Binary(attachment); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	p, err := socketio.NewDecoder(nil).Text(text100)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("100 bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			socketio.EncodeEvent("/", socketio.NoID, p.Event, p.Args)
		}
	})
	b.Run("binary", func(b *testing.B) {
		v, _ := socketio.ValueOf(make([]byte, 100))
		args := []socketio.Value{v}
		b.ReportAllocs()
		for b.Loop() {
			socketio.EncodeEvent("/", socketio.NoID, "image", args)
		}
	})
}

type message struct {
	Room string `json:"room"`
	User string `json:"user"`
	Text string `json:"text"`
}

func BenchmarkValueOf(b *testing.B) {
	m := message{"lobby", "ada", strings.Repeat("x", 48)}
	for name, v := range map[string]any{
		"string": m.Text,
		"int":    12345,
		"struct": m,
		"map":    map[string]any{"room": m.Room, "user": m.User, "text": m.Text},
		"bytes":  struct{ Data []byte }{make([]byte, 100)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := socketio.ValueOf(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValueDecode(b *testing.B) {
	v, err := socketio.ValueOf(message{"lobby", "ada", strings.Repeat("x", 48)})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var m message
			if err := v.Decode(&m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("any", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var x any
			if err := v.Decode(&x); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("string", func(b *testing.B) {
		v, _ := socketio.ValueOf("hello")
		b.ReportAllocs()
		for b.Loop() {
			var s string
			if err := v.Decode(&s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
