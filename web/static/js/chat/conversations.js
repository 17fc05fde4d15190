// The model: all conversations of this tab, what has been said in them, and
// what the reader has seen of it. It knows neither the network nor the page.
// Views listen to its events and read what they need.

import { Presence } from "./presence.js";

// A tab left open for a week must not fill the memory: the oldest messages go,
// and with them the bytes of their images.
const maxMessages = 250;
const maxImages = 40;

/**
 * @typedef {object} Picture
 * @property {string} url a blob: URL, revoked when the message is dropped
 * @property {string} name
 * @property {string} type
 * @property {ArrayBuffer} [bytes] kept while the message is on its way
 *
 * @typedef {object} Message
 * @property {string} id unique in its conversation; also the messageId on the wire
 * @property {"message" | "note"} kind a note is the page's own line: who came, who went
 * @property {string} from user id
 * @property {string} name the author's name at the time
 * @property {boolean} mine
 * @property {string} text
 * @property {Picture | null} picture
 * @property {Date} at
 * @property {"sending" | "waiting" | "sent" | "failed" | ""} state of a message of one's own
 * @property {string} problem why it failed
 */

export class Conversation {
  /** @type {Message[]} */
  messages = [];
  unread = 0;
  /** The first message the reader has not seen, "" if none. */
  firstUnread = "";
  draft = "";
  /** Rooms only. */
  presence = new Presence();
  joined = false;
  /** @type {Map<string, number>} user -> timer that ends their typing */
  typing = new Map();

  /**
   * @param {"room" | "private"} kind
   * @param {string} peer the room's name or the other person's user id
   */
  constructor(kind, peer) {
    this.kind = kind;
    this.peer = peer;
    this.key = `${kind}:${peer}`;
  }
}

/**
 * Events, each with the conversation as its detail where there is one:
 * "list" (conversations, unread counts), "active", "message" (detail
 * {conversation, message}), "state" (the same, after a change of state),
 * "dropped" (the same), "presence", "typing", "people", "rooms".
 */
export class Conversations extends EventTarget {
  /** @type {Map<string, Conversation>} */
  all = new Map();
  /** @type {Conversation | null} */
  active = null;
  /** @type {Map<string, string>} user id -> name last seen */
  names = new Map();
  /** @type {{room: string, count: number}[]} what the server has open */
  rooms = [];
  me = { id: "", name: "" };

  /**
   * @param {"room" | "private"} kind
   * @param {string} peer
   */
  open(kind, peer) {
    const key = `${kind}:${peer}`;
    let conversation = this.all.get(key);
    if (!conversation) {
      conversation = new Conversation(kind, peer);
      this.all.set(key, conversation);
      this.#tell("list");
    }
    return conversation;
  }

  /** @param {string} room */
  room(room) {
    return this.all.get(`room:${room}`);
  }

  /** @param {Conversation} conversation */
  close(conversation) {
    for (const message of conversation.messages) forget(message);
    for (const timer of conversation.typing.values()) clearTimeout(timer);
    this.all.delete(conversation.key);
    this.#tell("list");
    if (this.active === conversation) this.show([...this.all.values()][0] ?? null);
  }

  /** @param {Conversation | null} conversation */
  show(conversation) {
    if (this.active) this.active.firstUnread = "";
    this.active = conversation;
    if (conversation) conversation.unread = 0;
    this.#tell("active");
    this.#tell("list");
  }

  /** The reader is looking: what is on the page has been seen. */
  seen() {
    if (!this.active?.unread) return;
    this.active.unread = 0;
    this.#tell("list");
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {boolean} looking whether the reader can see it
   * @returns {boolean} false when this message was already there
   */
  add(conversation, message, looking) {
    if (conversation.messages.some(({ id }) => id === message.id)) {
      forget(message);
      return false;
    }
    conversation.messages.push(message);
    if (!looking && message.kind === "message" && !message.mine) {
      if (conversation.unread === 0) conversation.firstUnread = message.id;
      conversation.unread += 1;
      this.#tell("list");
    }
    this.#tell("message", { conversation, message });
    this.#trim(conversation);
    return true;
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {Message["state"]} state
   * @param {string} [problem]
   */
  setState(conversation, message, state, problem = "") {
    message.state = state;
    message.problem = problem;
    if (state === "sent" && message.picture) delete message.picture.bytes;
    this.#tell("state", { conversation, message });
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   */
  remove(conversation, message) {
    conversation.messages = conversation.messages.filter((m) => m !== message);
    forget(message);
    this.#tell("dropped", { conversation, message });
  }

  /**
   * @param {string} user
   * @param {string | undefined} name
   */
  learnName(user, name) {
    if (!name || this.names.get(user) === name) return;
    this.names.delete(user); // to the end: the oldest goes first
    this.names.set(user, name);
    if (this.names.size > 2000) this.names.delete(this.names.keys().next().value ?? "");
    this.#tell("people");
  }

  /** @param {string} user */
  nameOf(user) {
    if (user === this.me.id) return this.me.name;
    return this.names.get(user) ?? `Guest ${user.slice(0, 4)}`;
  }

  /**
   * Whether the person shares a room with this tab. Others may be connected
   * all the same: only the server knows.
   *
   * @param {string} user
   */
  isNear(user) {
    return [...this.all.values()].some((conversation) => conversation.presence.has(user));
  }

  /** @param {Conversation} conversation */
  titleOf(conversation) {
    return conversation.kind === "room" ? conversation.peer : this.nameOf(conversation.peer);
  }

  /**
   * Announces a change made by whoever holds the network end.
   *
   * @param {"list" | "presence" | "typing" | "rooms" | "people"} event
   * @param {Conversation} [conversation]
   */
  changed(event, conversation) {
    this.#tell(event, conversation);
  }

  /** @param {Conversation} conversation */
  #trim(conversation) {
    let pictures = conversation.messages.filter((message) => message.picture).length;
    while (conversation.messages.length > maxMessages || pictures > maxImages) {
      const message = /** @type {Message} */ (conversation.messages.shift());
      if (message.picture) pictures -= 1;
      forget(message);
      this.#tell("dropped", { conversation, message });
    }
  }

  /**
   * @param {string} event
   * @param {unknown} [detail]
   */
  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}

/** @param {Message} message */
function forget(message) {
  if (message.picture) URL.revokeObjectURL(message.picture.url);
}
