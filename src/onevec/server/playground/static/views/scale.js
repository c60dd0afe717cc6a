/** The colours of similarities: a few steps of one hue, so that a shade can be told from the next. */

import { el } from "../dom.js";
import { figure } from "./naming.js";

export const STEPS = 10;

/** @typedef {"fitted" | "fixed"} Kind */

/** @type {readonly { kind: Kind, title: string }[]} */
const KINDS = Object.freeze([
  { kind: "fitted", title: "fitted" },
  { kind: "fixed", title: "0 to 1" },
]);

/**
 * From a value to its step; what is outside the ends has the step of the nearer end.
 *
 * @param {number} least
 * @param {number} greatest
 * @returns {(value: number) => number} from 0 to STEPS - 1
 */
export function stepper(least, greatest) {
  const width = greatest - least;
  return (value) => Math.max(0, Math.min(STEPS - 1, Math.floor(((value - least) / width) * STEPS)));
}

/**
 * What the colours mean, and the choice between two scales.
 *
 * @param {Kind} chosen
 * @param {readonly [number, number]} ends
 * @param {(kind: Kind) => void} choose
 */
export function legend(chosen, ends, choose) {
  const swatches = Array.from({ length: STEPS }, (_, step) => el("span", { class: `swatch step-${step}` }));
  const choices = KINDS.map(({ kind, title }) =>
    el("button", { type: "button", "aria-pressed": String(kind === chosen), click: () => choose(kind) }, title),
  );
  return [
    el("span", { class: "legend-end" }, figure(ends[0])),
    el("span", { class: "swatches", "aria-hidden": "true" }, ...swatches),
    el("span", { class: "legend-end" }, figure(ends[1])),
    el("span", { class: "segmented", role: "group", "aria-label": "Colours" }, ...choices),
  ];
}
