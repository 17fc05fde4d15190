// Copies the official client's browser bundles from node_modules into
// static/npm/socket.io, from where web.go embeds them. `make` runs this; the
// target folder is ignored by git, so no third-party bundle is ever committed.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const from = new URL("node_modules/socket.io-client/", import.meta.url);
const to = new URL("static/npm/socket.io/", import.meta.url);

// socket.io.js for reading and debugging, min for old-style <script> tags,
// esm.min for `import`, msgpack.min for servers that speak that parser.
const bundles = [
  "socket.io.js",
  "socket.io.min.js",
  "socket.io.esm.min.js",
  "socket.io.msgpack.min.js",
];

await rm(to, { recursive: true, force: true });
await mkdir(to, { recursive: true });
for (const name of bundles) {
  await copyFile(new URL(`dist/${name}`, from), new URL(name, to));
  await copyFile(new URL(`dist/${name}.map`, from), new URL(`${name}.map`, to));
}
// The version in it is the ETag the server answers with.
await copyFile(new URL("package.json", from), new URL("package.json", to));
console.log(`copied ${bundles.length} client bundles to ${fileURLToPath(to)}`);
