// A client whose websockets do not get through, because of a proxy in between: it stays on polling and loses nothing.
import { assert, ask, check, fence, finish, isConnected, name, open, options, record, user } from "./checks.mjs";

const room = name("room");
const patience = Number(options.patience ?? 0); // ms to stay on polling, so that the server's upgrade timeout passes

await check("a client with default options stays on polling and loses nothing", async () => {
  const clientId = name("ada");
  const ada = open({ transports: undefined, auth: { clientId } });
  ada.user = clientId;
  await isConnected(ada);
  const bob = await user("bob", { transports: ["polling"], upgrade: false });
  await ask(ada, "join", room);
  await ask(bob, "join", room);
  const heard = [ada, bob].map((socket) => record(socket, "count"));
  const until = performance.now() + Math.max(patience, 1500);
  let n = 0;
  while (performance.now() < until) {
    ada.emit("publish", { room, event: "count", data: { n: n++, bytes: Buffer.from([1]) }, echo: true });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(heard.map((list) => list.reach(n)));
  for (const list of heard) assert.ok(list.every(([data], i) => data.n === i && data.bytes[0] === 1), "lost or reordered");
  await fence(ada, bob);
  await fence(bob, ada);
  assert.equal(ada.io.engine.transport.name, "polling");
  assert.ok(ada.connected);
}, 40_000);

if (options.refused) {
  await check("a client that tries websocket first and all transports connects by polling", async () => {
    const ada = open({ transports: ["websocket", "polling"], tryAllTransports: true });
    await isConnected(ada);
    assert.equal(ada.io.engine.transport.name, "polling");
    await ask(ada, "join", room);
  });

  await check("a client that only knows websocket is told", async () => {
    const lost = open({ transports: ["websocket"] });
    await assert.rejects(isConnected(lost), /websocket error/);
  });
}

await finish();
