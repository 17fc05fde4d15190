// Who is in a room. The server sends the whole state once (presence_state) and
// then only differences (presence_diff). A user is present once per device; a
// meta is what one device told about itself when it joined.

/**
 * @typedef {{id: string, name?: string}} Meta
 * @typedef {Record<string, {metas: Meta[]}>} Members by user id
 */

export class Presence {
  /** @type {Map<string, Meta[]>} */
  #users = new Map();

  /** @param {Members} members */
  replace(members) {
    this.#users.clear();
    for (const [user, { metas }] of Object.entries(members)) this.#users.set(user, metas);
  }

  /**
   * Applies a difference and tells who came and went as a whole: a second
   * device, or a device that changed its meta, is neither.
   *
   * @param {Members} joins
   * @param {Members} leaves
   * @returns {{came: string[], went: string[]}}
   */
  apply(joins, leaves) {
    const before = new Set(this.#users.keys());
    // Leaves first: a changed meta is the same id in both.
    for (const [user, { metas }] of Object.entries(leaves)) {
      const gone = new Set(metas.map((meta) => meta.id));
      this.#set(user, this.devices(user).filter((meta) => !gone.has(meta.id)));
    }
    for (const [user, { metas }] of Object.entries(joins)) {
      const fresh = new Set(metas.map((meta) => meta.id));
      this.#set(user, [...this.devices(user).filter((meta) => !fresh.has(meta.id)), ...metas]);
    }
    return {
      came: Object.keys(joins).filter((user) => !before.has(user)),
      went: [...before].filter((user) => !this.#users.has(user)),
    };
  }

  /** @param {string} user */
  has(user) {
    return this.#users.has(user);
  }

  /**
   * @param {string} user
   * @returns {Meta[]}
   */
  devices(user) {
    return this.#users.get(user) ?? [];
  }

  users() {
    return [...this.#users.keys()];
  }

  /**
   * @param {string} user
   * @param {Meta[]} metas
   */
  #set(user, metas) {
    if (metas.length > 0) this.#users.set(user, metas);
    else this.#users.delete(user);
  }
}
