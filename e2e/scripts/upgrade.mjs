// Messages in both directions while the transport is upgraded from polling to websocket: nothing is lost, nothing reordered.
//
//     --rounds=24 --batch=6   how many upgrades under way, and how many at the same time
import { assert, ask, check, connect, finish, isConnected, isUpgraded, name, open, options, record } from "./checks.mjs";

const rounds = Number(options.rounds ?? 24);
const batch = Number(options.batch ?? 6);
const after = 40; // messages sent after the upgrade

// The steady one speaks to every room all the time, over a connection that does not change.
const steady = await connect({ transports: ["websocket"], auth: { clientId: name("steady") } });
await ask(steady, "whoami");

const payload = (n) => (n % 7 === 3 ? { n, bytes: Buffer.from([n & 255]) } : { n, pad: "x".repeat(n % 50) });

function inOrder(list, what) {
  const numbers = list.map(([data]) => data.n);
  numbers.forEach((n, i) => assert.equal(n, i, `${what}: expected ${i}, got ${n}, of ${numbers.length}`));
  for (const [{ n, bytes }] of list) if (n % 7 === 3) assert.equal(bytes[0], n & 255);
}

async function round(i) {
  const room = name(`round${i}`);
  await ask(steady, "join", room);
  const up = record(steady, `up${i}`);
  const client = open({ transports: ["polling", "websocket"], auth: { clientId: name(`mover${i}`) } });
  const down = record(client, `down${i}`);
  const echo = record(client, `up${i}`);
  await isConnected(client);
  const startedOn = client.io.engine.transport.name;
  await ask(client, "join", room);

  let sentUp = 0;
  let sentDown = 0;
  let left = Infinity;
  const upgraded = isUpgraded(client).then(() => (left = after));
  const acks = [];
  while (left > 0) {
    client.emit("publish", { room, event: `up${i}`, data: payload(sentUp++), echo: true });
    if (sentUp % 5 === 0) acks.push(ask(client, "whoami"));
    steady.emit("publish", { room, event: `down${i}`, data: payload(sentDown++) });
    left--;
    await new Promise(setImmediate);
    assert.ok(sentUp < 200_000, "the upgrade never came");
    if (sentUp % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); // let a slow machine breathe
  }
  await upgraded;
  await Promise.all([up.reach(sentUp, 20_000), echo.reach(sentUp, 20_000), down.reach(sentDown, 20_000), ...acks]);
  inOrder(up, "what the moving client sent, at the other");
  inOrder(echo, "what the moving client sent, at itself");
  inOrder(down, "what was sent to the moving client");
  assert.ok(client.connected);
  client.disconnect();
  await ask(steady, "leave", room);
  return { startedOn, during: sentUp - after };
}

await check("a client to which nothing is said is upgraded at once", async () => {
  const client = open({ transports: ["polling", "websocket"] });
  await isConnected(client);
  await isUpgraded(client, 10_000); // the next heartbeat, which would also do, is 25 s away
  await ask(client, "whoami");
  client.disconnect();
});

// A round in which the upgrade was over before the first message proves nothing, and counts as none.
let proven = 0;
for (let i = 0; proven < rounds && i < 6 * rounds; i += batch) {
  await check(`upgrades ${i} to ${i + batch - 1} lose and reorder nothing`, async () => {
    const done = await Promise.all(Array.from({ length: batch }, (_, k) => round(i + k)));
    proven += done.filter((r) => r.startedOn === "polling" && r.during > 0).length;
  }, 45_000);
}
await check(`${rounds} upgrades happened while messages were under way`, () => assert.ok(proven >= rounds, `only ${proven}`));

await finish();
