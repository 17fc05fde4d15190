// Speaks the events of the server's default namespace and keeps the model true
// to them. Every verb is one event with an acknowledgement; every event that
// arrives changes the model and nothing else.

import { CallError } from "../line.js";
import { randomId } from "../identity.js";
import { received } from "./picture.js";

// A "typing" without its end, such as that of a tab that died, ends by itself.
const typingLasts = 6_000;

/** The event that carries a chat message through `publish`. Any name would do. */
const messageEvent = "message";

/**
 * @typedef {import("./conversations.js").Conversation} Conversation
 * @typedef {import("./conversations.js").Message} Message
 * @typedef {{id: string, room?: string, from: string, to?: string, ts: string}} Stamp
 */

/** Events: "ready" (detail: conversation) when a room can be published to. */
export class Lobby extends EventTarget {
  /** @type {Set<string>} rooms whose join has not been answered */
  #joining = new Set();

  /**
   * @param {import("../line.js").Line} line
   * @param {import("./conversations.js").Conversations} conversations
   * @param {(conversation: Conversation) => boolean} looking
   */
  constructor(line, conversations, looking) {
    super();
    this.line = line;
    this.conversations = conversations;
    this.looking = looking;
    line.addEventListener("up", (event) => this.#up(/** @type {CustomEvent} */ (event).detail));
    line.addEventListener("down", () => this.#down());
    const { socket } = line;
    socket.on(messageEvent, (data, stamp) => this.#message(data, stamp));
    socket.on("private message", (message) => this.#privateMessage(message));
    socket.on("presence_state", ({ room, members }) => this.#presenceState(room, members));
    socket.on("presence_diff", (diff) => this.#presenceDiff(diff));
    socket.on("typing", (signal) => this.#typing(signal));
    socket.on("rooms", ({ rooms }) => this.#rooms(rooms));
  }

  /**
   * Joins a room; rejects with the server's reason.
   *
   * @param {string} room
   */
  async join(room) {
    const { name } = this.conversations.me;
    this.#joining.add(room);
    try {
      await this.line.call("join", { room, meta: { name } });
    } finally {
      this.#joining.delete(room);
    }
    const conversation = this.conversations.open("room", room);
    conversation.joined = true;
    this.conversations.changed("presence", conversation);
    this.dispatchEvent(new CustomEvent("ready", { detail: conversation }));
    return conversation;
  }

  /** @param {Conversation} conversation */
  async leave(conversation) {
    this.#joining.delete(conversation.peer);
    this.conversations.close(conversation);
    // Without a connection there is nothing to leave: it will not be rejoined.
    if (this.line.socket.connected) await this.line.call("leave", { room: conversation.peer });
  }

  /**
   * Sends a message to a room or a person. The message's id goes with it, so
   * that a repetition after a lost answer is not delivered twice.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  async send(conversation, message) {
    /** @type {Record<string, unknown>} */
    const data = { text: message.text };
    if (message.picture) {
      const { name, type, bytes } = message.picture;
      data.image = { name, type, bytes };
    }
    if (conversation.kind === "room") {
      await this.line.call("publish", { room: conversation.peer, event: messageEvent, data, messageId: message.id });
      return;
    }
    // A room's members know each other's names; here they may share no room.
    data.name = this.conversations.me.name;
    await this.line.call("private message", { to: conversation.peer, content: data, messageId: message.id });
  }

  /**
   * @param {Conversation} conversation
   * @param {boolean} on
   */
  tellTyping(conversation, on) {
    if (conversation.kind !== "room" || !conversation.joined || !this.line.socket.connected) return;
    // Volatile: late news of somebody typing is no news.
    this.line.socket.volatile.emit("typing", { room: conversation.peer, on });
  }

  /** Joins all rooms again, for the first time or with a changed name. */
  async joinAll() {
    const rooms = [...this.conversations.all.values()].filter(({ kind }) => kind === "room");
    await Promise.all(
      rooms.map((conversation) =>
        this.join(conversation.peer).catch((error) => {
          if (error.code === "offline") return; // the next connection tries again
          this.note(conversation, `This room cannot be joined: ${error.message}`);
        }),
      ),
    );
  }

  /**
   * Adds a line of the page's own to a conversation.
   *
   * @param {Conversation} conversation
   * @param {string} text
   */
  note(conversation, text) {
    this.conversations.add(conversation, newMessage({ kind: "note", text }), this.looking(conversation));
  }

  /** @param {{recovered: boolean, away: number}} detail */
  async #up({ recovered, away }) {
    const { conversations } = this;
    try {
      const { user } = await this.line.call("whoami");
      conversations.me.id = user;
      conversations.changed("people");
      await this.joinAll();
      this.#rooms((await this.line.call("rooms", { watch: true })).rooms);
    } catch (error) {
      if (error instanceof CallError) return; // lost again: the next "up" does it all anew
      throw error;
    }
    // Private conversations have nothing to join: they are ready now.
    for (const conversation of conversations.all.values()) {
      if (conversation.kind === "private") this.dispatchEvent(new CustomEvent("ready", { detail: conversation }));
    }
    if (away === 0) return;
    const time = away < 1500 ? "a moment" : `${Math.round(away / 1000)} s`;
    const missed = recovered ? "what you missed has been delivered." : "messages sent meanwhile did not reach this tab.";
    for (const conversation of conversations.all.values()) {
      if (conversation.kind === "room") this.note(conversation, `Back after ${time}; ${missed}`);
    }
  }

  #down() {
    for (const conversation of this.conversations.all.values()) {
      conversation.joined = false;
      for (const timer of conversation.typing.values()) clearTimeout(timer);
      conversation.typing.clear();
      this.conversations.changed("presence", conversation);
      this.conversations.changed("typing", conversation);
    }
    this.#rooms([]);
  }

  /**
   * @param {any} data
   * @param {Stamp} stamp
   */
  #message(data, stamp) {
    const conversation = this.conversations.room(stamp?.room ?? "");
    if (conversation) this.#receive(conversation, data, stamp);
  }

  /** @param {Stamp & {content: any}} message */
  #privateMessage(message) {
    const { me } = this.conversations;
    const peer = message.from === me.id ? message.to : message.from;
    if (!peer) return;
    if (message.from !== me.id) this.conversations.learnName(message.from, readText(message.content?.name).slice(0, 60));
    this.#receive(this.conversations.open("private", peer), message.content, message);
  }

  /**
   * Nothing about the data is certain: it was written by another client.
   *
   * @param {Conversation} conversation
   * @param {any} data
   * @param {Stamp} stamp
   */
  #receive(conversation, data, stamp) {
    const picture = data?.image ? received(data.image) : null;
    const text = readText(typeof data === "string" ? data : data?.text);
    if (!text && !picture) return;
    const { conversations } = this;
    const mine = stamp.from === conversations.me.id;
    const name = conversations.nameOf(stamp.from);
    const at = new Date(stamp.ts);
    this.#endTyping(conversation, stamp.from);
    conversations.add(
      conversation,
      newMessage({ id: stamp.id, from: stamp.from, name, mine, text, picture, at, state: mine ? "sent" : "" }),
      this.looking(conversation),
    );
  }

  /**
   * @param {string} room
   * @param {import("./presence.js").Members} members
   */
  #presenceState(room, members) {
    // It comes before the answer to join, and before any change that follows it.
    if (this.#joining.has(room)) this.conversations.open("room", room);
    const conversation = this.conversations.room(room);
    if (!conversation || !members) return;
    conversation.presence.replace(members);
    this.#learnNames(members);
    this.conversations.changed("presence", conversation);
  }

  /** @param {{room: string, joins: import("./presence.js").Members, leaves: import("./presence.js").Members}} diff */
  #presenceDiff({ room, joins, leaves }) {
    const conversation = this.conversations.room(room);
    if (!conversation) return;
    const { came, went } = conversation.presence.apply(joins ?? {}, leaves ?? {});
    this.#learnNames(joins ?? {});
    for (const user of came) this.note(conversation, `${this.conversations.nameOf(user)} joined`);
    for (const user of went) {
      this.#endTyping(conversation, user);
      this.note(conversation, `${this.conversations.nameOf(user)} left`);
    }
    this.conversations.changed("presence", conversation);
  }

  /** @param {import("./presence.js").Members} members */
  #learnNames(members) {
    for (const [user, { metas }] of Object.entries(members)) {
      this.conversations.learnName(user, readText(metas.at(-1)?.name).slice(0, 60));
    }
  }

  /** @param {{room?: string, user?: string, on?: boolean}} [signal] absent in the old chat example's form */
  #typing({ room, user, on } = {}) {
    const conversation = this.conversations.room(room ?? "");
    if (!conversation || !user) return;
    this.#endTyping(conversation, user);
    if (!on) return;
    conversation.typing.set(user, setTimeout(() => this.#endTyping(conversation, user), typingLasts));
    this.conversations.changed("typing", conversation);
  }

  /**
   * @param {Conversation} conversation
   * @param {string} user
   */
  #endTyping(conversation, user) {
    clearTimeout(conversation.typing.get(user));
    if (conversation.typing.delete(user)) this.conversations.changed("typing", conversation);
  }

  /** @param {{room: string, count: number}[]} rooms */
  #rooms(rooms) {
    this.conversations.rooms = rooms;
    this.conversations.changed("rooms");
  }
}

/** @param {unknown} value */
function readText(value) {
  return typeof value === "string" ? value.slice(0, 20_000) : "";
}

/**
 * @param {Partial<Message>} parts
 * @returns {Message}
 */
export function newMessage(parts) {
  return {
    id: randomId(),
    kind: "message",
    from: "",
    name: "",
    mine: false,
    text: "",
    picture: null,
    at: new Date(),
    state: "",
    problem: "",
    ...parts,
  };
}
