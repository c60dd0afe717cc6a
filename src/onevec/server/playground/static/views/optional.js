/** Panels that stand in files of their own: the request as code, and the server's figures as they change. */

import { el } from "../dom.js";
import { copier } from "./copying.js";

/** @typedef {{ path: string, base: string, body: unknown, authenticated: boolean }} Request */
/** @typedef {{ LANGUAGES: readonly string[], snippet: (language: string, request: Request) => string }} Snippets */
/** @typedef {{ mount: (element: HTMLElement, options: { fetchMetrics: () => Promise<string> }) => () => void }} Live */

/**
 * The module of a panel, where this server has it.
 *
 * @param {string} name
 * @returns {Promise<any>} null where it has not
 */
export function optional(name) {
  return import(new URL(`../${name}`, import.meta.url).href).catch(() => null);
}

/**
 * The requests as they would be sent now, in a language that is chosen.
 *
 * @param {Snippets} snippets
 * @param {readonly Request[]} requests
 * @returns {HTMLElement}
 */
export function code({ LANGUAGES, snippet }, requests) {
  if (requests.length === 0) return el("p", { class: "empty-note" }, "There is nothing to embed yet.");
  const blocks = el("div");
  const show = (/** @type {string} */ language) => {
    for (const button of choices) button.setAttribute("aria-pressed", String(button.textContent === language));
    blocks.replaceChildren(...requests.map((request) => block(snippet(language, request), language)));
  };
  const choices = LANGUAGES.map((language) => el("button", { type: "button", click: () => show(language) }, language));
  const element = el(
    "div",
    { class: "code-panel" },
    el("div", { class: "segmented", role: "group", "aria-label": "Language" }, ...choices),
    blocks,
  );
  show(LANGUAGES[0]);
  return element;
}

/**
 * @param {string} text
 * @param {string} language
 */
function block(text, language) {
  const shown = el("pre", { tabindex: 0, "aria-label": `The request in ${language}` }, el("code", {}, text));
  return el(
    "div",
    { class: "snippet" },
    copier("Copy", `Copy the request in ${language}`, () => text),
    shown,
  );
}
