/** A button that puts something on the clipboard and says so. */

import { el } from "../dom.js";
import { icon } from "../icons.js";

const SAID_FOR = 2000;

/**
 * @param {string} title
 * @param {string} label For those who do not see what stands beside it.
 * @param {() => string} text Made when it is asked for.
 * @returns {HTMLElement}
 */
export function copier(title, label, text) {
  const word = el("span", {}, title);
  const status = el("span", { role: "status", class: "visually-hidden" });
  const button = el("button", { type: "button", class: "quiet copy", "aria-label": label }, icon("copy"), word);
  const say = (/** @type {string} */ said) => {
    word.textContent = status.textContent = said;
    setTimeout(() => {
      word.textContent = title;
      status.textContent = "";
    }, SAID_FOR);
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied");
    } catch {
      say("Not allowed"); // by the browser: a page that came over plain http from another machine may not
    }
  });
  return el("span", { class: "copier" }, button, status);
}
