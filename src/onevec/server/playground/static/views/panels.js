/** The tabs that stand in files of their own: the request as code, and the server's figures as they change. */

import { el } from "../dom.js";
import { copier } from "./copying.js";

/** @typedef {{ path: string, base: string, body: unknown, authenticated: boolean }} Request */
/** @typedef {{ LANGUAGES: readonly string[], snippet: (language: string, request: Request) => string }} Snippets */
/** @typedef {{ mount: (element: HTMLElement, options: { fetchMetrics: () => Promise<string> }) => () => void }} Live */

/**
 * Those of the two whose file this server has.
 *
 * @param {import("../api/server.js").Server} server
 * @param {() => Request[]} requests What would be sent now.
 * @returns {Promise<import("./tabs.js").Tab[]>}
 */
export async function panels(server, requests) {
  const [snippets, live] = await Promise.all([optional("snippets.js"), optional("live.js")]);
  return [...(snippets ? [codeTab(snippets, requests)] : []), ...(live ? [liveTab(live, server)] : [])];
}

/**
 * @param {string} name
 * @returns {Promise<any>} null where there is no such file
 */
function optional(name) {
  return import(new URL(`../${name}`, import.meta.url).href).catch(() => null);
}

/**
 * @param {Snippets} snippets
 * @param {() => Request[]} requests
 */
function codeTab(snippets, requests) {
  const choice = { language: snippets.LANGUAGES[0] };
  const render = (/** @type {HTMLElement} */ panel) => panel.append(code(snippets, requests(), choice));
  return { id: "code", title: "Code", render };
}

/**
 * @param {Live} live
 * @param {import("../api/server.js").Server} server
 */
function liveTab(live, server) {
  const fetchMetrics = () => server.metrics();
  return {
    id: "live",
    title: "Live",
    render: (/** @type {HTMLElement} */ panel) => live.mount(panel, { fetchMetrics }),
  };
}

/**
 * The requests as they would be sent now, in a language that is chosen.
 *
 * @param {Snippets} snippets
 * @param {readonly Request[]} requests
 * @param {{ language: string }} choice Holds the language from one time to the next.
 * @returns {HTMLElement}
 */
function code({ LANGUAGES, snippet }, requests, choice) {
  if (requests.length === 0) return el("p", { class: "empty-note" }, "There is nothing to embed yet.");
  const blocks = el("div");
  const show = (/** @type {string} */ language) => {
    choice.language = language;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === language));
    blocks.replaceChildren(...requests.map((request) => block(snippet(language, request), language)));
  };
  const buttons = LANGUAGES.map((one) => el("button", { type: "button", click: () => show(one) }, one));
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
