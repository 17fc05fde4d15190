// The start page: shows that the server answers, who is on it, and code to
// begin with.

import { barCount, bars } from "./bars.js";
import { MissingClient, loadClient } from "./client.js";
import { byId, count, el, setText, showList } from "./dom.js";
import { roomFlag } from "./flags.js";
import { icon } from "./icons.js";
import { Line, latencyText } from "./line.js";
import { showPill } from "./pill.js";
import { snippets } from "./snippets.js";

const mostRooms = 12;

const titles = {
  online: "This page is connected right now",
  connecting: "Connecting to the server",
  waiting: "The server does not answer; trying again",
  offline: "The server ended the connection",
  refused: "The server refused this page",
};

/** @param {Line} line */
function showLine(line) {
  /** @type {number[]} */
  let latencies = [];
  let shown = /** @type {number | null} */ (null);
  line.addEventListener("status", () => {
    const { phase, transport, latency } = line.status;
    setText(byId("now-title"), titles[phase]);
    setText(byId("transport"), transport || "no transport");
    setText(byId("latency"), latencyText(latency) || "–");
    if (latency !== null && latency !== shown) {
      latencies = [...latencies, latency].slice(-barCount);
      byId("bars").firstElementChild?.setAttribute("d", bars(latencies));
    }
    shown = latency;
  });
}

/** @param {{room: string, count: number}[]} rooms largest first */
function showRooms(rooms) {
  byId("no-rooms").hidden = rooms.length > 0;
  showList(
    byId("rooms"),
    rooms.slice(0, mostRooms),
    ({ room }) => room,
    ({ room }) =>
      el(
        "li",
        {},
        el(
          "a",
          { href: `chat.html#${encodeURIComponent(room)}` },
          roomFlag(room),
          el("span", { class: "name" }, room),
          el("span", { class: "size" }),
        ),
      ),
    (item, { count: size }) => setText(/** @type {Element} */ (item.querySelector(".size")), count(size, "member")),
  );
}

/** @param {typeof import("socket.io-client").io} io */
function connect(io) {
  const line = new Line(io, { auth: {} });
  showPill(byId("pill"), line);
  showLine(line);
  line.socket.on("rooms", ({ rooms }) => showRooms(rooms));
  line.addEventListener("up", async () => {
    const { rooms } = await line.call("rooms", { watch: true }).catch(() => ({ rooms: [] }));
    showRooms(rooms);
  });
  line.connect();
}

/** One tab for each snippet: arrow keys move between them. */
function showSnippets() {
  setText(byId("origin"), location.origin);
  const list = /** @type {HTMLElement} */ (byId("snippets").querySelector("[role=tablist]"));
  const parts = snippets(location.origin).map(({ title, hint, code }, i) => {
    const tab = el("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}` }, title);
    const panel = el(
      "div",
      { class: "snippet", role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` },
      el("div", { class: "snippet-head" }, el("p", {}, hint), copyButton(code)),
      el("pre", { tabindex: 0, role: "region", "aria-label": `Code: ${title}` }, el("code", {}, code)),
    );
    return { tab, panel };
  });
  const choose = (/** @type {number} */ chosen) => {
    for (const [i, { tab, panel }] of parts.entries()) {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panel.hidden = i !== chosen;
    }
  };
  for (const [i, { tab, panel }] of parts.entries()) {
    tab.addEventListener("click", () => choose(i));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (i + step + parts.length) % parts.length;
      choose(next);
      parts[next].tab.focus();
    });
    list.append(tab);
    byId("snippets").append(panel);
  }
  choose(0);
}

/** @param {string} code */
function copyButton(code) {
  const word = el("span", { role: "status" }, "Copy");
  return el(
    "button",
    {
      class: "button small",
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(code);
          setText(word, "Copied");
        } catch {
          // Browsers allow it only on https and localhost.
          setText(word, "Select and copy by hand");
        }
        setTimeout(() => setText(word, "Copy"), 2_000);
      },
    },
    icon("copy"),
    word,
  );
}

showSnippets();
try {
  connect(await loadClient());
} catch (error) {
  if (!(error instanceof MissingClient)) throw error;
  const notice = byId("notice");
  notice.replaceChildren(...error.explain());
  notice.hidden = false;
  byId("pill").hidden = true;
  byId("now").hidden = true;
}
