// The namespace /lab of the test servers: what needs a handler of one's own (acknowledgements asked of the client, any number of
// arguments) and /guarded: middleware that refuses.
//
//     --idle=1500   ms in which nothing happens and the connection must stay
import { assert, check, connect, finish, isConnected, next, open, options, record, within } from "./checks.mjs";

const lab = await connect({}, "/lab");

await check("an acknowledgement carries any number of arguments", async () => {
  const args = [1, "two", null, { three: [3] }, Buffer.from("four")];
  const got = await within(5_000, "ack", (resolve) => lab.emit("echo", ...args, (...back) => resolve(back)));
  assert.deepEqual(got, args);
  const none = await within(5_000, "ack", (resolve) => lab.emit("echo", (...back) => resolve(back)));
  assert.deepEqual(none, []);
});

await check("emitWithAck of the client resolves", async () => {
  assert.deepEqual(await lab.timeout(5_000).emitWithAck("echo", { n: 1 }), { n: 1 });
});

await check("emitWithAck of the client times out", async () => {
  await assert.rejects(lab.timeout(200).emitWithAck("silent", 1), /operation has timed out/);
});

await check("the server's question is answered by the client", async () => {
  lab.on("question", (question, answer) => answer({ to: question, bytes: Buffer.from([1, 2, 3]) }));
  const got = await lab.timeout(5_000).emitWithAck("question", "why?");
  assert.equal(got.to, "why?");
  assert.deepEqual([...got.bytes], [1, 2, 3]);
});

await check("many questions at the same time find their own answers", async () => {
  const got = await Promise.all(Array.from({ length: 20 }, (_, i) => lab.timeout(20_000).emitWithAck("question", i)));
  assert.deepEqual(got.map((g) => g.to), Array.from({ length: 20 }, (_, i) => i));
});

await check("a question nobody answers times out at the server", async () => {
  assert.equal(await lab.timeout(5_000).emitWithAck("patience", 150), "timeout");
});

await check("what a handler emits arrives in order, before its acknowledgement if emitted before", async () => {
  const numbers = record(lab, "number");
  lab.emit("count", 500);
  await numbers.reach(500);
  assert.ok(numbers.every(([n], i) => n === i));
});

await check("middleware refuses with message and data", async () => {
  const guarded = open({ auth: { token: "guess" } }, "/guarded");
  const err = await within(10_000, "connect_error", (resolve) => guarded.once("connect_error", resolve));
  assert.equal(err.message, "not you");
  assert.deepEqual(err.data, { code: "forbidden" });
  assert.equal(guarded.active, false);
});

await check("middleware lets in who has the word, on the same connection", async () => {
  const guarded = lab.io.socket("/guarded", { auth: { token: "open sesame" } });
  await isConnected(guarded);
  assert.notEqual(guarded.id, lab.id);
  guarded.disconnect();
  assert.deepEqual(await lab.timeout(5_000).emitWithAck("echo", 1), 1);
});

await check("a late listener misses nothing that comes later", async () => {
  const first = next(lab, "number");
  lab.emit("count", 1);
  assert.deepEqual(await first, [0]);
});

if (options.idle) {
  await check("a connection on which nothing happens stays", async () => {
    const reasons = record(lab, "disconnect");
    await new Promise((resolve) => setTimeout(resolve, Number(options.idle)));
    assert.deepEqual([...reasons], []);
    assert.equal(await lab.timeout(5_000).emitWithAck("echo", "still here"), "still here");
  });
}

await finish();
