// The message log of the conversation on show. It follows the newest message
// while the reader is at the end, and stays where it is when they have scrolled
// up to read; a button then counts what has arrived below.

import { byId, count, el, setText } from "../dom.js";
import { disc, roomFlag } from "../flags.js";
import { icon } from "../icons.js";
import { fillText, isJumbo } from "./text.js";

/**
 * @typedef {import("./conversations.js").Conversation} Conversation
 * @typedef {import("./conversations.js").Message} Message
 */

// Messages of one author within this time form one block.
const blockTime = 5 * 60_000;
// So many pixels from the end still count as being there.
const endSlack = 48;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class Log {
  #log = byId("log");
  #jump = byId("jump");
  /** @type {Map<string, HTMLElement>} message id -> element */
  #elements = new Map();
  /** @type {Message | null} */
  #last = null;
  #below = 0;
  #atEnd = true;
  #top = 0;

  /**
   * @param {import("./conversations.js").Conversations} conversations
   * @param {object} actions
   * @param {(message: Message) => void} actions.retry
   * @param {(message: Message) => void} actions.discard
   * @param {(user: string) => void} actions.talkTo
   */
  constructor(conversations, actions) {
    this.conversations = conversations;
    this.actions = actions;
    conversations.addEventListener("active", () => this.#showAll());
    conversations.addEventListener("message", (event) => {
      const { conversation, message } = /** @type {CustomEvent} */ (event).detail;
      if (conversation === conversations.active) this.#arrive(message);
    });
    conversations.addEventListener("state", (event) => {
      const { message } = /** @type {CustomEvent} */ (event).detail;
      const element = this.#elements.get(message.id);
      if (element) this.#showState(element, message);
    });
    conversations.addEventListener("dropped", (event) => {
      const { id } = /** @type {CustomEvent} */ (event).detail.message;
      this.#elements.get(id)?.remove();
      this.#elements.delete(id);
      this.#showEmpty();
    });
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener("click", () => this.#toEnd());
    // The frame shrinks when a phone's keyboard opens, and grows after it.
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(this.#log);
  }

  #showAll() {
    const { active } = this.conversations;
    // A whole conversation is not news: it is put in place unannounced.
    this.#log.setAttribute("aria-live", "off");
    this.#log.replaceChildren();
    this.#elements.clear();
    this.#last = null;
    for (const message of active?.messages ?? []) {
      this.#append(message);
    }
    this.#showEmpty();
    this.#toEnd();
    requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
  }

  /** @param {Message} message */
  #arrive(message) {
    this.#append(message).classList.add("arriving");
    this.#showEmpty();
    if (this.#atEnd || message.mine) {
      this.#toEnd();
    } else if (message.kind === "message") {
      this.#below += 1;
      this.#showJump();
    }
  }

  /**
   * @param {Message} message
   * @returns {HTMLElement}
   */
  #append(message) {
    const previous = this.#last;
    this.#last = message;
    if (previous?.at.toDateString() !== message.at.toDateString()) this.#divider(dayOf(message.at), "divider");
    if (message.id === this.conversations.active?.firstUnread) {
      this.#log.querySelector(".fresh")?.remove();
      this.#divider("New", "divider fresh");
    }
    const element = message.kind === "note" ? this.#note(message) : this.#message(message, continues(previous, message));
    this.#elements.set(message.id, element);
    this.#log.append(element);
    return element;
  }

  /** @param {Message} message */
  #note(message) {
    const time = el("time", { datetime: message.at.toISOString() }, clock.format(message.at));
    return el("p", { class: "note" }, message.text, " ", time);
  }

  /**
   * @param {string} text
   * @param {string} style
   */
  #divider(text, style) {
    this.#log.append(el("p", { class: style }, el("span", {}, text)));
  }

  /**
   * @param {Message} message
   * @param {boolean} continued
   */
  #message(message, continued) {
    const { from, mine, name, text, picture, at } = message;
    const time = el("time", { datetime: at.toISOString(), title: at.toLocaleString() }, clock.format(at));
    const author = mine
      ? el("span", { class: "quiet" }, "You")
      : el("button", { class: "author", type: "button", onclick: () => this.actions.talkTo(from) }, name);
    if (!mine) author.title = `Message ${name} privately`;
    const bubble = el("div", { class: "bubble" });
    if (picture) bubble.append(this.#picture(picture, mine ? "you" : name));
    if (text) {
      const paragraph = el("p", {});
      fillText(paragraph, text);
      bubble.append(paragraph);
      bubble.classList.toggle("jumbo", isJumbo(text) && !picture);
    }
    const element = el(
      "article",
      { class: `message${mine ? " mine" : ""}${continued ? " continued" : ""}` },
      mine ? null : disc(from, name),
      el("header", {}, author, " ", time),
      bubble,
    );
    if (mine) {
      element.append(el("footer", {}));
      this.#showState(element, message);
    }
    return element;
  }

  /**
   * @param {import("./conversations.js").Picture} picture
   * @param {string} by
   */
  #picture(picture, by) {
    const alt = `Image from ${by}: ${picture.name}`;
    const image = el("img", { src: picture.url, alt, onload: () => this.#atEnd && this.#toEnd() });
    const button = el("button", { class: "picture", type: "button", onclick: () => view(picture, alt) }, image);
    button.title = picture.name;
    image.addEventListener("error", () => {
      button.replaceWith(el("p", {}, `${picture.name} is not an image this browser can show.`));
    });
    return button;
  }

  /**
   * @param {HTMLElement} element
   * @param {Message} message
   */
  #showState(element, message) {
    const { state, problem } = message;
    const footer = /** @type {HTMLElement} */ (element.querySelector("footer"));
    footer.dataset.state = state;
    if (state === "sent") {
      footer.replaceChildren(icon("check"), "Sent");
    } else if (state === "sending") {
      footer.replaceChildren(icon("clock"), "Sending…");
    } else if (state === "waiting") {
      footer.replaceChildren(icon("clock"), "Waiting for the connection");
    } else {
      footer.replaceChildren(
        icon("warn"),
        el("span", {}, `Not sent. ${problem}`),
        el("button", { class: "link", type: "button", onclick: () => this.actions.retry(message) }, "Retry"),
        el("button", { class: "link", type: "button", onclick: () => this.actions.discard(message) }, "Discard"),
      );
      if (this.#atEnd) this.#toEnd();
    }
  }

  #showEmpty() {
    const { active } = this.conversations;
    const empty = byId("empty");
    const isEmpty = !active || active.messages.every(({ kind }) => kind === "note");
    empty.hidden = !isEmpty;
    if (isEmpty) empty.replaceChildren(...emptyText(active, this.conversations));
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const near = scrollHeight - scrollTop - clientHeight <= endSlack;
    // Only a move upwards is the reader's wish to leave the end: an image that
    // grows while it loads moves the end away from the reader.
    if (near || scrollTop < this.#top) this.#atEnd = near;
    this.#top = scrollTop;
    if (this.#atEnd && this.#below > 0) {
      this.#below = 0;
      this.#showJump();
    }
  }

  #toEnd() {
    this.#atEnd = true;
    this.#below = 0;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#showJump();
  }

  #showJump() {
    // It is about to vanish: the focus must not vanish with it.
    if (this.#below === 0 && document.activeElement === this.#jump) byId("text").focus();
    this.#jump.hidden = this.#below === 0;
    setText(byId("jump-text"), count(this.#below, "new message"));
  }
}

/**
 * @param {Message | null} previous
 * @param {Message} message
 */
function continues(previous, message) {
  return (
    previous?.kind === "message" &&
    previous.from === message.from &&
    message.at.getTime() - previous.at.getTime() < blockTime &&
    previous.at.toDateString() === message.at.toDateString()
  );
}

/** @param {Date} at */
function dayOf(at) {
  return at.toDateString() === new Date().toDateString() ? "Today" : calendar.format(at);
}

/**
 * @param {Conversation | null} conversation
 * @param {import("./conversations.js").Conversations} conversations
 */
function emptyText(conversation, conversations) {
  if (!conversation) {
    return [
      el("h2", {}, "No conversation open"),
      el("p", {}, "Rooms are in the list of conversations: join one, or create your own."),
      el("a", { class: "button", href: "#lobby" }, "Join the lobby"),
    ];
  }
  const title = conversations.titleOf(conversation);
  if (conversation.kind === "private") {
    const { me } = conversations;
    const pair = el("div", { class: "pair" }, disc(me.id, me.name), disc(conversation.peer, title));
    return [
      pair,
      el("h2", {}, `Only you and ${title}`),
      el("p", {}, "Private messages go to all their devices, and are kept nowhere else."),
    ];
  }
  return [
    roomFlag(title),
    el("h2", {}, `Nothing said in ${title} yet`),
    el("p", {}, "Messages live in the tabs that are open. Say something, or be your own company:"),
    el("a", { class: "button", href: `#${encodeURIComponent(title)}`, target: "_blank", rel: "noopener" }, "Open a second tab"),
  ];
}

/**
 * @param {import("./conversations.js").Picture} picture
 * @param {string} alt
 */
function view(picture, alt) {
  const image = /** @type {HTMLImageElement} */ (byId("viewer-image"));
  image.src = picture.url;
  image.alt = alt;
  /** @type {HTMLDialogElement} */ (byId("viewer")).showModal();
}
