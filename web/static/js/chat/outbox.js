// What the reader has sent and the server has not yet acknowledged. A message
// is on the page at once; its state says how far it has come:
//
//   sending --ack--> sent
//      |----lost on the way---> waiting --next connection--> sending
//      '----refused, no answer--> failed --retry--> sending
//
// The stock client would keep emits made without a connection and send them
// before the page has rejoined its rooms; here they wait until it has.

import { newMessage } from "./lobby.js";

/**
 * @typedef {import("./conversations.js").Conversation} Conversation
 * @typedef {import("./conversations.js").Message} Message
 */

export class Outbox {
  /**
   * @param {import("./lobby.js").Lobby} lobby
   * @param {import("./conversations.js").Conversations} conversations
   * @param {(conversation: Conversation, problem: string) => void} alert
   */
  constructor(lobby, conversations, alert) {
    this.lobby = lobby;
    this.conversations = conversations;
    this.alert = alert;
    lobby.addEventListener("ready", (event) => this.#flush(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * @param {Conversation} conversation
   * @param {string} text
   * @param {import("./conversations.js").Picture | null} picture
   */
  send(conversation, text, picture) {
    const { id, name } = this.conversations.me;
    const message = newMessage({ from: id, name, mine: true, text, picture, state: "sending" });
    this.conversations.add(conversation, message, true);
    this.#deliver(conversation, message);
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   */
  retry(conversation, message) {
    this.#deliver(conversation, message);
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   */
  async #deliver(conversation, message) {
    const { conversations } = this;
    const ready = conversation.kind === "room" ? conversation.joined : this.lobby.line.socket.connected;
    if (!ready) {
      conversations.setState(conversation, message, "waiting");
      return;
    }
    conversations.setState(conversation, message, "sending");
    try {
      await this.lobby.send(conversation, message);
      conversations.setState(conversation, message, "sent");
    } catch (error) {
      const { code } = /** @type {import("../line.js").CallError} */ (error);
      if (code === "offline") {
        conversations.setState(conversation, message, "waiting");
        return;
      }
      const problem = this.#explain(conversation, /** @type {Error & {code: string}} */ (error));
      conversations.setState(conversation, message, "failed", problem);
      this.alert(conversation, problem);
    }
  }

  /**
   * @param {Conversation} conversation
   * @param {Error & {code: string}} error
   */
  #explain(conversation, error) {
    const title = this.conversations.titleOf(conversation);
    if (error.code === "unavailable" && conversation.kind === "private") {
      return `${title} is not connected, and private messages are not kept.`;
    }
    if (error.code === "not_member") return `You are no longer in ${title}.`;
    return error.message;
  }

  /** @param {Conversation} conversation */
  #flush(conversation) {
    for (const message of conversation.messages) {
      if (message.state === "waiting") this.#deliver(conversation, message);
    }
  }
}
