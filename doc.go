// Package parley is a Socket.IO server: JavaScript's stock socket.io-client
// talks to it, and so do the clients of other languages that speak the same
// protocol. A [Server] is an http.Handler; what the application does with its
// clients it registers on the namespaces of the server:
//
//	package main
//
//	import (
//		"context"
//		"log"
//		"net/http"
//
//		"github.com/parley-go/parley"
//		"github.com/parley-go/parley/namespaces"
//	)
//
//	type message struct{ Text string }
//
//	func main() {
//		srv := parley.NewServer(nil)
//		chat := srv.Of("/chat")
//		chat.OnConnect(func(ctx context.Context, s *namespaces.Socket) error {
//			return s.Join("lobby")
//		})
//		namespaces.On(chat, "say", func(ctx context.Context, s *namespaces.Socket, m message) error {
//			return s.To("lobby").Emit("said", m) // everyone in the room but the sender
//		})
//		http.Handle("/socket.io/", srv)
//		log.Fatal(http.ListenAndServe("127.0.0.1:3000", nil))
//	}
//
// In a page, with Options.Client set:
//
//	<script src="/socket.io/socket.io.js"></script>
//	<script>
//		const chat = io("/chat");
//		chat.on("said", (m) => console.log(m.Text));
//		chat.emit("say", { Text: "hello" });
//	</script>
//
// # Types
//
// This package only wires and shuts down. Package namespaces is where
// application code lives: Namespace, Socket, handlers, acknowledgements and
// the broadcast operator. Below it, socketio is the packet format, rooms knows
// which socket is in which room, and engineio carries messages over
// long-polling and websocket.
//
// # Guarantees
//
//   - Everything works with defaults; [Options] may be nil.
//   - Events of one client are handled one at a time, in the order in which it
//     sent them. A handler's panic ends that event, not the process.
//   - Whatever a client sends or leaves unread costs a bounded amount of memory.
//   - Every goroutine ends before [Server.Shutdown] returns without an error.
//
// # Caveats
//
//   - An emit that returns nil is queued, not delivered. A client that is away
//     misses it.
//   - An http.Server with ReadTimeout or WriteTimeout is fine, each poll sets
//     its own deadlines, but a middleware that times requests out, buffers
//     answers or hides the connection is not.
//   - Pages of other origins are refused unless [Options.Origins] names them.
package parley
