// Icons that appear while a page is in use. Those of img/icons.svg, which the
// HTML refers to, are fetched again for each new use: with the server down,
// when "waiting" is to be shown, they would stay empty.

import { svg } from "./dom.js";

const shapes = {
  check: "m5 12.5 4.5 4.5L19 7",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17M12 7v5l3.5 2",
  copy: "M11 8.5h7a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 8.5 18v-7A2.5 2.5 0 0 1 11 8.5M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5",
  warn: "M12 4 2.5 20h19zM12 10v4.5M12 17.2v.1",
};

/** @param {keyof typeof shapes} name */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { d: shapes[name] }),
  );
}
