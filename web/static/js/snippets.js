// Programs to copy, filled with the address this page came from.

/**
 * @typedef {object} Snippet
 * @property {string} title
 * @property {string} hint
 * @property {string} code
 *
 * @param {string} origin as http://localhost:3000
 * @returns {Snippet[]}
 */
export function snippets(origin) {
  return [
    {
      title: "Browser",
      hint: "Save it as page.html, serve the folder from localhost, such as with npx http-server, and open it.",
      code: `<!doctype html>
<ul id="log"></ul>
<script src="${origin}/socket.io/socket.io.min.js"></script>
<script>
  const socket = io("${origin}");

  socket.on("connect", () => socket.emit("join", "lobby"));

  socket.on("message", (data, { from }) => {
    const line = document.createElement("li");
    line.textContent = \`\${from}: \${data.text}\`;
    document.getElementById("log").append(line);
  });
</script>
`,
    },
    {
      title: "Node",
      hint: "npm install socket.io-client, save it as hello.mjs, run node hello.mjs and look at the chat.",
      code: `import { io } from "socket.io-client";

const socket = io("${origin}");

socket.on("connect", async () => {
  await socket.emitWithAck("join", { room: "lobby", meta: { name: "Node" } });
  const answer = await socket.emitWithAck("publish", {
    room: "lobby",
    event: "message",
    data: { text: "Hello from Node" },
  });
  console.log(answer); // { ok: true, id: "…" }
});

socket.on("message", (data, { from }) => console.log(from, data.text));
`,
    },
    {
      title: "Go, a server of your own",
      hint: "The same server as a package: your handlers, your namespace. The README shows the replace line for go.mod.",
      code: `package main

import (
	"context"
	"log"
	"net/http"

	"github.com/parley-go/parley"
	"github.com/parley-go/parley/namespaces"
)

func main() {
	srv := parley.NewServer(nil)

	chat := srv.Of("/chat")
	chat.OnConnect(func(ctx context.Context, s *namespaces.Socket) error {
		return s.Join("lobby")
	})
	namespaces.On(chat, "say", func(ctx context.Context, s *namespaces.Socket, text string) error {
		return s.To("lobby").Emit("said", text)
	})

	http.Handle("/socket.io/", srv)
	log.Fatal(http.ListenAndServe("localhost:3001", nil))
}
`,
    },
  ];
}
