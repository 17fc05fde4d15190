// A plain script in <head>, so that the page is never painted in the wrong
// colours first. Without a stored choice the system's preference holds.
"use strict";

(() => {
  const key = "parley.theme";
  const order = ["auto", "light", "dark"];
  const root = document.documentElement;

  /** @returns {string} */
  const stored = () => {
    try {
      return localStorage.getItem(key) ?? "auto";
    } catch {
      return "auto"; // storage is switched off
    }
  };

  /** @param {string} theme */
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll(".theme-switch")) {
      button.setAttribute("aria-label", `Theme: ${theme}. Change it`);
      button.setAttribute("title", `Theme: ${theme}`);
    }
  };

  let theme = stored();
  apply(theme);

  document.addEventListener("DOMContentLoaded", () => {
    apply(theme);
    for (const button of document.querySelectorAll(".theme-switch")) {
      button.addEventListener("click", () => {
        theme = order[(order.indexOf(theme) + 1) % order.length];
        apply(theme);
        try {
          localStorage.setItem(key, theme);
        } catch {
          // It then lasts as long as this page.
        }
      });
    }
  });
})();
