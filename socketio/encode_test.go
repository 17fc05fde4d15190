package socketio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-go/parley/socketio"
)

// What the vectors in testdata have no words for.
func TestEncode(t *testing.T) {
	t.Parallel()
	a, b := []byte{1}, []byte{2}
	one := mustValue(t, a)
	both := mustValue(t, []any{b, one}) // shares the attachment of one
	for _, tt := range []struct {
		name string
		got  *socketio.Encoded
		want []string
	}{
		{
			"no namespace", socketio.EncodeEvent("", socketio.NoID, "e", nil),
			[]string{`2["e"]`},
		}, {
			"quoted name", socketio.EncodeEvent("/", 0, "a\"\\\n\x00<\u2028>é🙂\xff", nil),
			[]string{"20[\"a\\\"\\\\\\n\\u0000<\u2028>é🙂\uFFFD\"]"},
		}, {
			"long name", socketio.EncodeEvent("/", 0, strings.Repeat("e", 5000), nil),
			[]string{`20["` + strings.Repeat("e", 5000) + `"]`},
		}, {
			"absent arguments", socketio.EncodeEvent("/", socketio.NoID, "e", make([]socketio.Value, 2)),
			[]string{`2["e",null,null]`},
		}, {
			"absent argument of an ack", socketio.EncodeAck("/", 1, make([]socketio.Value, 1)),
			[]string{`31[null]`},
		}, {
			"many arguments", socketio.EncodeAck("/", 1, make([]socketio.Value, 100)),
			[]string{`31[null` + strings.Repeat(",null", 99) + `]`},
		}, {
			"the same value twice", socketio.EncodeAck("/", 1, []socketio.Value{both, one, both}),
			[]string{placeholders(`62-1[[#0,#1],#1,[#0,#1]]`), "hex:02", "hex:01"},
		}, {
			"renumbered", socketio.EncodeAck("/", 1, []socketio.Value{one, both}),
			[]string{placeholders(`62-1[#0,[#1,#0]]`), "hex:01", "hex:02"},
		}, {
			"attachments in auth", socketio.EncodeConnect("/n", mustValue(t, map[string]any{"a": a, "b": 1})),
			[]string{`0/n,{"a":null,"b":1}`},
		}, {
			"attachments in a refusal", socketio.EncodeConnectError("/", mustValue(t, map[string]any{"data": [][]byte{a, b}})),
			[]string{`4{"data":[null,null]}`},
		},
	} {
		if diff := cmp.Diff(tt.want, wire(t, tt.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
