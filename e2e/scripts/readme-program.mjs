// The Go program of the README: two clients join its namespaces, one sends each of its events, the other hears of it.
//
//     --namespaces=/chat --events=say   as found in the program
import { assert, check, connect, finish, name, options, within } from "./checks.mjs";

const list = (text) => (text ? text.split(",") : []);
const namespaces = list(options.namespaces);

await check("the program has a namespace and an event", () => {
  assert.ok(namespaces.length > 0 || options.namespaces === "");
  assert.ok(list(options.events).length > 0);
});

for (const namespace of namespaces.length ? namespaces : ["/"]) {
  await check(`two clients talk in ${namespace}`, async () => {
    const nsp = namespace.startsWith("/") ? namespace : "/" + namespace;
    const [ada, bob] = await Promise.all([connect({}, nsp), connect({}, nsp)]);
    const word = name("ahoy");
    await within(15_000, "event that says what was sent", (resolve) => {
      bob.onAny((event, ...args) => JSON.stringify(args).includes(word) && resolve(event));
      for (const event of list(options.events)) {
        // Whatever the program calls its fields, the word is in one of them; or it takes plain text.
        ada.emit(event, { text: word, message: word, body: word, content: word, msg: word, room: "lobby" });
        ada.emit(event, word);
      }
    });
  });
}

await finish();
