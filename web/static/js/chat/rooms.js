// The left side: conversations with what is unread in them, rooms of others,
// and the reader's own name.

import { byId, count, el, setText, showList } from "../dom.js";
import { disc, roomFlag } from "../flags.js";
import { maxName } from "../identity.js";

/** @typedef {import("./conversations.js").Conversation} Conversation */

export class RoomList {
  /**
   * @param {import("./conversations.js").Conversations} conversations
   * @param {object} actions
   * @param {(conversation: Conversation) => void} actions.show
   * @param {(room: string) => Promise<void>} actions.join rejects with the reason
   * @param {(name: string) => void} actions.rename
   */
  constructor(conversations, actions) {
    this.conversations = conversations;
    this.actions = actions;
    for (const event of ["list", "active", "rooms", "people", "presence"]) {
      conversations.addEventListener(event, () => this.#show());
    }
    this.#listenToJoin();
    this.#listenToName();
    this.#show();
  }

  #show() {
    const { all, rooms } = this.conversations;
    const open = [...all.values()];
    const sizes = new Map(rooms.map(({ room, count }) => [room, count]));
    const joined = open.filter(({ kind }) => kind === "room");
    const privates = open.filter(({ kind }) => kind === "private");
    const others = rooms.filter(({ room }) => !all.has(`room:${room}`));

    this.#showConversations(byId("joined"), joined, (conversation) => {
      const size = sizes.get(conversation.peer);
      return size === undefined ? "" : String(size);
    });
    this.#showConversations(byId("privates"), privates, () => "");
    showList(
      byId("others"),
      others,
      ({ room }) => room,
      ({ room }) => {
        const name = el("span", { class: "room-name" }, room);
        const button = el("button", { type: "button", onclick: () => this.join(room) }, roomFlag(room), name);
        button.append(el("span", { class: "room-size" }));
        return el("li", {}, button);
      },
      (item, { room, count: size }) => {
        setText(/** @type {Element} */ (item.querySelector(".room-size")), String(size));
        item.firstElementChild?.setAttribute("aria-label", `Join ${room}, ${count(size, "member")}`);
      },
    );
    byId("privates-section").hidden = privates.length === 0;
    byId("others-section").hidden = others.length === 0;

    const unread = open.reduce((sum, conversation) => sum + conversation.unread, 0);
    const total = byId("total-unread");
    total.hidden = unread === 0;
    setText(total, unread > 99 ? "99+" : String(unread));
    const title = this.conversations.active ? `${this.conversations.titleOf(this.conversations.active)} · Parley` : "Chat · Parley";
    document.title = unread > 0 ? `(${unread}) ${title}` : title;
  }

  /**
   * @param {HTMLElement} list
   * @param {Conversation[]} items
   * @param {(conversation: Conversation) => string} sizeOf
   */
  #showConversations(list, items, sizeOf) {
    showList(
      list,
      items,
      ({ key }) => key,
      (conversation) => this.#item(conversation),
      (item, conversation) => {
        const title = this.conversations.titleOf(conversation);
        const button = /** @type {HTMLElement} */ (item.firstElementChild);
        const { active } = this.conversations;
        if (active === conversation) button.setAttribute("aria-current", "page");
        else button.removeAttribute("aria-current");
        button.classList.toggle("has-unread", conversation.unread > 0);
        const [name, size, unread] = [".room-name", ".room-size", ".pennant"].map(
          (selector) => /** @type {HTMLElement} */ (item.querySelector(selector)),
        );
        if (conversation.kind === "private" && name.textContent !== title) {
          item.querySelector(".disc")?.replaceWith(disc(conversation.peer, title));
        }
        setText(name, title);
        setText(size, sizeOf(conversation));
        setText(unread, conversation.unread > 99 ? "99+" : String(conversation.unread));
        unread.hidden = conversation.unread === 0;
        size.hidden = !unread.hidden || size.textContent === "";
        const details = [title];
        if (size.textContent) details.push(count(Number(size.textContent), "member"));
        if (conversation.unread) details.push(count(conversation.unread, "unread message"));
        button.setAttribute("aria-label", details.join(", "));
      },
    );
  }

  /** @param {Conversation} conversation */
  #item(conversation) {
    const { kind, peer } = conversation;
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => this.actions.show(conversation) },
        kind === "room" ? roomFlag(peer) : disc(peer, this.conversations.nameOf(peer)),
        el("span", { class: "room-name" }),
        el("span", { class: "room-size" }),
        el("span", { class: "pennant" }),
      ),
    );
  }

  #listenToJoin() {
    const input = /** @type {HTMLInputElement} */ (byId("join-name"));
    byId("join-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const room = input.value.trim();
      if (room) this.join(room);
      else input.focus();
    });
    input.addEventListener("input", () => setText(byId("join-problem"), ""));
  }

  /**
   * Joins a room, or says beneath the input why that failed.
   *
   * @param {string} room
   */
  async join(room) {
    const input = /** @type {HTMLInputElement} */ (byId("join-name"));
    try {
      await this.actions.join(room);
      input.value = "";
      setText(byId("join-problem"), "");
    } catch (error) {
      setText(byId("join-problem"), /** @type {Error} */ (error).message);
      input.focus();
    }
  }

  #listenToName() {
    const input = /** @type {HTMLInputElement} */ (byId("me-name"));
    input.maxLength = maxName;
    const show = () => {
      const { id, name } = this.conversations.me;
      if (document.activeElement !== input) input.value = name;
      byId("me-disc").replaceChildren(disc(id, name));
    };
    const keep = () => {
      if (input.value.trim() !== this.conversations.me.name) this.actions.rename(input.value);
      input.value = this.conversations.me.name;
    };
    byId("me-form").addEventListener("submit", (event) => {
      event.preventDefault();
      input.blur();
    });
    input.addEventListener("blur", keep);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // a drawer would close
      input.value = this.conversations.me.name;
      input.blur();
    });
    this.conversations.addEventListener("people", show);
    show();
  }
}
