// The events of the official example pages - tutorial chat, chat, whiteboard - as those pages send them, against a server nobody
// wrote code for.
import { assert, check, connect, finish, name, next, record } from "./checks.mjs";

let ada, bob;

/** settled proves that all that went before from one client has arrived at the other. */
async function settled(from, to) {
  const token = name("settled");
  const arrived = next(to, "drawing", { where: (d) => d.token === token });
  from.emit("drawing", { token });
  await arrived;
}

await check("pages connect without any auth", async () => {
  [ada, bob] = await Promise.all([connect(), connect()]);
});

await check("tutorial: a chat message reaches everybody, its sender too", async () => {
  const heard = [ada, bob].map((socket) => record(socket, "chat message"));
  ada.emit("chat message", "hello 😀 <b>x</b>");
  for (const list of heard) {
    await list.reach(1);
    assert.equal(list[0][0], "hello 😀 <b>x</b>");
  }
});

await check("tutorial: with client offset and acknowledgement a retry is not shown twice", async () => {
  const heard = record(bob, "chat message");
  const offset = name("0-1");
  for (let i = 0; i < 2; i++) await ada.timeout(5_000).emitWithAck("chat message", "once", offset);
  await settled(ada, bob);
  assert.equal(heard.length, 1);
  assert.equal(heard[0][0], "once");
});

await check("chat: add user answers login and tells the others", async () => {
  const login = next(ada, "login");
  const joined = next(bob, "user joined");
  ada.emit("add user", "Ada");
  const [{ numUsers }] = await login;
  assert.ok(numUsers >= 1);
  assert.deepEqual((await joined)[0], { username: "Ada", numUsers });
  const second = next(bob, "login");
  bob.emit("add user", "Bob");
  assert.equal((await second)[0].numUsers, numUsers + 1);
});

await check("chat: new message reaches the others only", async () => {
  const own = record(ada, "new message");
  const heard = next(bob, "new message");
  ada.emit("new message", "hi");
  assert.deepEqual((await heard)[0], { username: "Ada", message: "hi" });
  await settled(bob, ada);
  assert.equal(own.length, 0);
});

await check("chat: typing and stop typing", async () => {
  const typing = next(bob, "typing");
  ada.emit("typing");
  assert.deepEqual((await typing)[0], { username: "Ada" });
  const stop = next(bob, "stop typing");
  ada.emit("stop typing");
  assert.deepEqual((await stop)[0], { username: "Ada" });
});

await check("whiteboard: drawing reaches the others only", async () => {
  const own = record(ada, "drawing");
  const line = { x0: 0.1, y0: 0.25, x1: 0.5, y1: 1, color: "black" };
  const heard = record(bob, "drawing");
  for (let i = 0; i < 100; i++) ada.emit("drawing", { ...line, i });
  await heard.reach(100);
  heard.forEach(([d], i) => assert.deepEqual(d, { ...line, i }));
  await ada.timeout(5_000).emitWithAck("chat message", "what comes after it is an answer to what was before");
  assert.equal(own.length, 0);
});

await check("chat: user left is told when a page is closed", async () => {
  const left = next(bob, "user left");
  ada.disconnect();
  const [{ username, numUsers }] = await left;
  assert.equal(username, "Ada");
  assert.ok(numUsers >= 1);
});

await check("chat: a page that comes back logs in again", async () => {
  ada.connect();
  await next(ada, "connect");
  const login = next(ada, "login");
  ada.emit("add user", "Ada");
  await login;
  const heard = next(bob, "new message");
  ada.emit("new message", "back");
  assert.equal((await heard)[0].username, "Ada");
});

await finish();
