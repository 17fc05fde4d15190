// A current client at the door of a server.
//
//     --expect="turned away" or --expect=served
import { assert, ask, check, finish, isConnected, mode, open, options } from "./checks.mjs";

await check(`a current client is ${options.expect} (${mode})`, async () => {
  const socket = open();
  if (options.expect === "served") {
    await isConnected(socket);
    assert.equal((await ask(socket, "whoami")).id, socket.id);
  } else {
    await assert.rejects(isConnected(socket), /server error|Socket\.IO server in v2\.x with a v3\.x client/);
    assert.equal(socket.connected, false);
  }
});

await finish();
