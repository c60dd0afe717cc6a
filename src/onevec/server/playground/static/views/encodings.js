/** Every encoding of the same vectors, asked for one by one: what it weighs, and what it costs in exactness. */

import { ENCODINGS } from "../api/decode.js";
import { embed } from "../api/embed.js";
import { Fault } from "../api/server.js";
import { el } from "../dom.js";
import { agreement } from "../maths/ranks.js";
import { cosines, pairs, range } from "../maths/vectors.js";
import { figure, size } from "./naming.js";

/** @typedef {import("../types.js").Answer} Answer */

const REFERENCE = "float";

/**
 * @typedef {object} Measured
 * @property {string} encoding
 * @property {number} wire Bytes of the replies' bodies.
 * @property {number} vector Bytes of one vector, stored.
 * @property {Float64Array} cosines Of each pair once.
 */

/**
 * @param {import("../api/server.js").Server} server
 * @param {readonly Answer[]} answers What was asked before; the same is asked in every encoding.
 * @returns {{ element: HTMLElement, stop: () => void }}
 */
export function encodings(server, answers) {
  const leaving = new AbortController();
  const deployments = [...new Set(answers.map((answer) => answer.planned.deployment))];
  const element = el(
    "div",
    {},
    ...deployments.map((deployment) =>
      section(
        server,
        answers.filter((answer) => answer.planned.deployment === deployment),
        deployments.length > 1,
        leaving.signal,
      ),
    ),
  );
  return { element, stop: () => leaving.abort() };
}

/**
 * @param {import("../api/server.js").Server} server
 * @param {readonly Answer[]} answers Of one deployment.
 * @param {boolean} titled
 * @param {AbortSignal} signal
 */
function section(server, answers, titled, signal) {
  const names = Object.keys(ENCODINGS);
  const body = el("tbody");
  const status = el(
    "p",
    { role: "status", class: "hint" },
    `Sends the inputs again ${names.length} times, once in each encoding, and decodes the answers here.`,
  );
  const start = el("button", { type: "button", class: "secondary", click: () => void measure() }, "Measure all six");
  const measure = async () => {
    const focused = document.activeElement === start;
    start.disabled = true;
    body.replaceChildren();
    status.textContent = "Measuring…";
    /** @type {Measured | null} */
    let reference = null;
    for (const name of names) {
      const measured = await tried(server, answers, name, signal);
      if (signal.aborted) return;
      if (name === REFERENCE && !(measured instanceof Fault)) reference = measured;
      body.append(line(name, measured, reference));
    }
    status.textContent =
      "Errors are of the cosine of each pair, against float. Bytes on the wire are the whole reply’s.";
    start.disabled = false;
    if (focused && document.activeElement === document.body) start.focus({ preventScroll: true });
  };
  const heads = ["Encoding", "On the wire, bytes", "A vector, bytes", "Mean error", "Worst error", "Rank agreement"];
  return el(
    "section",
    { class: "encodings" },
    titled && el("h3", {}, answers[0].planned.deployment.id),
    el("div", { class: "bar" }, start, status),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Encodings compared" },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((title) => el("th", { scope: "col" }, title)))), body),
    ),
    el(
      "p",
      { class: "hint" },
      "Rank agreement is Spearman’s correlation between the order of all pairs and their order in float: 1 is the same order.",
    ),
  );
}

/**
 * @param {import("../api/server.js").Server} server
 * @param {readonly Answer[]} answers
 * @param {string} encoding
 * @param {AbortSignal} signal
 * @returns {Promise<Measured | Fault>}
 */
async function tried(server, answers, encoding, signal) {
  try {
    return await measured(server, answers, encoding, signal);
  } catch (error) {
    if (error instanceof Fault) return error;
    if (signal.aborted) return new Fault("stopped");
    throw error;
  }
}

/**
 * @param {import("../api/server.js").Server} server
 * @param {readonly Answer[]} answers
 * @param {string} encoding
 * @param {AbortSignal} signal
 * @returns {Promise<Measured>}
 */
async function measured(server, answers, encoding, signal) {
  const found = await Promise.all(
    answers.map(({ planned }) =>
      embed(server, { ...planned, body: { ...planned.body, encoding_format: encoding } }, signal),
    ),
  );
  const vectors = found.flatMap((answer) => answer.vectors);
  return {
    encoding,
    wire: found.reduce((sum, answer) => sum + answer.bytes, 0),
    vector: ENCODINGS[encoding].weight(vectors[0].length),
    cosines: pairs(cosines(vectors), vectors.length),
  };
}

/**
 * @param {string} name
 * @param {Measured | Fault} measured
 * @param {Measured | null} reference
 */
function line(name, measured, reference) {
  const head = el(
    "th",
    { scope: "row" },
    el("code", {}, name),
    el("span", { class: "meaning" }, ENCODINGS[name].meaning),
  );
  if (measured instanceof Fault) {
    return el("tr", { "data-encoding": name }, head, el("td", { colspan: 5, class: "refused" }, measured.message));
  }
  const { wire, vector } = measured;
  const bar = el("span", { class: "measure", "aria-hidden": "true" });
  bar.style.setProperty("--part", String(reference ? Math.min(1, wire / reference.wire) : 0));
  const rest = [size(vector), ...errors(measured, reference)].map((text) => el("td", {}, text));
  return el("tr", { "data-encoding": name }, head, el("td", {}, size(wire), bar), ...rest);
}

/**
 * @param {Measured} measured
 * @param {Measured | null} reference
 * @returns {string[]}
 */
function errors(measured, reference) {
  if (!reference || reference.cosines.length === 0) return ["–", "–", "–"];
  const differences = measured.cosines.map((cosine, i) => Math.abs(cosine - reference.cosines[i]));
  const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
  const agreed = agreement(measured.cosines, reference.cosines);
  return [figure(mean, 5), figure(range(differences)[1], 5), Number.isNaN(agreed) ? "–" : figure(agreed, 4)];
}
