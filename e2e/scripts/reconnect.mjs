// Clients of every transport whose connection goes away and comes back. The Go side takes it away after each note "ready" and says
// "back" when there is something to reconnect to (at once where only connections are cut).
//
//     --reasons=transport close,transport error   what the clients may be told
//     --cuts=yes                                  only connections are cut; the server stays
import { assert, ask, check, finish, isUpgraded, name, next, note, open, options, record, toldBy, within } from "./checks.mjs";

const reasons = options.reasons.split(",");
const room = name("room");
const kinds = { polling: ["polling"], websocket: ["websocket"], default: ["polling", "websocket"] };
const clients = {};

await check("clients of every transport are in a room", async () => {
  for (const [kind, transports] of Object.entries(kinds)) {
    const clientId = name(kind);
    const socket = open({ transports, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 300, auth: { clientId } });
    socket.user = clientId;
    socket.reasons = record(socket, "disconnect");
    await next(socket, "connect");
    if (kind === "default") await isUpgraded(socket);
    await ask(socket, "join", room);
    clients[kind] = socket;
  }
});

const ids = Object.fromEntries(Object.entries(clients).map(([kind, s]) => [kind, s.id]));
const returns = Object.fromEntries(Object.entries(clients).map(([kind, s]) => [kind, record(s, "connect")]));
note("ready");
// A polling client between two requests has no connection that could be cut: it is asked for again.
while (options.cuts && clients.polling.reasons.length === 0) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (clients.polling.reasons.length === 0) note("ready");
}

for (const kind of Object.keys(kinds)) {
  await check(`${kind}: the client is told`, async () => {
    const [[reason]] = await clients[kind].reasons.reach(1, 30_000);
    assert.ok(reasons.includes(reason), `reason "${reason}"`);
  }, 35_000);
}

await toldBy("back", 40_000);

for (const kind of Object.keys(kinds)) {
  await check(`${kind}: the client comes back by itself as a new socket`, async () => {
    await returns[kind].reach(1, 20_000);
    if (!clients[kind].connected) await next(clients[kind], "connect");
    assert.notEqual(clients[kind].id, ids[kind]);
    await ask(clients[kind], "join", room);
  }, 25_000);
}

await check("the room works as before", async () => {
  const [ada, bob, cy] = Object.values(clients);
  const heard = [bob, cy].map((socket) => next(socket, "again"));
  await ask(ada, "publish", { room, event: "again", data: 1 });
  await Promise.all(heard);
});

if (options.cuts) {
  await check("those who were lost have left the room's presence", async () => {
    const [ada] = Object.values(clients);
    const gone = Object.values(ids);
    await within(20_000, "the end of the old members", async (resolve) => {
      for (;;) {
        const { members } = await ask(ada, "presence", { room });
        const here = Object.values(members).flatMap((m) => m.metas.map((meta) => meta.id));
        if (!gone.some((id) => here.includes(id))) return resolve();
        await new Promise((again) => setTimeout(again, 50));
      }
    });
  }, 25_000);
}

await finish();
