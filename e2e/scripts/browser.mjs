// Pages in Chromium, and the demand that they behave: no error in the console, no violation of the content security policy, no
// resource that cannot be loaded.
import { chromium } from "playwright-core";
import { assert, check, finish, options, url, within } from "./checks.mjs";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

const complaints = [];
let expectingLoss = false;

/** openPage opens a path of the server in a browser profile of its own. */
export async function openPage(path, { base = url, ...context } = {}) {
  const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context });
  const page = await profile.newPage();
  const complain = (what, text) => complaints.push(`${path}: ${what}: ${text}`);
  page.on("pageerror", (err) => complain("uncaught", err.message));
  page.on("console", (message) => {
    if (message.type() !== "error" && !/Content Security Policy|Refused to/.test(message.text())) return;
    if (expectingLoss && /ERR_CONNECTION|WebSocket connection|Failed to load resource/.test(message.text())) return;
    complain("console", `${message.text()} (${message.location().url})`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !expectingLoss) complain(`status ${response.status()}`, response.url());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => console.error(`Refused to load ${e.blockedURI} by ${e.violatedDirective}`));
  });
  page.sentFrames = { text: [], binary: [] }; // what left by websocket
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => page.sentFrames[typeof payload === "string" ? "text" : "binary"].push(payload));
  });
  await page.goto(base + path);
  return page;
}

/** whileLosing runs fn with the connection allowed to break, which browsers report as errors. */
export async function whileLosing(fn) {
  expectingLoss = true;
  try {
    await fn();
  } finally {
    expectingLoss = false;
  }
}

/** shows waits until the text is in what the selector finds. */
export function shows(page, selector, text, ms = 20_000) {
  return page.locator(selector).filter({ hasText: text }).first().waitFor({ state: "visible", timeout: ms });
}

/** eventually waits until fn returns something true. */
export function eventually(what, fn, ms = 20_000) {
  let over = false;
  return within(ms, what, async (resolve, reject) => {
    try {
      while (!over) {
        const value = await fn();
        if (value) return resolve(value);
        await new Promise((again) => setTimeout(again, 25));
      }
    } catch (err) {
      reject(err);
    }
  }).finally(() => (over = true));
}

/** picture keeps a screenshot if a folder for them was given. */
export async function picture(page, name) {
  if (options.screenshots) await page.screenshot({ path: `${options.screenshots}/${name}.png` });
}

export async function closeBrowser() {
  await check("no page complained", () => assert.deepEqual(complaints, []));
  await browser.close();
  await finish();
}
