// Loads the official client. It is not part of the repository: `make` fetches
// it. Hence the import happens at run time, where its absence can be caught
// and said in words; a static import would leave a dead page instead.

const bundle = "../npm/socket.io/socket.io.esm.min.js";

/**
 * @returns {Promise<typeof import("socket.io-client").io>} rejects with MissingClient
 */
export async function loadClient() {
  try {
    return (await import(bundle)).io;
  } catch (cause) {
    throw new MissingClient("the Socket.IO client cannot be loaded", { cause });
  }
}

export class MissingClient extends Error {
  /**
   * What the page should say about it.
   *
   * @returns {Node[]}
   */
  explain() {
    const command = document.createElement("code");
    command.textContent = "make";
    return [
      document.createTextNode(
        "This server was built without the Socket.IO client, so its pages cannot connect. Stop it, run ",
      ),
      command,
      document.createTextNode(" in the repository (it needs Node and npm), and start it again."),
    ];
  }
}
