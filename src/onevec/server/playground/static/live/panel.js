// Live: a panel of what the server is doing, by its own metrics.

import { element } from "./draw.js";
import { History } from "./history.js";
import { poll } from "./polling.js";
import { measured, ROWS } from "./rows.js";
import { parse } from "./metrics.js";

/** Seconds of the small lines. */
const SPAN = 300;

/** What to do about an answer that is no page of metrics, by its status. @type {Record<number, string>} */
const REMEDIES = {
  401: "The server asks for a key, and got none that it knows.",
  403: "This key may not read the figures.",
  404: "Metrics are switched off on this server: metrics = true under [server] in its configuration has them.",
};

/** What is not a page of metrics; its message is for people. */
class NoFiguresError extends Error {}

/**
 * Draw the panel, and keep it up to date while the tab is seen. styles/live.css has its style; its headings are `h3`.
 *
 * @param {HTMLElement} place What it is drawn into; what was in there goes.
 * @param {object} options
 * @param {(signal: AbortSignal) => Promise<Response>} options.fetchMetrics Asks for /metrics, with the key that there
 *     is at that moment; rejects where nobody answers.
 * @param {number} [options.every] Seconds between two updates.
 * @returns {() => void} Ends the updates, and takes the panel out.
 */
export function mount(place, { fetchMetrics, every = 2 }) {
  const history = new History(SPAN);
  const status = element("p", { class: "live-status", role: "status" }, "Waiting for the first figures …");
  const panel = element("div", { class: "live" });
  const bodies = ROWS.map(() => element("div", { class: "live-body" }));
  ROWS.forEach(({ title, wide }, index) => {
    const box = element("section", { class: wide ? "live-row live-wide" : "live-row" });
    box.append(element("h3", {}, title), bodies[index]);
    panel.append(box);
  });
  place.replaceChildren(status, panel);

  const stop = poll(
    async (signal) => {
      history.add(await figuresOf(await answered(fetchMetrics, signal)), performance.now() / 1e3);
      ROWS.forEach((row, index) => replace(bodies[index], drawn(row, history)));
      panel.classList.remove("live-stale");
      say(status, "");
    },
    every,
    (error, wait) => {
      panel.classList.add("live-stale");
      say(status, `${reason(error)} Next try in ${Math.round(wait)} s.`);
    },
  );
  return () => {
    stop();
    place.replaceChildren();
  };
}

/** @param {(signal: AbortSignal) => Promise<Response>} fetchMetrics @param {AbortSignal} signal */
async function answered(fetchMetrics, signal) {
  try {
    return await fetchMetrics(signal);
  } catch (cause) {
    throw new NoFiguresError("The server does not answer.", { cause });
  }
}

/** @param {Response} response */
async function figuresOf(response) {
  if (!response.ok) {
    throw new NoFiguresError(REMEDIES[response.status] ?? `The server answered with status ${response.status}.`);
  }
  const text = await response.text();
  try {
    return parse(text);
  } catch (cause) {
    throw new NoFiguresError(`What came is no page of metrics: ${/** @type {Error} */ (cause).message}.`, { cause });
  }
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof NoFiguresError ? error.message : `The panel failed: ${error}.`;
}

/** @param {import("./rows.js").Row} row @param {History} history */
function drawn(row, history) {
  if (measured(history, row.needs)) {
    return row.draw(history).map((one) => (typeof one === "string" ? element("p", { class: "live-note" }, one) : one));
  }
  const none = element("p", { class: "live-none" }, "not measured here");
  return [none, element("p", { class: "live-note" }, row.without)];
}

/**
 * Put new nodes where they differ: what stays the same keeps its place for whoever reads or selects it.
 *
 * @param {Element} body
 * @param {Node[]} fresh
 */
function replace(body, fresh) {
  const same = body.childNodes.length === fresh.length;
  fresh.forEach((node, index) => {
    if (same && !node.isEqualNode(body.childNodes[index])) {
      body.childNodes[index].replaceWith(node);
    }
  });
  if (!same) {
    body.replaceChildren(...fresh);
  }
}

/** A status is read out when it changes, so it changes only then. @param {Element} status @param {string} text */
function say(status, text) {
  if (status.textContent !== text) {
    status.textContent = text;
  }
}
