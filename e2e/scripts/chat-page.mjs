// Two people on the chat page, each in a browser of their own.
import { closeBrowser, eventually, openPage, picture, shows, whileLosing } from "./browser.mjs";
import { assert, check, name, note, options, toldBy } from "./checks.mjs";

const room = name("harbour");
let ada, bob;

const log = ".log article.message";

async function say(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

async function online(page, transport) {
  await eventually(`connection by ${transport}`, async () => {
    const pill = page.locator("#pill");
    return (await pill.getAttribute("data-phase")) === "online" && (await pill.textContent()).includes(transport);
  });
}

async function hears(page, text) {
  await shows(page, log + ":not(.mine)", text);
}

await check("both pages connect and upgrade", async () => {
  [ada, bob] = await Promise.all([1, 2].map(() => openPage(`/chat.html#${room}`)));
  await Promise.all([ada, bob].map((page) => online(page, "websocket")));
  assert.equal(await ada.locator("#title").textContent(), room);
});

await check("they see each other, under the names they choose", async () => {
  for (const [page, as] of [[ada, "Ada"], [bob, "Bob <b>bold</b>"]]) {
    await page.locator("#me-name").fill(as);
    await page.locator("#me-name").press("Enter");
  }
  await shows(ada, "#people li", "Bob <b>bold</b>");
  await shows(bob, "#people li", "Ada");
  assert.equal(await ada.locator("#people li").count(), 2);
  await shows(ada, "#subtitle", "2 people");
});

await check("text goes both ways and is confirmed", async () => {
  await say(ada, "Ahoy, Bob! 🚢 ünïcode");
  await hears(bob, "Ahoy, Bob! 🚢 ünïcode");
  await shows(ada, log + ".mine footer", "Sent");
  await say(bob, "Ahoy yourself");
  await hears(ada, "Ahoy yourself");
  await picture(ada, "chat");
});

await check("many messages stay in order", async () => {
  for (let i = 0; i < 20; i++) await say(ada, `line ${i}.`);
  await hears(bob, "line 19.");
  const lines = (await bob.locator(log + ":not(.mine) .bubble p").allTextContents()).filter((line) => line.startsWith("line "));
  assert.deepEqual(lines, Array.from({ length: 20 }, (_, i) => `line ${i}.`));
});

await check("typing is shown and ends", async () => {
  await ada.locator("#text").pressSequentially("I am th");
  await shows(bob, "#typing", "Ada is typing");
  await ada.locator("#text").fill("");
  await eventually("end of typing", async () => (await bob.locator("#typing").textContent()) === "");
});

await check("markup stays text", async () => {
  const evil = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>&lt;b&gt;`;
  await say(ada, evil);
  await hears(bob, evil);
  assert.equal(await bob.locator(".log img[src='x']").count(), 0);
  for (const page of [ada, bob]) assert.equal(await page.evaluate(() => window.hacked), undefined);
});

await check("a private message reaches one person alone, and is answered", async () => {
  await bob.locator("#people button.person", { hasText: "Ada" }).click();
  await shows(bob, "#title", "Ada");
  await say(bob, "Just for you");
  const entry = ada.locator("#privates button", { hasText: "Bob" });
  await entry.waitFor();
  await shows(ada, "#privates .pennant", "1");
  assert.equal(await ada.locator(log, { hasText: "Just for you" }).count(), 0, "shown in the room");
  await entry.click();
  await hears(ada, "Just for you");
  await say(ada, "Thank you");
  await hears(bob, "Thank you");
  await picture(ada, "private");
  for (const page of [ada, bob]) await page.locator("#joined button", { hasText: room }).click();
});

await check("an image travels as binary and is shown", async () => {
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGO4o6FBEmIY1TCqYfhqAABWZ38Bcj4j1wAAAABJRU5ErkJggg==", "base64");
  const before = ada.sentFrames.binary.length;
  await ada.locator("#file").setInputFiles({ name: "flag.png", mimeType: "image/png", buffer: png });
  await ada.locator("#attachment").waitFor();
  await say(ada, "our flag");
  const image = bob.locator(log + ":not(.mine) .picture img").last();
  await image.waitFor();
  await eventually("picture of 16 × 16", () => image.evaluate((img) => img.complete && img.naturalWidth === 16 && img.naturalHeight === 16));
  assert.ok(ada.sentFrames.binary.slice(before).some((frame) => frame.equals(png)), "not sent as a binary frame");
  assert.ok((await image.getAttribute("src")).startsWith("blob:"));
  await picture(bob, "image");
});

for (const transport of ["polling", "websocket", "auto"]) {
  await check(`the switch changes to ${transport}`, async () => {
    await ada.locator(`#transports label`, { has: ada.locator(`input[value=${transport}]`) }).click();
    await online(ada, transport === "auto" ? "websocket" : transport);
    await shows(bob, "#subtitle", "2 people");
    await shows(ada, "#subtitle", "2 people");
    await say(ada, `over ${transport}`);
    await hears(bob, `over ${transport}`);
    await say(bob, `back over ${transport}`);
    await hears(ada, `back over ${transport}`);
    if (transport === "polling") await picture(ada, "polling");
  });
}

await check("a dropped connection is told and comes back", async () => {
  await ada.locator("#drop").click();
  await shows(ada, "#banner", /Connection lost|Connecting|Connected again/);
  await picture(ada, "dropped");
  await shows(ada, "#banner-text", "Connected again.");
  await online(ada, "websocket");
  await shows(ada, ".log .note", "Back after");
  await shows(bob, "#subtitle", "2 people");
  await say(bob, "there you are");
  await hears(ada, "there you are");
});

await check("who disconnects has left, and stays away until asked back", async () => {
  await ada.locator("#disconnect").click();
  await shows(ada, "#banner", "Offline");
  await shows(bob, ".log .note", "Ada left");
  await shows(bob, "#subtitle", "1 person");
  await ada.locator("#banner-button").click();
  await online(ada, "websocket");
  await shows(bob, "#subtitle", "2 people");
});

await check("another room can be opened and left", async () => {
  const other = name("quay <i>");
  for (const page of [ada, bob]) {
    await page.locator("#join-name").fill(other);
    await page.locator("#join-name").press("Enter");
    await shows(page, "#title", other);
  }
  await shows(ada, "#subtitle", "2 people");
  await say(ada, "quiet here");
  await hears(bob, "quiet here");
  await bob.locator("#leave").click();
  await shows(ada, "#subtitle", "1 person");
  assert.equal(await bob.locator("#title").textContent(), room);
});

await check("a message that cannot be delivered is marked", async () => {
  await ada.locator("#joined button", { hasText: room }).click();
  await bob.locator("#people button.person", { hasText: "Ada" }).click();
  await ada.locator("#disconnect").click();
  await eventually("Ada's leaving", async () => (await bob.locator("#subtitle").textContent()) === "Private");
  await say(bob, "too late");
  await shows(bob, log + ".mine footer", "Not sent");
  await ada.locator("#banner-button").click();
  await online(ada, "websocket");
  await bob.locator("#joined button", { hasText: room }).click();
});

if (options.restart) {
  await check("the pages come back by themselves after a restart of the server", () =>
    whileLosing(async () => {
      note("ready");
      await shows(ada, "#banner", /Connection lost|Connecting/, 20_000);
      await toldBy("back", 30_000);
      await Promise.all([ada, bob].map((page) => online(page, "websocket")));
      await Promise.all([ada, bob].map((page) => shows(page, "#subtitle", "2 people")));
      await say(ada, "that was a restart");
      await hears(bob, "that was a restart");
    }),
  60_000);
}

for (const scheme of ["light", "dark"]) {
  await check(`the page can be looked at, ${scheme}, wide and narrow`, async () => {
    await ada.emulateMedia({ colorScheme: scheme });
    for (const [width, height] of [[1280, 800], [360, 720]]) {
      await ada.setViewportSize({ width, height });
      await picture(ada, `${scheme}-${width}`);
      const wide = await ada.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `at ${width} pixels the page scrolls sideways`);
    }
  });
}

await closeBrowser();
