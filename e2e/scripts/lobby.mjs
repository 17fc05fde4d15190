// Rooms, targeted broadcasts, presence, typing and private messages of the default namespace.
import { assert, ask, check, fence, finish, mode, name, next, open, recent, record, refused, user } from "./checks.mjs";

const room = name("room");
let ada, bob, cy; // ada and bob are in the room, cy is not

await check("clients connect over their transport", async () => {
  [ada, bob, cy] = await Promise.all(["ada", "bob", "cy"].map((word) => user(word)));
  for (const socket of [ada, bob, cy]) {
    assert.equal(socket.io.engine.transport.name, mode === "polling" ? "polling" : "websocket");
  }
});

await check("whoami answers the user and the id", async () => {
  const answer = await ask(ada, "whoami");
  assert.equal(answer.user, ada.user);
  assert.equal(answer.id, ada.id);
  assert.equal(answer.demo, true);
});

await check("join answers the members", async () => {
  const answer = await ask(ada, "join", room);
  assert.equal(answer.room, room);
  assert.equal(answer.count, 1);
  assert.deepEqual(answer.members, { [ada.user]: { metas: [{ id: ada.id }] } });
});

await check("the joiner gets presence_state, the others a presence_diff", async () => {
  const states = record(bob, "presence_state");
  const diffs = record(bob, "presence_diff");
  const diff = next(ada, "presence_diff", { where: (d) => d.room === room });
  const answer = await ask(bob, "join", { room, meta: { device: "phone" } });
  assert.equal(answer.count, 2);
  assert.deepEqual(answer.members[bob.user], { metas: [{ device: "phone", id: bob.id }] });
  assert.deepEqual((await diff)[0], { room, joins: { [bob.user]: { metas: [{ id: bob.id, device: "phone" }] } }, leaves: {} });
  const [[state]] = await states.reach(1);
  assert.equal(state.room, room);
  assert.deepEqual(Object.keys(state.members).sort(), [ada.user, bob.user].sort());
  await fence(ada, bob);
  assert.equal(states.length, 1);
  assert.equal(diffs.length, 0);
});

await check("joining again is fine and replaces the meta data", async () => {
  await ask(bob, "join", { room, meta: { device: "tablet" } });
  const answer = await ask(ada, "presence", { room });
  assert.equal(answer.count, 2);
  assert.deepEqual(answer.members[bob.user], { metas: [{ id: bob.id, device: "tablet" }] });
});

await check("publish reaches the others in the room, not the sender, nobody outside", async () => {
  const heard = [ada, bob, cy].map((socket) => record(socket, "news"));
  const answer = await ask(ada, "publish", { room, event: "news", data: { n: 1, list: [null, true, "x", 1.5] } });
  const [[data, meta]] = await heard[1].reach(1);
  assert.deepEqual(data, { n: 1, list: [null, true, "x", 1.5] });
  assert.equal(meta.id, answer.id);
  assert.equal(meta.room, room);
  assert.equal(meta.from, ada.user);
  assert.ok(Math.abs(Date.parse(meta.ts) - Date.now()) < 60_000, `ts ${meta.ts}`);
  await fence(bob, ada);
  await fence(ada, bob, cy);
  assert.deepEqual(heard.map((list) => list.length), [0, 1, 0]);
});

await check("publish with echo reaches the sender too", async () => {
  const heard = [ada, bob, cy].map((socket) => record(socket, "echoed"));
  await ask(ada, "publish", { room, event: "echoed", data: 7, echo: true });
  await heard[0].reach(1);
  await heard[1].reach(1);
  await fence(ada, bob, cy);
  assert.deepEqual(heard.map((list) => list.length), [1, 1, 0]);
});

await check("publish without acknowledgement and without data is delivered", async () => {
  const heard = next(bob, "bare");
  ada.emit("publish", { room, event: "bare" });
  const [, meta] = await heard;
  assert.equal(meta.room, room);
});

await check("publish needs membership", async () => {
  const heard = record(ada, "intrusion");
  await refused("not_member", cy, "publish", { room, event: "intrusion", data: 1 });
  await fence(cy, ada);
  assert.equal(heard.length, 0);
});

await check("events the server itself emits cannot be published", async () => {
  const events = ["presence_state", "presence_diff", "typing", "rooms", "private message", "chat message", "login", "user joined"];
  for (const event of [...events, "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
    await refused("reserved_event", ada, "publish", { room, event, data: 1 });
  }
  assert.ok(ada.connected && bob.connected);
});

await check("a repeated messageId is acknowledged, not sent again", async () => {
  const heard = record(bob, "retried");
  const message = { room, event: "retried", data: 1, messageId: name("m1") };
  const first = await ask(ada, "publish", message);
  const second = await ask(ada, "publish", message);
  assert.equal(second.id, first.id);
  await fence(ada, bob);
  assert.equal(heard.length, 1);
});

if (recent) await check("the retries of the stock client are delivered once and in order", async () => {
  const eve = await user("eve", { retries: 3, ackTimeout: 5_000 });
  await ask(eve, "join", room);
  const heard = record(bob, "kept");
  await Promise.all(
    [1, 2, 3, 4, 5].map((n) => new Promise((done) => eve.emit("publish", { room, event: "kept", data: n, messageId: name(`k${n}`) }, done))),
  );
  await fence(eve, bob);
  assert.deepEqual(heard.map(([n]) => n), [1, 2, 3, 4, 5]);
  eve.disconnect();
});

await check("typing is passed on to the others", async () => {
  const own = record(ada, "typing");
  const outside = record(cy, "typing");
  const on = next(bob, "typing");
  ada.emit("typing", { room, on: true });
  assert.deepEqual((await on)[0], { room, user: ada.user, on: true });
  const off = next(bob, "typing");
  ada.emit("typing", { room, on: false });
  assert.deepEqual((await off)[0], { room, user: ada.user, on: false });
  await fence(bob, ada);
  await fence(ada, cy);
  assert.deepEqual([own.length, outside.length], [0, 0]);
  await refused("not_member", cy, "typing", { room, on: true });
});

await check("a private message reaches all devices of both users and nobody else", async () => {
  const ada2 = await user("ada");
  const bob2 = await user("bob");
  const heard = [ada, ada2, bob, bob2, cy].map((socket) => record(socket, "private message"));
  const content = { text: "psst", n: [1] };
  const answer = await ask(ada, "private message", { to: bob.user, content });
  await Promise.all([1, 2, 3].map((i) => heard[i].reach(1)));
  const [message] = heard[3][0];
  assert.equal(message.id, answer.id);
  assert.equal(message.from, ada.user);
  assert.equal(message.to, bob.user);
  assert.deepEqual(message.content, content);
  assert.ok(Date.parse(message.ts) > 0);
  await fence(ada, cy); // one message for cy
  await fence(bob, ada); // one for ada, ada2 and, as bob's other device, bob2
  assert.deepEqual(heard.map((list) => list.filter(([m]) => m.content?.text === "psst").length), [0, 1, 1, 1, 0]);
  ada2.disconnect();
  bob2.disconnect();
});

await check("a private message to somebody who is absent is refused", async () => {
  await refused("unavailable", ada, "private message", { to: name("nobody"), content: "hello?" });
});

await check("several devices of a user are one member with several metas", async () => {
  const joined = next(ada, "presence_diff", { where: (d) => bob.user in d.joins });
  const bob2 = await user("bob");
  await ask(bob2, "join", { room, meta: { device: "laptop" } });
  assert.deepEqual((await joined)[0].joins[bob.user].metas, [{ id: bob2.id, device: "laptop" }]);
  const { members, count } = await ask(ada, "presence", { room });
  assert.equal(count, 3);
  assert.deepEqual(members[bob.user].metas.map((m) => m.id).sort(), [bob.id, bob2.id].sort());
  const left = next(ada, "presence_diff", { where: (d) => bob.user in d.leaves });
  const { id } = bob2;
  bob2.disconnect();
  assert.deepEqual((await left)[0].leaves[bob.user].metas.map((m) => m.id), [id]);
  assert.deepEqual((await ask(ada, "presence", { room })).members[bob.user].metas.map((m) => m.id), [bob.id]);
});

await check("rooms lists public rooms, largest first, and can be watched", async () => {
  const { rooms } = await ask(cy, "rooms", { watch: true });
  assert.deepEqual(rooms.find((r) => r.room === room), { room, count: 2 });
  for (const r of rooms) assert.ok(!r.room.startsWith("user:") && r.room !== ada.id, `${r.room} is private`);
  const counts = rooms.map((r) => r.count);
  assert.deepEqual(counts, counts.toSorted((a, b) => b - a));
  const other = name("other");
  const told = next(cy, "rooms", { where: (m) => m.rooms.some((r) => r.room === other && r.count === 1) });
  await ask(ada, "join", other);
  await told;
  await ask(cy, "rooms", { watch: false });
  await ask(ada, "leave", other);
});

await check("rooms of others and odd names cannot be joined", async () => {
  await refused("forbidden", cy, "join", "user:" + ada.user);
  await refused("forbidden", cy, "join", ada.id);
  for (const odd of ["", "x".repeat(257), 5, null, {}, { room: [] }]) await refused("invalid", cy, "join", odd);
  const longest = "é".repeat(128);
  await ask(cy, "join", longest);
  await ask(cy, "leave", longest);
});

await check("what needs a history is refused as unavailable", async () => {
  await refused("unavailable", cy, "history", { room });
  await refused("unavailable", cy, "join", { room, after: "0" });
  await refused("unavailable", cy, "join", { room, last: 10 });
  await refused("not_member", cy, "publish", { room, event: "x", data: 1 });
  const dan = open({ auth: { clientId: name("dan"), serverOffset: 0 } });
  const [answer] = await next(dan, "replay");
  assert.deepEqual([answer.ok, answer.error.code], [false, "unavailable"]);
  dan.disconnect();
});

await check("leave ends delivery and is told to the others", async () => {
  const diff = next(ada, "presence_diff", { where: (d) => bob.user in d.leaves });
  assert.equal((await ask(bob, "leave", room)).room, room);
  assert.deepEqual((await diff)[0], { room, joins: {}, leaves: { [bob.user]: { metas: [{ id: bob.id, device: "tablet" }] } } });
  const heard = record(bob, "after");
  await ask(ada, "publish", { room, event: "after", data: 1 });
  await fence(ada, bob);
  assert.equal(heard.length, 0);
  await refused("not_member", bob, "presence", { room });
});

await check("disconnect is told to the others", async () => {
  await ask(bob, "join", { room });
  const diff = next(ada, "presence_diff", { where: (d) => bob.user in d.leaves });
  const { id } = bob;
  bob.disconnect();
  assert.deepEqual((await diff)[0], { room, joins: {}, leaves: { [bob.user]: { metas: [{ id }] } } });
  assert.equal((await ask(ada, "presence", { room })).count, 1);
  await refused("unavailable", ada, "private message", { to: bob.user, content: 1 });
});

// The client of 4.0 trips over the end of its own old connection when it connects again at once.
if (recent) await check("a client can disconnect and connect again with a new id", async () => {
  const before = cy.id;
  cy.disconnect();
  const back = next(cy, "connect");
  cy.connect();
  await back;
  assert.notEqual(cy.id, before);
  await ask(cy, "join", { room: room });
});

await finish();
