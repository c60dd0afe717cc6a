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
  button.addEventListener("click", async () => say((await copied(text())) ? "Copied" : "Not allowed"));
  return el("span", { class: "copier" }, button, status);
}

/**
 * A page that came over plain http from another machine has no clipboard of its own: there the document copies.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser let it
 */
async function copied(text) {
  try {
    if (!navigator.clipboard) return byDocument(text);
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text */
function byDocument(text) {
  const before = document.activeElement;
  const field = el("textarea", { class: "visually-hidden", value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
