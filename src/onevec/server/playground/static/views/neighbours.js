/** Of each input the nearest others, nearest first. */

import { el } from "../dom.js";
import { neighbours as nearest } from "../maths/ranks.js";
import { figure, named } from "./naming.js";
import { paged } from "./paging.js";

const COUNT = 5;

/**
 * @param {import("../types.js").Group} group
 * @returns {HTMLElement}
 */
export function neighbours(group) {
  const { entries, selected } = group;
  const among = selected.size > 0 ? (/** @type {number} */ index) => selected.has(index) : () => true;
  const rows = entries.map((_, index) => index).filter(among);
  if (rows.length < 2)
    return el("p", { class: "empty-note" }, "There is no other: two inputs at least have neighbours.");
  const list = paged(rows, (index) => item(group, index, among), "neighbours");
  if (selected.size === 0) return list;
  const note = el("p", { class: "hint" }, `Only the ${selected.size} inputs that are selected on the map.`);
  return el("div", {}, note, list);
}

/**
 * @param {import("../types.js").Group} group
 * @param {number} index
 * @param {(index: number) => boolean} among
 */
function item({ entries, cosines }, index, among) {
  const n = entries.length;
  const found = nearest(cosines, n, index, COUNT, among);
  return el(
    "li",
    {},
    el("h4", { class: "named" }, ...named(entries[index])),
    el("ol", {}, ...found.map((other) => neighbour(entries[other], cosines[index * n + other]))),
  );
}

/**
 * @param {import("../types.js").Entry} entry
 * @param {number} cosine
 */
function neighbour(entry, cosine) {
  const bar = el("span", { class: "measure", "aria-hidden": "true" });
  bar.style.setProperty("--part", String(Math.max(0, cosine)));
  return el(
    "li",
    {},
    el("span", { class: "named" }, ...named(entry)),
    bar,
    el("span", { class: "figure" }, figure(cosine, 3)),
  );
}
