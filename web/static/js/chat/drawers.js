// On a narrow page the two sides are drawers above the conversation. One at a
// time is open; the rest of the page is inert meanwhile.

import { byId } from "../dom.js";

/** @typedef {{drawer: HTMLElement, opener: HTMLElement, narrow: MediaQueryList}} Side */

export class Drawers {
  /** @type {Side[]} */
  #sides = [
    { drawer: byId("rooms-drawer"), opener: byId("open-rooms"), narrow: matchMedia("(max-width: 760px)") },
    { drawer: byId("details-drawer"), opener: byId("pill"), narrow: matchMedia("(max-width: 1100px)") },
  ];
  /** @type {Side | null} */
  #open = null;

  constructor() {
    for (const side of this.#sides) {
      side.opener.addEventListener("click", () => this.#show(side));
      side.drawer.querySelector(".drawer-close")?.addEventListener("click", () => this.close());
      side.narrow.addEventListener("change", () => this.close());
    }
    byId("backdrop").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** Closes what is open and gives the focus back to what opened it. */
  close() {
    const side = this.#open;
    if (!side) return;
    this.#open = null;
    side.drawer.classList.remove("open");
    side.opener.setAttribute("aria-expanded", "false");
    byId("backdrop").hidden = true;
    byId("main").inert = false;
    side.opener.focus();
  }

  /** @param {Side} side */
  #show(side) {
    if (!side.narrow.matches) {
      // On a wide page it is in view all the time: only point to it.
      /** @type {HTMLElement | null} */ (side.drawer.querySelector(".line-panel input:checked"))?.focus();
      return;
    }
    this.close();
    this.#open = side;
    side.drawer.classList.add("open");
    side.opener.setAttribute("aria-expanded", "true");
    byId("backdrop").hidden = false;
    byId("main").inert = true;
    /** @type {HTMLElement | null} */ (side.drawer.querySelector(".drawer-close"))?.focus();
  }
}
