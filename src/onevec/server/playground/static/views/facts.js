/** What is known of an answer at a glance: its size, tokens, time and cost, and the space of its vectors. */

import { cost, price } from "../api/money.js";
import { PARTS, differences, read } from "../api/space.js";
import { el } from "../dom.js";

/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {import("../types.js").Group} Group */

/**
 * @param {readonly Answer[]} answers
 * @param {readonly Group[]} groups
 */
export function facts(answers, groups) {
  const count = groups.reduce((sum, group) => sum + group.entries.length, 0);
  const lengths = [...new Set(groups.map((group) => group.entries[0].vector.length))];
  const tokens = answers.map((answer) => answer.tokens).filter((known) => known !== null);
  return el(
    "dl",
    { class: "facts" },
    fact("Vectors", count.toLocaleString("en")),
    fact("Dimensions", lengths.map((length) => length.toLocaleString("en")).join(" and ")),
    fact(
      "Tokens",
      tokens.length === 0 ? "not told" : tokens.reduce((sum, known) => sum + known, 0).toLocaleString("en"),
    ),
    // They were sent together, so the slowest is how long one waited.
    fact("Round trip", duration(Math.max(...answers.map((answer) => answer.milliseconds)))),
    fact("Cost", price(cost(answers))),
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", { "data-fact": name }, value));
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/**
 * The space of a group, and what its parts mean.
 *
 * @param {Group} group
 */
export function space(group) {
  const parts = /** @type {Record<string, unknown>} */ (read(group.space));
  const rows = PARTS.filter(({ part }) => parts[part] !== null).map(({ part, title, meaning }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, title),
      el("td", { class: "code" }, String(parts[part])),
      el("td", {}, meaning),
    ),
  );
  return el(
    "details",
    { class: "space" },
    el("summary", {}, el("span", { class: "space-word" }, "Vector space"), el("code", {}, group.space)),
    el(
      "p",
      {},
      "Only vectors of one space can be compared. Every answer names its own in the header ",
      el("code", {}, "x-vector-space"),
      ".",
    ),
    el("table", {}, el("tbody", {}, ...rows)),
  );
}

/**
 * Why vectors of several spaces are shown apart; nothing where there is one.
 *
 * @param {readonly Group[]} groups
 */
export function apart(groups) {
  if (groups.length < 2) return null;
  const said = differences(groups[0].space, groups[1].space).join("; ");
  return el(
    "p",
    { class: "apart" },
    el("strong", {}, `${groups.length} vector spaces, kept apart. `),
    `A cosine between vectors of different spaces means nothing, so each has a heat map and a map of its own (${said}).`,
  );
}
