// The small vocabulary of the scenario scripts.
//
// A script is run by the Go tests as `node scripts/<name>.mjs --url=… --mode=… [--key=value]`. It prints one JSON line for each
// check, which becomes a Go subtest:
//
//     {"check":"publish reaches the others","ok":true,"ms":12}
//     {"check":"leave stops delivery","ok":false,"error":"…"}
//     {"secret":"…"}      an engine session id: the Go side looks for it in the server's log
//     {"note":"ready"}    the script waits for something only the Go side can do
//     {"done":true}       the script came to its end; without this line the run has failed
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { io as io48 } from "socket.io-client";
import { io as io40 } from "socket.io-client-4.0";

export { assert };

export const options = Object.fromEntries(
  process.argv.slice(2).map((arg) => {
    const [, key, value] = /^--([^=]+)=?(.*)$/s.exec(arg) ?? [];
    return [key, value];
  }),
);
export const url = options.url;
export const mode = options.mode ?? "default";

const transports = { polling: ["polling"], websocket: ["websocket"], default: ["polling", "websocket"] };
/** recent tells whether the client under test is today's: 4.0 has no timeouts, promises of acknowledgements and retries. */
export const recent = options.client !== "4.0";
const io = recent ? io48 : io40;

// Names drawn for this run: several scripts share one server at the same time.
const run = Math.random().toString(36).slice(2, 8);
export const name = (word) => `${word}-${run}`;

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}
export const note = (text, more = {}) => print({ note: text, ...more });

const opened = new Set();
const leaks = []; // places where an engine session id became visible to a client
const seen = new Set();

// Every transport packet of every client is looked at: the engine session id is the key to the session and must not
// appear anywhere but in the open packet.
function watch(socket) {
  socket.io.on("open", () => {
    const engine = socket.io.engine;
    if (!seen.has(engine.id)) {
      seen.add(engine.id);
      print({ secret: engine.id });
    }
    engine.on("packet", ({ type, data }) => {
      if (type !== "message" || typeof data !== "string") return;
      for (const sid of seen) if (data.includes(sid)) leaks.push(data.slice(0, 200));
    });
  });
  socket.on("connect", () => {
    if (socket.id === socket.io.engine.id) leaks.push(`Socket#id is the engine session id`);
  });
}

/** open returns a client that begins to connect; it is closed when the script ends. */
export function open(opts = {}, nsp = "/") {
  const socket = io(url + nsp, {
    forceNew: true,
    reconnection: false,
    transports: transports[mode],
    ...opts,
  });
  opened.add(socket);
  watch(socket);
  return socket;
}

/** connect returns a connected client; in the default mode one that has finished its upgrade to websocket. */
export async function connect(opts = {}, nsp = "/") {
  const socket = open(opts, nsp);
  await isConnected(socket);
  if (mode === "default" && !opts.transports && opts.upgrade !== false) await isUpgraded(socket);
  return socket;
}

/** user connects with a clientId, which demo mode takes as the user's name. */
export async function user(word, opts = {}) {
  const clientId = name(word);
  const socket = await connect({ auth: { clientId, ...opts.auth }, ...opts });
  socket.user = clientId;
  return socket;
}

export function isConnected(socket, ms = 15_000) {
  if (socket.connected) return Promise.resolve();
  return within(ms, "connect", (resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
}

export function isUpgraded(socket, ms = 15_000) {
  const engine = socket.io.engine;
  if (engine.transport.name === "websocket") return Promise.resolve();
  return within(ms, "upgrade to websocket", (resolve, reject) => {
    engine.once("upgrade", resolve);
    engine.once("close", (reason) => reject(new Error(`closed with "${reason}" during the upgrade`)));
  });
}

/** within settles as the executor does, or rejects after ms. What nobody waits for any more may fail in silence. */
export function within(ms, what, executor) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  const settled = Promise.race([new Promise(executor), late]).finally(() => clearTimeout(timer));
  settled.catch(() => {});
  return settled;
}

/** next resolves with the arguments of the next such event, or of the next one that `where` accepts. */
export function next(socket, event, { where = () => true, ms = 15_000 } = {}) {
  let listener;
  const arrived = within(ms, `event "${event}"`, (resolve) => {
    listener = (...args) => where(...args) && resolve(args);
    socket.on(event, listener);
  }).finally(() => socket.off(event, listener));
  arrived.catch(() => {});
  return arrived;
}

/** record keeps the arguments of all such events from now on; reach(n) waits until there are n. */
export function record(emitter, event) {
  const list = [];
  const waiting = new Set();
  emitter.on(event, (...args) => {
    list.push(args);
    for (const w of waiting) w();
  });
  list.reach = (n, ms = 15_000) => {
    let look;
    return within(ms, `${n} × "${event}" (there are ${list.length})`, (resolve) => {
      look = () => list.length >= n && resolve(list);
      waiting.add(look);
      look();
    }).finally(() => waiting.delete(look));
  };
  return list;
}

/** answered emits and resolves with the acknowledgement, with the means of every client since 4.0, with `retries` or without. */
export function answered(socket, event, ...args) {
  return within(15_000, `acknowledgement of "${event}"`, (resolve) =>
    socket.emit(event, ...args, (...values) => resolve(values.at(-1))),
  );
}

/** ask emits and waits for the acknowledgement; a refusal is a failure. */
export async function ask(socket, event, ...args) {
  const answer = await answered(socket, event, ...args);
  assert.equal(answer?.ok, true, `${event} was refused: ${JSON.stringify(answer)}`);
  return answer;
}

/** refused emits and demands a refusal with this code. */
export async function refused(code, socket, event, ...args) {
  const answer = await answered(socket, event, ...args);
  assert.equal(answer?.ok, false, `${event} should be refused: ${JSON.stringify(answer)}`);
  assert.equal(answer.error?.code, code);
  assert.equal(typeof answer.error.message, "string");
  assert.notEqual(answer.error.message, "");
  return answer;
}

let fences = 0;

/**
 * fence proves that nothing is still on its way from one client to another: what a sender sends arrives in order, so a
 * private message that has arrived was not overtaken by what was sent before it. No test has to wait "long enough".
 */
export async function fence(from, ...to) {
  for (const socket of to) {
    const token = `fence ${++fences}`;
    const arrived = next(socket, "private message", { where: (m) => m.content === token });
    await ask(from, "private message", { to: socket.user, content: token });
    await arrived;
  }
}

let failed = 0;

/** check runs one named check and prints its outcome. Checks run one after the other. */
export async function check(title, fn, ms = 30_000) {
  const began = performance.now();
  try {
    await within(ms, `end of the check`, (resolve, reject) => Promise.resolve().then(fn).then(resolve, reject));
    print({ check: title, ok: true, ms: Math.round(performance.now() - began) });
  } catch (err) {
    failed++;
    print({ check: title, ok: false, ms: Math.round(performance.now() - began), error: describe(err) });
  }
}

function describe(err) {
  if (!(err instanceof Error)) return JSON.stringify(err);
  const at = /scripts\/(\w+\.mjs:\d+)/.exec(err.stack ?? "");
  const cause = err.description?.message ?? err.context?.statusText ?? err.cause?.message;
  return `${err.message}${cause ? ` (${cause})` : ""}${at ? ` [${at[1]}]` : ""}`;
}

/** finish closes every client, reports leaked session ids and ends the script. */
export async function finish() {
  await check("the engine session id is never shown", () => assert.deepEqual([...new Set(leaks)], []));
  const engines = new Set([...opened].map((socket) => socket.io.engine).filter(Boolean));
  for (const socket of opened) socket.disconnect();
  // The farewell of a polling client is a request that must leave before the process ends.
  const closed = () => [...engines].every((engine) => engine.readyState === "closed");
  for (let i = 0; i < 100 && !closed(); i++) await new Promise((again) => setTimeout(again, 10));
  await new Promise((left) => setTimeout(left, 50));
  print({ done: true, failed });
  process.exit(0);
}

const lines = createInterface({ input: process.stdin });
const told = new Set();
lines.on("line", (line) => {
  told.add(line);
});
lines.on("close", () => {});

/** toldBy resolves when the Go side has written this line to the script's input. */
export function toldBy(word, ms = 20_000) {
  let timer;
  return within(ms, `"${word}" from the test`, (resolve) => {
    const look = () => told.has(word) && resolve();
    timer = setInterval(look, 10);
    look();
  }).finally(() => clearInterval(timer));
}

for (const kind of ["uncaughtException", "unhandledRejection"]) {
  process.on(kind, (err) => {
    print({ check: kind, ok: false, error: describe(err) });
    process.exit(1);
  });
}
