// Pictures made from a name, so that nobody needs to upload one: a room flies
// a signal flag, a person has a disc with initials. The same name looks the
// same on everybody's screen.

import { el, svg } from "./dom.js";

const [blue, white, yellow, red, navy] = ["#2f6bff", "#ffffff", "#ffd23f", "#e0402f", "#0b1f4d"];

/** Cloth colours that stay apart from each other, field first. */
const cloths = [
  [blue, white],
  [yellow, navy],
  [red, white],
  [white, red],
  [yellow, blue],
  [white, blue],
  [red, yellow],
  [blue, yellow],
];

/** What is drawn on a field of 24 by 24. */
const figures = [
  "M7 7h10v10H7z", // the square of "P", as in our own mark
  "M12 0h12v24H12z", // halves, upright
  "M0 0l17 12L0 24z", // a triangle at the hoist
  "M0 0h12v12H0zM12 12h12v12H12z", // quarters
  "M0 24V0l24 24z", // a diagonal
  "M0 15v9h9L24 9V0h-9z", // a slanting bar
  "M12 3l9 9-9 9-9-9z", // a lozenge
  "M0 0h8v24H0zM16 0h8v24h-8z", // a pale
];

/** How many disc colours discs.css has. */
const discs = 10;

/**
 * A room's flag. Decoration: the room's name stands beside it.
 *
 * @param {string} room
 */
export function roomFlag(room) {
  const hash = hashOf(room);
  const [field, figure] = cloths[hash % cloths.length];
  return svg(
    "svg",
    { class: "flag", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { fill: field, d: "M0 0h24v24H0z" }),
    svg("path", { fill: figure, d: figures[(hash >>> 8) % figures.length] }),
  );
}

/**
 * A person's disc: the colour from the id, which stays, the letters from the
 * name, which may change.
 *
 * @param {string} id
 * @param {string} name
 */
export function disc(id, name) {
  return el("span", { class: `disc disc-${hashOf(id) % discs}`, "aria-hidden": "true" }, initials(name));
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  // Spreading splits at characters, where an index would cut an emoji in two.
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/**
 * FNV-1a, with a last stir: short names differ only in their low bits.
 *
 * @param {string} text
 */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
