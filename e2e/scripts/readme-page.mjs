// The HTML page of the README, opened twice: it connects, and it hears what is published to its room.
//
//     --page=/path/of/page.html
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { closeBrowser, eventually, openPage, picture } from "./browser.mjs";
import { assert, ask, check, connect, name, options } from "./checks.mjs";

const html = await readFile(options.page, "utf8");
const server = createServer((req, res) => {
  if (req.url !== "/page.html") return res.writeHead(204).end(); // no icon
  res.setHeader("Content-Type", "text/html; charset=utf-8").end(html);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://localhost:${server.address().port}`;
const pages = [];
const said = [];
let watcher, room;

await check("the page opens", async () => {
  for (let i = 0; i < 2; i++) {
    const page = await openPage("/page.html", { base });
    page.on("console", (message) => said.push(message.text()));
    pages.push(page);
  }
});

await check("both are in one room", async () => {
  watcher = await connect();
  room = await eventually("room with two members", async () => {
    const { rooms } = await ask(watcher, "rooms", {});
    return rooms.find(({ count }) => count >= 2)?.room;
  });
  await ask(watcher, "join", room);
});

await check("the page hears what is published", async () => {
  const events = [...html.matchAll(/\.on\(\s*["'`]([^"'`]+)["'`]/g)].map((m) => m[1]).filter((e) => !/^(connect|disconnect|presence|typing|rooms)/.test(e));
  assert.ok(events.length > 0, "the page listens to no event");
  const word = name("ahoy");
  for (const event of events) {
    await ask(watcher, "publish", { room, event, data: word });
    await ask(watcher, "publish", { room, event, data: { text: word } });
  }
  for (const page of pages) {
    await eventually("word on the page", async () => (await page.title()).includes(word) || (await page.locator("body").innerText()).includes(word) || said.some((line) => line.includes(word)));
    await picture(page, "readme");
  }
});

server.closeAllConnections();
server.close();
await closeBrowser();
