/** The tabs beside those of the vectors: the request as code, and the server's figures as they change. */

import { LANGUAGES, snippet } from "../code/snippets.js";
import { el } from "../dom.js";
import { mount } from "../live/panel.js";
import { copier } from "./copying.js";

/** @typedef {import("../code/snippets.js").Request} Request */

/**
 * @param {import("../api/server.js").Server} server
 * @param {() => Request[]} requests What would be sent now.
 * @returns {import("./tabs.js").Tab[]}
 */
export function panels(server, requests) {
  const choice = { language: LANGUAGES[0].id };
  const fetchMetrics = (/** @type {AbortSignal} */ signal) => server.metrics(signal);
  return [
    { id: "code", title: "Code", render: (panel) => panel.append(code(requests(), choice)) },
    { id: "live", title: "Live", lasts: true, render: (panel) => mount(panel, { fetchMetrics }) },
  ];
}

/**
 * The requests as they would be sent now, in a language that is chosen.
 *
 * @param {readonly Request[]} requests
 * @param {{ language: string }} choice Holds the language from one time to the next.
 * @returns {HTMLElement}
 */
function code(requests, choice) {
  if (requests.length === 0) return el("p", { class: "empty-note" }, "There is nothing to embed yet.");
  const blocks = el("div");
  const show = (/** @type {string} */ id) => {
    choice.language = id;
    LANGUAGES.forEach((one, i) => buttons[i].setAttribute("aria-pressed", String(one.id === id)));
    const { label } = LANGUAGES.find((one) => one.id === id);
    blocks.replaceChildren(...requests.map((request) => block(snippet(id, request), label)));
  };
  const buttons = LANGUAGES.map(({ id, label }) => el("button", { type: "button", click: () => show(id) }, label));
  show(choice.language);
  const languages = el("div", { class: "segmented", role: "group", "aria-label": "Language" }, ...buttons);
  return el("div", { class: "code-panel" }, languages, blocks);
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
