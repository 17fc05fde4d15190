// Every page of the program, opened once in each colour scheme; and a page of somebody else, served from another port, that uses the
// client bundle of the program.
import { createServer } from "node:http";
import { closeBrowser, eventually, openPage, picture } from "./browser.mjs";
import { assert, check, name, url } from "./checks.mjs";

const found = new Set(["/"]);

for (const path of found) {
  await check(`the page ${path}`, async () => {
    for (const colorScheme of ["light", "dark"]) {
      const page = await openPage(path, { colorScheme });
      await page.waitForLoadState("networkidle").catch(() => {}); // polling never rests
      assert.notEqual(await page.title(), "");
      for (const href of await page.locator("a[href]").evaluateAll((links) => links.map((a) => a.href))) {
        const at = new URL(href);
        if (at.origin === url && !at.pathname.startsWith("/socket.io/")) found.add(at.pathname);
      }
      await picture(page, `${path.replaceAll("/", "_")}-${colorScheme}`);
      await page.context().close();
    }
  });
}

await check("the chat page is among them", () => assert.ok(found.has("/chat.html"), [...found].join(" ")));

await check("a page from another port uses the bundle and the server", async () => {
  const room = name("elsewhere");
  const html = `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,"></head><body>
    <script src="${url}/socket.io/socket.io.js"></script>
    <script>
      const socket = io("${url}");
      socket.on("news", (data) => (document.title = data));
      socket.emit("join", "${room}", () => socket.emit("publish", { room: "${room}", event: "news", data: "heard", echo: true }));
    </script></body></html>`;
  const server = createServer((_, res) => res.setHeader("Content-Type", "text/html").end(html));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    for (const host of ["127.0.0.1", "localhost"]) {
      const page = await openPage("/", { base: `http://${host}:${server.address().port}` });
      await eventually("news on the page", async () => (await page.title()) === "heard");
      await eventually("upgrade", () => page.evaluate("socket.io.engine.transport.name === 'websocket'"));
      await page.context().close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

for (const file of ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"]) {
  await check(`the bundle ${file} and its map`, async () => {
    const res = await fetch(`${url}/socket.io/${file}`);
    assert.equal(res.status, 200);
    assert.equal(res.headers.get("content-type"), "application/javascript; charset=utf-8");
    assert.equal(res.headers.get("cache-control"), "public, max-age=0");
    const etag = res.headers.get("etag");
    assert.equal(etag, '"4.8.4"');
    assert.ok((await res.text()).includes("Socket.IO v4.8.4"));
    for (const known of [etag, `W/${etag}`]) {
      assert.equal((await fetch(`${url}/socket.io/${file}`, { headers: { "If-None-Match": known } })).status, 304);
    }
    const map = await fetch(`${url}/socket.io/${file}.map`);
    assert.equal(map.status, 200);
    assert.equal(map.headers.get("content-type"), "application/json; charset=utf-8");
    await map.json();
  });
}

await check("pages do not lend themselves to others", async () => {
  for (const path of found) {
    const res = await fetch(url + path);
    const csp = res.headers.get("content-security-policy") ?? "";
    assert.match(csp, /default-src 'self'/, path);
    assert.match(csp, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(csp, /unsafe/, path);
    assert.equal(res.headers.get("x-content-type-options"), "nosniff", path);
  }
});

await check("no file outside of the pages is served", async () => {
  for (const path of ["/../go.mod", "/%2e%2e/go.mod", "/..%2fgo.mod", "/socket.io/package.json", "/socket.io/../package.json", "/socket.io/..%2f..%2fgo.mod", "/npm/", "/js/"]) {
    const res = await fetch(url + path);
    assert.ok(res.status >= 400 || (res.status < 300 && path.endsWith("go.mod") && !(await res.text()).includes("module ")), `${path}: ${res.status}`);
  }
});

await closeBrowser();
