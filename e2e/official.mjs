// The official Socket.IO server as the peer of the tests: the events of Parley's default namespace in plain JavaScript, so that
// every scenario is proven right on the original before it judges our server, and so that the benchmark compares like with like.
//
//     node official.mjs [--port=0] [--static=<folder of pages>]
//
// It prints {"port":…} when it listens and closes in order on SIGTERM.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join as pathOf, normalize } from "node:path";
import { Server } from "socket.io";

const options = Object.fromEntries(
  process.argv.slice(2).map((arg) => {
    const [, key, value] = /^--([^=]+)=?(.*)$/s.exec(arg) ?? [];
    return [key, value];
  }),
);

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

const http = createServer(async (req, res) => {
  const path = normalize(decodeURIComponent(new URL(req.url, "http://x").pathname));
  try {
    if (!options.static) throw new Error("there are no pages");
    const body = await readFile(pathOf(options.static, path.endsWith("/") ? path + "index.html" : path));
    res.setHeader("Content-Type", types[extname(path)] ?? (path.endsWith("/") ? "text/html" : "application/octet-stream"));
    res.end(body);
  } catch {
    res.statusCode = 404;
    res.end();
  }
});
const io = new Server(http);

const reserved = new Set([
  ..."connect connect_error disconnect disconnecting newListener removeListener".split(" "),
  ..."presence_state presence_diff typing rooms replay".split(" "),
  "private message",
  "chat message",
  "login",
  "user joined",
  "user left",
  "new message",
  "stop typing",
  "drawing",
]);

const newId = () => randomBytes(12).toString("base64url"); // as long as ours, for the benchmark's sake
const ok = (more) => ({ ok: true, ...more });
const no = (code, message) => ({ ok: false, error: { code, message } });

/** handle registers a handler whose return value is the acknowledgement. */
function handle(socket, event, fn) {
  socket.on(event, (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    ack(fn(...args));
  });
}

const presence = new Map(); // room -> Map(socket id -> { user, meta })
const published = new Map(); // user and message id -> id of the message
const chatted = new Set();
const watchers = new Set();
let chatters = 0;

function members(room) {
  const list = {};
  for (const [id, { user, meta }] of presence.get(room) ?? []) (list[user] ??= { metas: [] }).metas.push({ id, ...meta });
  return list;
}

const roomList = () =>
  [...presence]
    .map(([room, who]) => ({ room, count: who.size }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 200);

let telling;
function tellWatchers() {
  telling ??= setTimeout(() => {
    telling = undefined;
    for (const socket of watchers) socket.emit("rooms", { rooms: roomList() });
  }, 200);
}

function join(socket, room, meta) {
  const fresh = !socket.rooms.has(room);
  socket.join(room);
  if (!presence.has(room)) presence.set(room, new Map());
  presence.get(room).set(socket.id, { user: socket.data.user, meta });
  tellWatchers();
  const joins = { [socket.data.user]: { metas: [{ id: socket.id, ...meta }] } };
  socket.to(room).emit("presence_diff", { room, joins, leaves: {} });
  return fresh;
}

function leave(socket, room) {
  const who = presence.get(room);
  const entry = who?.get(socket.id);
  if (!entry) return;
  who.delete(socket.id);
  if (who.size === 0) presence.delete(room);
  tellWatchers();
  const leaves = { [entry.user]: { metas: [{ id: socket.id, ...entry.meta }] } };
  socket.to(room).emit("presence_diff", { room, joins: {}, leaves });
}

function badRoom(room) {
  if (typeof room !== "string" || room === "" || Buffer.byteLength(room) > 256) return no("invalid", "room must be 1 to 256 bytes");
  if (room.startsWith("user:") || io.sockets.sockets.has(room)) return no("forbidden", "this room is not open to clients");
}

function once(user, messageId, send) {
  if (messageId === undefined) return ok({ id: send() });
  const key = `${user}\n${messageId}`;
  if (!published.has(key)) published.set(key, send());
  return ok({ id: published.get(key) });
}

io.on("connection", (socket) => {
  const { clientId, serverOffset } = socket.handshake.auth;
  const user = (socket.data.user = typeof clientId === "string" && clientId !== "" ? clientId : socket.id);
  socket.join("user:" + user);
  if (serverOffset !== undefined) socket.emit("replay", no("unavailable", "there is no history"));

  handle(socket, "join", (arg) => {
    const { room, meta = {}, after, last } = typeof arg === "string" ? { room: arg } : (arg ?? {});
    const bad = badRoom(room);
    if (bad) return bad;
    if (after !== undefined || last !== undefined) return no("unavailable", "there is no history");
    if (join(socket, room, meta)) process.nextTick(() => socket.emit("presence_state", { room, members: members(room) }));
    return ok({ room, members: members(room), count: presence.get(room).size });
  });
  handle(socket, "leave", (arg) => {
    const room = typeof arg === "string" ? arg : arg?.room;
    const bad = badRoom(room);
    if (bad) return bad;
    leave(socket, room);
    socket.leave(room);
    return ok({ room });
  });
  handle(socket, "publish", ({ room, event, data, echo, messageId } = {}) => {
    if (typeof event !== "string" || event === "") return no("invalid", "event is missing");
    if (reserved.has(event)) return no("reserved_event", `${event} cannot be published`);
    if (!socket.rooms.has(room)) return no("not_member", "join the room first");
    return once(user, messageId, () => {
      const id = newId();
      (echo ? io.to(room) : socket.to(room)).emit(event, data, { id, room, from: user, ts: new Date().toISOString() });
      return id;
    });
  });
  handle(socket, "presence", ({ room } = {}) =>
    socket.rooms.has(room) ? ok({ room, members: members(room), count: presence.get(room).size }) : no("not_member", "join the room first"),
  );
  handle(socket, "rooms", ({ watch } = {}) => {
    if (watch === true) watchers.add(socket);
    if (watch === false) watchers.delete(socket);
    return ok({ rooms: roomList() });
  });
  handle(socket, "private message", ({ to, content, messageId } = {}) => {
    if (!io.sockets.adapter.rooms.has("user:" + to)) return no("unavailable", "nobody of that name is connected");
    return once(user, messageId, () => {
      const id = newId();
      socket.to(["user:" + to, "user:" + user]).emit("private message", { id, from: user, to, content, ts: new Date().toISOString() });
      return id;
    });
  });
  handle(socket, "whoami", () => ok({ user, id: socket.id, demo: true }));
  handle(socket, "history", () => no("unavailable", "there is no history"));

  // The events of the official example pages.
  handle(socket, "chat message", (msg, offset) => {
    if (offset !== undefined && chatted.has(offset)) return ok();
    chatted.add(offset);
    io.emit("chat message", msg);
    return ok();
  });
  let username;
  const others = (event, more) => socket.broadcast.emit(event, { username, ...more });
  handle(socket, "add user", (as) => {
    if (username !== undefined) return;
    username = as;
    socket.emit("login", { numUsers: ++chatters });
    others("user joined", { numUsers: chatters });
  });
  handle(socket, "new message", (message) => others("new message", { message }));
  handle(socket, "typing", (arg) => {
    if (arg === undefined) return others("typing");
    if (!socket.rooms.has(arg.room)) return no("not_member", "join the room first");
    socket.to(arg.room).emit("typing", { room: arg.room, user, on: arg.on === true });
    return ok();
  });
  handle(socket, "stop typing", () => others("stop typing"));
  socket.on("drawing", (data) => socket.broadcast.emit("drawing", data));

  socket.on("disconnecting", () => {
    for (const room of socket.rooms) leave(socket, room);
    watchers.delete(socket);
    if (username !== undefined) others("user left", { numUsers: --chatters });
  });
});

// The namespace /lab: handlers that the default namespace has no use for. library_test.go registers the same in Go.
io.of("/lab").on("connection", (socket) => {
  socket.on("echo", (...args) => args.pop()(...args));
  socket.on("silent", () => {});
  socket.on("question", async (question, done) => done(await socket.timeout(5_000).emitWithAck("question", question)));
  socket.on("patience", async (ms, done) => {
    try {
      done(await socket.timeout(ms).emitWithAck("unanswered", 1));
    } catch {
      done("timeout");
    }
  });
  socket.on("count", (n) => {
    for (let i = 0; i < n; i++) socket.emit("number", i);
  });
});
io.of("/guarded").use((socket, next) => {
  const err = new Error("not you");
  err.data = { code: "forbidden" };
  next(socket.handshake.auth.token === "open sesame" ? undefined : err);
});

http.listen(Number(options.port ?? 0), "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));
process.on("SIGTERM", () => io.close(() => process.exit(0)));
