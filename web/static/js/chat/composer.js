// Where the reader writes: text, an image by button, paste or drop, and the
// news to others that they are typing.

import { byId, setText } from "../dom.js";
import { accepted, check, maxBytes, sizeText, smaller } from "./picture.js";

// Others forget a "typing" after six seconds: it is repeated before that.
const typingEvery = 3_000;
const tallest = 180;

/** @typedef {import("./conversations.js").Conversation} Conversation */

export class Composer {
  #form = byId("composer");
  /** @type {HTMLTextAreaElement} */
  #text = byId("text");
  /** @type {HTMLInputElement} */
  #file = byId("file");
  /** @type {{file: File, url: string} | null} */
  #attachment = null;
  #typingSince = 0;
  #stopTimer = 0;

  /**
   * @param {import("./conversations.js").Conversations} conversations
   * @param {object} actions
   * @param {(conversation: Conversation, text: string, picture: import("./conversations.js").Picture | null) => void} actions.send
   * @param {(conversation: Conversation, on: boolean) => void} actions.typing
   */
  constructor(conversations, actions) {
    this.conversations = conversations;
    this.actions = actions;
    this.#file.accept = accepted;
    /** @type {Conversation | null} */
    this.shown = null;
    conversations.addEventListener("active", () => this.#show());
    conversations.addEventListener("people", () => this.#label());
    this.#listenToText();
    this.#listenToFiles();
    byId("problem-close").addEventListener("click", () => {
      this.problem("");
      this.focus();
    });
    this.#show();
  }

  focus() {
    // On a touch screen the keyboard would cover what was just opened.
    if (matchMedia("(pointer: fine)").matches) this.#text.focus();
  }

  /**
   * Says what went wrong, above the text.
   *
   * @param {string} text empty to take it away
   * @param {string} [label] of a way out
   * @param {() => void} [action]
   */
  problem(text, label, action) {
    byId("problem").hidden = text === "";
    byId("problem-text").textContent = text;
    const button = byId("problem-action");
    button.hidden = !label;
    button.textContent = label ?? "";
    button.onclick = action ?? null;
  }

  #listenToText() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      // While an input method composes a word, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => {
      this.#grow();
      this.#typing(this.#text.value.trim() !== "");
    });
    this.#text.addEventListener("blur", () => this.#typing(false));
  }

  #listenToFiles() {
    byId("attach").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      const file = this.#file.files?.[0];
      this.#file.value = ""; // or the same file could not be chosen twice
      if (file) this.#attach(file);
    });
    this.#text.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      this.#attach(file);
    });
    byId("attachment-remove").addEventListener("click", () => {
      this.#detach(true);
      this.focus();
    });
    this.#listenToDrops();
  }

  #listenToDrops() {
    const curtain = byId("drop-here");
    const carriesFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragenter", (event) => {
      if (carriesFile(event) && this.shown) curtain.hidden = false;
    });
    curtain.addEventListener("dragleave", () => (curtain.hidden = true));
    // Without this a browser would leave the page and open the file.
    addEventListener("dragover", (event) => carriesFile(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      curtain.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      if (this.shown) this.#attach(file);
    });
  }

  /** The conversation on show has changed: keep the draft with its own. */
  #show() {
    const { active } = this.conversations;
    if (this.shown !== active) {
      this.#typing(false);
      if (this.shown) this.shown.draft = this.#text.value;
      this.#text.value = active?.draft ?? "";
      this.#detach(true);
      this.problem("");
    }
    this.shown = active;
    this.#form.hidden = !active;
    this.#label();
    this.#grow();
  }

  #label() {
    if (!this.shown) return;
    const label = `Message ${this.conversations.titleOf(this.shown)}`;
    setText(byId("text-label"), label);
    this.#text.placeholder = label;
  }

  async #send() {
    const text = this.#text.value.trim();
    const attachment = this.#attachment;
    const conversation = this.shown;
    if (!conversation || (!text && !attachment)) return;
    this.#text.value = "";
    this.#grow();
    this.#typing(false);
    this.problem("");
    this.#detach(false);
    this.#text.focus();
    if (!attachment) {
      this.actions.send(conversation, text, null);
      return;
    }
    const { file, url } = attachment;
    const bytes = await file.arrayBuffer();
    this.actions.send(conversation, text, { url, name: file.name || "image", type: file.type, bytes });
  }

  /** @param {File} file */
  #attach(file) {
    const wrong = check(file);
    const name = file.name || "The image";
    if (wrong === "type") {
      this.problem(`${name} is not a PNG, JPEG, GIF, WebP or AVIF image; only those can be shared here.`);
      return;
    }
    if (wrong === "size") {
      this.problem(
        `${name} has ${sizeText(file.size)}; a message can carry ${sizeText(maxBytes)}.`,
        "Attach a smaller copy",
        () => this.#attachSmaller(file),
      );
      return;
    }
    this.problem("");
    this.#detach(true);
    this.#attachment = { file, url: URL.createObjectURL(file) };
    const image = /** @type {HTMLImageElement} */ (byId("attachment-image"));
    image.src = this.#attachment.url;
    byId("attachment-text").textContent = `${file.name || "image"}, ${sizeText(file.size)}`;
    byId("attachment").hidden = false;
    this.#text.focus();
  }

  /** @param {File} file */
  async #attachSmaller(file) {
    try {
      this.#attach(await smaller(file));
    } catch {
      this.problem(`${file.name} cannot be made smaller here.`);
    }
  }

  /** @param {boolean} revoke false when the image goes on to a message */
  #detach(revoke) {
    if (this.#attachment && revoke) URL.revokeObjectURL(this.#attachment.url);
    this.#attachment = null;
    byId("attachment").hidden = true;
    byId("attachment-image").removeAttribute("src");
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, tallest)}px`;
  }

  /** @param {boolean} on */
  #typing(on) {
    const { shown } = this;
    if (!shown) return;
    clearTimeout(this.#stopTimer);
    if (!on) {
      if (this.#typingSince) this.actions.typing(shown, false);
      this.#typingSince = 0;
      return;
    }
    this.#stopTimer = setTimeout(() => this.#typing(false), typingEvery + 1_000);
    if (Date.now() - this.#typingSince < typingEvery) return;
    this.#typingSince = Date.now();
    this.actions.typing(shown, true);
  }
}
