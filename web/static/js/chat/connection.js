// The right side, second half: the connection, to look at and to play with;
// and the banner that tells how the way back is going.

import { byId, setText } from "../dom.js";
import { latencyText } from "../line.js";
import { barCount, bars } from "../bars.js";
import { showPill } from "../pill.js";

const modeKey = "parley.transport";

/** @returns {import("../line.js").Mode} the transport this tab was last told to use */
export function storedMode() {
  try {
    const mode = sessionStorage.getItem(modeKey);
    return mode === "polling" || mode === "websocket" ? mode : "auto";
  } catch {
    return "auto"; // storage is switched off
  }
}

export class Connection {
  /** @type {number[]} */
  #latencies = [];
  #shown = /** @type {number | null} */ (null);
  #countdown = 0;
  #backTimer = 0;

  /** @param {import("../line.js").Line} line */
  constructor(line) {
    this.line = line;
    showPill(byId("pill"), line);
    line.addEventListener("status", () => this.#show());
    line.addEventListener("up", (event) => this.#back(/** @type {CustomEvent} */ (event).detail.away));
    byId("banner-button").addEventListener("click", () => line.connect());
    byId("drop").addEventListener("click", () => line.drop());
    byId("disconnect").addEventListener("click", () => {
      const { phase } = line.status;
      if (phase === "offline" || phase === "refused") line.connect();
      else line.disconnect();
    });
    this.#listenToSwitch();
    this.#show();
  }

  #listenToSwitch() {
    const switches = /** @type {NodeListOf<HTMLInputElement>} */ (byId("transports").querySelectorAll("input"));
    for (const input of switches) {
      input.checked = input.value === this.line.mode;
      input.addEventListener("change", () => {
        const mode = /** @type {import("../line.js").Mode} */ (input.value);
        try {
          sessionStorage.setItem(modeKey, mode);
        } catch {
          // It then lasts as long as this page.
        }
        this.line.useTransport(mode);
      });
    }
  }

  #show() {
    const { phase, transport, latency, reason } = this.line.status;
    setText(byId("line-transport"), transport || "none");
    setText(byId("line-latency"), latencyText(latency) || "–");
    byId("wire").dataset.phase = phase;
    byId("wire").dataset.transport = transport;
    /** @type {HTMLButtonElement} */ (byId("drop")).disabled = phase !== "online";
    setText(byId("disconnect"), phase === "offline" || phase === "refused" ? "Connect" : "Disconnect");
    if (latency !== null && latency !== this.#shown) this.#sample(latency);
    this.#shown = latency;
    this.#showBanner(phase, reason);
  }

  /** @param {number} latency */
  #sample(latency) {
    this.#latencies = [...this.#latencies, latency].slice(-barCount);
    byId("bars").firstElementChild?.setAttribute("d", bars(this.#latencies));
  }

  /**
   * @param {import("../line.js").Phase} phase
   * @param {string} reason
   */
  #showBanner(phase, reason) {
    const { attempt } = this.line.status;
    clearInterval(this.#countdown);
    setText(byId("banner-countdown"), "");
    if (phase === "online") {
      if (!this.#backTimer) byId("banner").hidden = true;
      return;
    }
    clearTimeout(this.#backTimer);
    this.#backTimer = 0;
    if (phase === "waiting") {
      this.#say("lost", `Connection lost (${reason}).`, "Try now");
      this.#countdown = setInterval(() => this.#tick(), 250);
      this.#tick();
    } else if (phase === "connecting") {
      if (attempt > 0) this.#say("lost", `Connecting, attempt ${attempt}…`, "");
      else byId("banner").hidden = true;
    } else if (phase === "refused") {
      this.#say("gone", `The server refused the connection: ${reason}.`, "Try again");
    } else {
      this.#say("gone", `Offline: ${reason}.`, "Connect");
    }
  }

  // Hidden from screen readers: they would read out every second.
  #tick() {
    const left = Math.max(0, Math.ceil((this.line.status.retryAt - Date.now()) / 1000));
    setText(byId("banner-countdown"), `Attempt ${this.line.status.attempt + 1} in ${left} s.`);
  }

  /** @param {number} away */
  #back(away) {
    if (away === 0) return;
    this.#say("back", "Connected again.", "");
    clearTimeout(this.#backTimer);
    this.#backTimer = setTimeout(() => {
      this.#backTimer = 0;
      byId("banner").hidden = true;
    }, 2_500);
  }

  /**
   * @param {"lost" | "gone" | "back"} mood
   * @param {string} text
   * @param {string} button
   */
  #say(mood, text, button) {
    const banner = byId("banner");
    banner.dataset.mood = mood;
    banner.hidden = false;
    setText(byId("banner-text"), text);
    byId("banner-button").hidden = button === "";
    setText(byId("banner-button"), button);
  }
}
