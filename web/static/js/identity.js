// Who this tab is. The id belongs to the tab, so that two tabs of one browser
// are two people; a duplicated tab inherits it and is the same person on a
// second device. The name belongs to the browser.

const idKey = "parley.clientId";
const nameKey = "parley.name";

const adjectives = [
  "Amber", "Brisk", "Calm", "Clever", "Early", "Gentle", "Keen", "Lively",
  "Merry", "Nimble", "Patient", "Quiet", "Swift", "Tidy", "Warm", "Wise",
];
const birds = [
  "Avocet", "Curlew", "Dunlin", "Eider", "Fulmar", "Gannet", "Heron", "Kestrel",
  "Lapwing", "Merlin", "Osprey", "Petrel", "Plover", "Puffin", "Tern", "Wigeon",
];

/** The longest name that can be entered. */
export const maxName = 40;

/**
 * A random id. crypto.randomUUID exists only on https and localhost, and the
 * page may be open on a machine's address in the local network.
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {string} this tab's id, stable over reloads */
export function clientId() {
  let id = read(sessionStorage, idKey);
  if (!id) {
    id = randomId();
    write(sessionStorage, idKey, id);
  }
  return id;
}

/** @returns {string} the name to show to others */
export function displayName() {
  return read(localStorage, nameKey) || inventName(clientId());
}

/**
 * @param {string} name
 * @returns {string} the name as it will be used
 */
export function rename(name) {
  const tidy = name.replace(/\s+/g, " ").trim().slice(0, maxName);
  write(localStorage, nameKey, tidy);
  return tidy || inventName(clientId());
}

/** @param {string} id */
function inventName(id) {
  const n = Number.parseInt(id.slice(0, 4), 16);
  return `${adjectives[n % 16]} ${birds[(n >> 4) % 16]}`;
}

/**
 * @param {Storage} storage
 * @param {string} key
 */
function read(storage, key) {
  try {
    return storage.getItem(key) ?? "";
  } catch {
    return ""; // storage is switched off
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {string} value
 */
function write(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    // It then lasts as long as this page.
  }
}
