// The right side, first half: who is in the room. And the head of the page,
// which names the conversation.

import { byId, count, el, setText, showList } from "../dom.js";
import { disc, roomFlag } from "../flags.js";

/** @typedef {import("./conversations.js").Conversation} Conversation */

export class Details {
  /**
   * @param {import("./conversations.js").Conversations} conversations
   * @param {object} actions
   * @param {(user: string) => void} actions.talkTo
   * @param {(conversation: Conversation) => void} actions.leave
   */
  constructor(conversations, actions) {
    this.conversations = conversations;
    this.actions = actions;
    for (const event of ["active", "presence", "people"]) {
      conversations.addEventListener(event, () => this.#show());
    }
    for (const event of ["active", "typing"]) {
      conversations.addEventListener(event, () => this.#showTyping());
    }
    byId("leave").addEventListener("click", () => conversations.active && actions.leave(conversations.active));
    this.#show();
  }

  #show() {
    const { active } = this.conversations;
    this.#showHead(active);
    const users = this.#usersOf(active);
    setText(byId("people-title"), active?.kind === "private" ? "In this conversation" : "People here");
    showList(
      byId("people"),
      users,
      // The name is part of the key: a new name is a new disc.
      (user) => `${user} ${this.conversations.nameOf(user)}`,
      (user) => this.#person(user),
      (item, user) => this.#update(item, user, users),
    );
    setText(byId("people-hint"), this.#hint(active, users.length));
    byId("people").classList.toggle("old", active?.kind === "room" && !active.joined);
  }

  /**
   * @param {Conversation | null} active
   * @param {number} people
   */
  #hint(active, people) {
    if (people === 0) return "";
    if (active?.kind === "private") {
      return "Private messages reach every device of the other person. If they are gone, you are told.";
    }
    if (!active?.joined) return "Who was here when the connection was last up.";
    if (people > 1) return "Choose a person to write to them alone.";
    return "Every new tab is a person of its own. Duplicate a tab to be the same person on two devices.";
  }

  /** @param {Conversation | null} active */
  #showHead(active) {
    setText(byId("title"), active ? this.conversations.titleOf(active) : "Chat");
    byId("title-flag").replaceChildren();
    if (active?.kind === "room") byId("title-flag").append(roomFlag(active.peer));
    else if (active) byId("title-flag").append(disc(active.peer, this.conversations.titleOf(active)));
    setText(byId("subtitle"), active ? this.#subtitle(active) : "");
    const leave = byId("leave");
    const label = active?.kind === "room" ? "Leave this room" : "Close this conversation";
    leave.hidden = !active;
    leave.title = label;
    leave.setAttribute("aria-label", label);
  }

  /** @param {Conversation} active */
  #subtitle(active) {
    if (active.kind === "room") {
      return active.joined ? count(active.presence.users().length, "person", "people") : "not joined yet";
    }
    return this.conversations.isNear(active.peer) ? "Private · here now" : "Private";
  }

  /**
   * Oneself first, then the others by name.
   *
   * @param {Conversation | null} active
   */
  #usersOf(active) {
    if (!active) return [];
    const { me } = this.conversations;
    const users = active.kind === "room" ? active.presence.users() : [me.id, active.peer];
    const name = (/** @type {string} */ user) => (user === me.id ? "" : this.conversations.nameOf(user));
    return users.filter(Boolean).sort((a, b) => name(a).localeCompare(name(b)));
  }

  /** @param {string} user */
  #person(user) {
    const name = this.conversations.nameOf(user);
    const parts = [disc(user, name), el("span", { class: "person-name" }, name), el("span", { class: "person-note" })];
    if (user === this.conversations.me.id) return el("li", {}, el("div", { class: "person" }, ...parts));
    const button = el("button", { class: "person", type: "button", onclick: () => this.actions.talkTo(user) }, ...parts);
    button.title = `Message ${name} privately`;
    return el("li", {}, button);
  }

  /**
   * @param {HTMLElement} item
   * @param {string} user
   * @param {string[]} users
   */
  #update(item, user, users) {
    const { active, me } = this.conversations;
    const notes = [];
    if (user === me.id) notes.push("you");
    // Two people may have one name; the ids tell them apart.
    const name = this.conversations.nameOf(user);
    if (users.some((other) => other !== user && this.conversations.nameOf(other) === name)) notes.push(`#${user.slice(0, 4)}`);
    const devices = active?.presence.devices(user).length ?? 0;
    if (devices > 1) notes.push(count(devices, "device"));
    setText(/** @type {Element} */ (item.querySelector(".person-note")), notes.join(" · "));
  }

  #showTyping() {
    const { active } = this.conversations;
    const names = [...(active?.typing.keys() ?? [])].map((user) => this.conversations.nameOf(user));
    let text = "";
    if (names.length === 1) text = `${names[0]} is typing`;
    else if (names.length === 2) text = `${names[0]} and ${names[1]} are typing`;
    else if (names.length > 2) text = `${names.length} people are typing`;
    const status = byId("typing");
    if (status.dataset.text === text) return;
    status.dataset.text = text;
    status.replaceChildren();
    if (text) status.append(el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), text);
  }
}
