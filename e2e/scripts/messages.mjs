// What a message may be: acknowledged, binary, any text, early, large and too large.
import { assert, ask, check, connect, fence, finish, isConnected, mode, name, next, open, recent, record, user, within } from "./checks.mjs";

const room = name("room");
const [ada, bob] = await Promise.all([user("ada"), user("bob")]);
await ask(ada, "join", room);
await ask(bob, "join", room);

/** relay publishes data from ada and returns what bob got. */
async function relay(data, event = "relayed") {
  const got = next(bob, event);
  await ask(ada, "publish", { room, event, data });
  return (await got)[0];
}

if (recent) await check("an unanswered event times out at the client", async () => {
  await assert.rejects(ada.timeout(200).emitWithAck("nobody listens to this"), /operation has timed out/);
  await ask(ada, "whoami");
});

await check("acknowledgements find their own callers", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(ada, "private message", { to: bob.user, content: i })));
  assert.equal(new Set(answers.map((a) => a.id)).size, 50);
});

await check("nested binary arrives as binary", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const got = await relay({ buffer: Buffer.from(bytes), deep: [{ view: bytes, raw: bytes.buffer }], empty: Buffer.alloc(0), text: "é" });
  for (const part of [got.buffer, got.deep[0].view, got.deep[0].raw]) {
    assert.ok(Buffer.isBuffer(part));
    assert.deepEqual([...part], [...bytes]);
  }
  assert.ok(Buffer.isBuffer(got.empty));
  assert.equal(got.empty.length, 0);
  assert.equal(got.text, "é");
});

await check("binary travels alone and in private messages", async () => {
  assert.deepEqual([...(await relay(Buffer.from([0, 255])))], [0, 255]);
  const got = next(bob, "private message");
  await ask(ada, "private message", { to: bob.user, content: { photo: Buffer.from("photo") } });
  assert.equal((await got)[0].content.photo.toString(), "photo");
});

await check("ten attachments pass", async () => {
  const got = await relay(Array.from({ length: 10 }, (_, i) => Buffer.from([i])));
  assert.deepEqual(got.map((b) => b[0]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

await check("binary and text messages keep their order", async () => {
  const got = record(bob, "mixed");
  for (let i = 0; i < 40; i++) ada.emit("publish", { room, event: "mixed", data: i % 2 ? { i: Buffer.from([i]) } : { i } });
  await got.reach(40);
  assert.deepEqual(got.map(([d]) => (Buffer.isBuffer(d.i) ? d.i[0] : d.i)), Array.from({ length: 40 }, (_, i) => i));
});

await check("any text survives", async () => {
  const texts = ["", "é", "e\u0301", "汉字", "😀👩‍👩‍👧‍👦", "\u0000\u0001\u001e\u007f", "\u2028\u2029", "\ufeff", "\\\"'</script>", "\ud800 alone", "𝒳".repeat(5000)];
  for (const text of texts) assert.equal(await relay(text), text, JSON.stringify(text.slice(0, 20)));
  assert.deepEqual(await relay({ "ключ 😀": texts }), { "ключ 😀": texts });
});

await check("event and room names may be any text", async () => {
  const odd = name("😀 raum, /\"\\ \u2028");
  for (const socket of [ada, bob]) await ask(socket, "join", odd);
  const got = next(bob, "événement 😀,/");
  await ask(ada, "publish", { room: odd, event: "événement 😀,/", data: "here" });
  const [data, meta] = await got;
  assert.deepEqual([data, meta.room], ["here", odd]);
});

await check("numbers and odd JSON are passed on as they are", async () => {
  const data = { int: 9007199254740991, small: -0.000001, big: 1e300, zero: 0, no: null, yes: true, nested: [[[[[]]]]], "": "", __proto__x: 1 };
  assert.deepEqual(await relay(data), data);
});

await check("what is emitted before the connection stands arrives after it, in order", async () => {
  const clientId = name("early");
  const early = open({ auth: { clientId } });
  early.user = clientId;
  const got = record(bob, "early");
  assert.equal(early.connected, false);
  early.emit("join", room);
  for (let i = 0; i < 20; i++) early.emit("publish", { room, event: "early", data: i });
  await isConnected(early);
  await got.reach(20);
  assert.deepEqual(got.map(([n]) => n), Array.from({ length: 20 }, (_, i) => i));
  early.disconnect();
});

await check("a burst of 1,000 messages arrives complete and in order", async () => {
  const got = record(bob, "burst");
  for (let i = 0; i < 1000; i++) ada.emit("publish", { room, event: "burst", data: i });
  await got.reach(1000, 15_000);
  assert.ok(got.every(([n], i) => n === i));
});

await check("900 KB of text pass", async () => {
  const text = "0123456789".repeat(90_000);
  assert.equal(await relay(text), text);
});

await check("a large binary message passes", async () => {
  // On polling an attachment is sent as base64 and the limit holds for what is sent.
  const bytes = Buffer.alloc(mode === "polling" ? 700_000 : 900_000, "parley");
  assert.ok((await relay(bytes)).equals(bytes));
});

await check("a message beyond maxPayload ends its sender's connection only", async () => {
  const mallory = await user("mallory");
  await ask(mallory, "join", room);
  const gone = next(ada, "presence_diff", { where: (d) => mallory.user in d.leaves });
  const heard = record(bob, "flood");
  const closed = within(15_000, "disconnect", (resolve) => mallory.once("disconnect", resolve));
  mallory.emit("publish", { room, event: "flood", data: "x".repeat(1_000_001) });
  const reason = await closed;
  assert.ok(["transport close", "transport error"].includes(reason), reason);
  if (mode !== "polling") await gone;
  await fence(ada, bob);
  assert.equal(heard.length, 0);
  assert.equal(await relay("still here"), "still here");
});

await check("an unknown namespace is refused", async () => {
  const lost = open({}, "/" + name("nowhere"));
  const err = await within(10_000, "connect_error", (resolve) => lost.once("connect_error", resolve));
  assert.equal(err.message, "Invalid namespace");
  assert.equal(lost.connected, false);
});

await check("an unknown namespace leaves the others of its connection alone", async () => {
  const manager = (await connect()).io;
  const lost = manager.socket("/" + name("nowhere"));
  const err = await within(10_000, "connect_error", (resolve) => lost.once("connect_error", resolve));
  assert.equal(err.message, "Invalid namespace");
  const again = manager.socket("/");
  assert.ok(again.connected);
  await ask(again, "whoami");
});

await finish();
