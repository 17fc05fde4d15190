// From a stranger's text to nodes. Everything becomes a text node, except web
// addresses, which become links whose text and target are the same string.

import { el } from "../dom.js";

// http and https only: a javascript: address never gets this far. The last
// character is no punctuation, so that "see https://example.com." ends well.
const address = /\bhttps?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/gu;

const emoji = /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{fe0f}\u{200d}]*\s*){1,3}$/u;

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
export function fillText(element, text) {
  let end = 0;
  for (const match of text.matchAll(address)) {
    element.append(
      text.slice(end, match.index),
      el("a", { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow" }, match[0]),
    );
    end = match.index + match[0].length;
  }
  element.append(text.slice(end));
}

/**
 * Whether the text is nothing but a few emoji, which deserve a larger size.
 *
 * @param {string} text
 */
export function isJumbo(text) {
  return text.length < 40 && emoji.test(text);
}
