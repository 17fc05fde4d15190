// The connection pill: a lamp, the transport in words (a colour alone would
// not do), and the round trip.

import { el, setText } from "./dom.js";
import { latencyText } from "./line.js";

const words = {
  connecting: "connecting",
  waiting: "reconnecting",
  offline: "offline",
  refused: "refused",
};

/**
 * Fills the element and keeps it true to the line.
 *
 * @param {HTMLElement} pill
 * @param {import("./line.js").Line} line
 */
export function showPill(pill, line) {
  const word = el("span", {});
  const latency = el("span", { class: "latency" });
  pill.replaceChildren(el("span", { class: "lamp" }), word, latency);
  const show = () => {
    const { phase, transport } = line.status;
    pill.dataset.phase = phase;
    setText(word, phase === "online" ? transport : words[phase]);
    setText(latency, latencyText(line.status.latency));
  };
  line.addEventListener("status", show);
  show();
}
