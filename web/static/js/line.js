// The line to the server: one socket, and the story of its connection told as
// one status that a view can show.
//
// The stock client reconnects by itself (`reconnection: true`, its default).
// Here the page does it, for one reason: it shows when the next attempt comes,
// and lets the reader have it now.

const callTimeout = 10_000;
const pulse = 3_000; // between two measurements of the round trip
const settle = 400; // before the first one: connecting and upgrading take their time
const firstDelay = 1_500;
const longestDelay = 20_000;

/**
 * @typedef {"connecting" | "online" | "waiting" | "offline" | "refused"} Phase
 * waiting: an attempt follows at retryAt. offline: only the reader's wish
 * brings it back. refused: the server said no, with a reason.
 *
 * @typedef {object} Status
 * @property {Phase} phase
 * @property {string} transport "polling", "websocket", or "" when there is none
 * @property {number | null} latency round trip in milliseconds
 * @property {number} attempt how many reconnections have begun since the loss
 * @property {number} retryAt time of the next attempt, in ms since the epoch
 * @property {string} reason why the line is not up, in the client's words
 *
 * @typedef {"auto" | "polling" | "websocket"} Mode
 */

/** An answer {ok: false}, or none at all (codes "offline" and "timeout"). */
export class CallError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Events: "status" after every change of status; "up" when a connection is
 * established (detail: {recovered, away} with away in ms, 0 the first time);
 * "down" when it is lost.
 */
export class Line extends EventTarget {
  /** @type {Status} */
  status = { phase: "connecting", transport: "", latency: null, attempt: 0, retryAt: 0, reason: "" };

  #timer = 0;
  #lostAt = 0;

  /**
   * @param {typeof import("socket.io-client").io} io
   * @param {{auth: Record<string, unknown>, mode?: Mode}} options
   */
  constructor(io, { auth, mode = "auto" }) {
    super();
    this.mode = mode;
    this.socket = io({ auth, transports: transportsOf(mode), reconnection: false, autoConnect: false });
    this.socket.on("connect", () => this.#up());
    this.socket.on("disconnect", (reason) => this.#down(reason));
    this.socket.on("connect_error", (error) => this.#failed(error));
    this.socket.io.on("open", () => this.#watchTransport());
    setInterval(() => this.#measure(), pulse);
    // The browser knows first when a network is back.
    addEventListener("online", () => this.status.phase === "waiting" && this.connect());
  }

  /** Connects now: at first, when waiting, or after a disconnection. */
  connect() {
    clearTimeout(this.#timer);
    const { phase, attempt } = this.status;
    this.#set({ phase: "connecting", attempt: phase === "waiting" ? attempt + 1 : attempt, retryAt: 0 });
    this.socket.connect();
  }

  /** Says goodbye: the server forgets this socket at once. */
  disconnect() {
    clearTimeout(this.#timer);
    this.socket.disconnect();
    this.#set({ phase: "offline", transport: "", latency: null, attempt: 0, retryAt: 0, reason: "you disconnected" });
  }

  /** Cuts the wire without a word, as a tunnel or a sleeping laptop would. */
  drop() {
    this.socket.io.engine?.close();
  }

  /**
   * Connects anew with other transports.
   *
   * @param {Mode} mode
   */
  useTransport(mode) {
    this.mode = mode;
    this.socket.io.opts.transports = transportsOf(mode);
    this.disconnect();
    this.connect();
  }

  /**
   * Emits an event and returns the server's answer; rejects with a CallError.
   * Nothing is kept for later: without a connection it rejects at once.
   *
   * @param {string} event
   * @param {...unknown} args
   * @returns {Promise<any>}
   */
  async call(event, ...args) {
    if (!this.socket.connected) throw new CallError("offline", "There is no connection.");
    let answer;
    try {
      answer = await this.socket.timeout(callTimeout).emitWithAck(event, ...args);
    } catch {
      // The client's own errors carry no code; the state tells them apart.
      if (!this.socket.connected) throw new CallError("offline", "The connection was lost on the way.");
      throw new CallError("timeout", "The server did not answer in time.");
    }
    if (answer?.ok) return answer;
    throw new CallError(answer?.error?.code ?? "invalid", answer?.error?.message ?? "The server refused.");
  }

  /** @param {Partial<Status>} change */
  #set(change) {
    this.status = { ...this.status, ...change };
    this.dispatchEvent(new Event("status"));
  }

  #up() {
    const away = this.#lostAt ? Date.now() - this.#lostAt : 0;
    this.#lostAt = 0;
    const transport = this.socket.io.engine.transport.name;
    this.#set({ phase: "online", transport, latency: null, attempt: 0, retryAt: 0, reason: "" });
    this.dispatchEvent(new CustomEvent("up", { detail: { recovered: this.socket.recovered, away } }));
    setTimeout(() => this.#measure(), settle);
  }

  #watchTransport() {
    const engine = this.socket.io.engine;
    engine.on("upgrade", () => {
      // An old engine's late upgrade says nothing about the present line.
      if (engine === this.socket.io.engine && this.socket.connected) this.#set({ transport: engine.transport.name });
    });
  }

  /** @param {string} reason */
  #down(reason) {
    this.#lostAt ||= Date.now();
    // The server's goodbye is final, as it is for the stock client.
    if (reason === "io server disconnect") {
      this.#set({ phase: "offline", transport: "", latency: null, reason: "the server ended the connection" });
    } else if (reason !== "io client disconnect") {
      this.#wait(reason);
    }
    this.dispatchEvent(new Event("down"));
  }

  /** @param {Error} error */
  #failed(error) {
    this.#lostAt ||= Date.now();
    // Still active: the network failed. Not active: the server said no.
    if (this.socket.active) this.#wait(error.message);
    else this.#set({ phase: "refused", transport: "", latency: null, reason: error.message });
  }

  /** @param {string} reason */
  #wait(reason) {
    const grown = Math.min(firstDelay * 1.6 ** this.status.attempt, longestDelay);
    // A restarted server must not see all its clients in the same instant.
    const delay = grown * (0.75 + Math.random() / 2);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#set({ phase: "waiting", transport: "", latency: null, reason, retryAt: Date.now() + delay });
  }

  async #measure() {
    if (!this.socket.connected || document.hidden) return;
    const start = performance.now();
    try {
      await this.call("whoami");
    } catch (error) {
      // Any answer measures the way there and back, a refusal too.
      if (!(error instanceof CallError) || error.code === "offline" || error.code === "timeout") return;
    }
    if (this.status.phase === "online") this.#set({ latency: performance.now() - start });
  }
}

/**
 * @param {Mode} mode
 * @returns {("polling" | "websocket")[]}
 */
function transportsOf(mode) {
  return mode === "auto" ? ["polling", "websocket"] : [mode];
}

/** @param {number | null} latency */
export function latencyText(latency) {
  if (latency === null) return "";
  return latency < 10 ? `${latency.toFixed(1)} ms` : `${Math.round(latency)} ms`;
}
