package socketio_test

import (
	"fmt"

	"github.com/parley-go/parley/socketio"
)

// An event with a binary attachment arrives as two messages, and is sent on in
// another namespace.
func ExampleDecoder() {
	d := socketio.NewDecoder(nil)
	p, err := d.Text([]byte(`51-["photo","sunset.jpg",{"_placeholder":true,"num":0}]`))
	fmt.Println(p, err, d.Pending())
	p, err = d.Binary([]byte{0xff, 0xd8, 0xff})
	fmt.Println(p.Type, p.Event, len(p.Args), err)

	var name string
	var photo []byte
	if err := p.Args[0].Decode(&name); err != nil {
		fmt.Println(err)
	}
	if err := p.Args[1].Decode(&photo); err != nil {
		fmt.Println(err)
	}
	fmt.Println(name, photo)

	e := socketio.EncodeEvent("/album", socketio.NoID, p.Event, p.Args)
	fmt.Println(len(e.Frames()))
	// Output:
	// <nil> <nil> true
	// EVENT photo 2 <nil>
	// sunset.jpg [255 216 255]
	// 2
}

func ExampleValueOf() {
	v, err := socketio.ValueOf(struct {
		Name string `json:"name"`
		Data []byte `json:"data"`
	}{"sunset.jpg", []byte{0xff, 0xd8, 0xff}})
	fmt.Println(string(v.JSON()), v.Attachments(), err)
	// Output: {"name":"sunset.jpg","data":{"_placeholder":true,"num":0}} [[255 216 255]] <nil>
}

func ExampleRawValue() {
	v, err := socketio.RawValue([]byte(`{"honest":1,"forged":{"_placeholder":true,"num":0}}`))
	fmt.Println(string(v.JSON()), err)
	// Output: {"honest":1,"forged":null} <nil>
}

func ExampleValue_Decode() {
	v, err := socketio.ValueOf(map[string]any{"text": "hello", "data": []byte("binary")})
	if err != nil {
		fmt.Println(err)
	}
	var message struct {
		Text string         `json:"text"`
		Data socketio.Value `json:"data"` // to be sent on as it is
	}
	err = v.Decode(&message)
	fmt.Println(message.Text, string(message.Data.JSON()), len(message.Data.Attachments()), err)
	// Output: hello {"_placeholder":true,"num":0} 1 <nil>
}
