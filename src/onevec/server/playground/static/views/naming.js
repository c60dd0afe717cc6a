/** How an entry is called wherever there is one line for it: its number, its thumbnail, its text. */

import { el } from "../dom.js";

/**
 * @param {import("../types.js").Entry} entry
 * @returns {(HTMLElement | string)[]}
 */
export function named(entry) {
  const { image } = entry.input;
  return [
    el("span", { class: "number" }, entry.number),
    ...(image === undefined ? [] : [el("img", { src: image, alt: "", class: "thumb" })]),
    el("span", { class: "label", title: entry.label }, entry.label),
  ];
}

/**
 * A figure, with a minus sign that is as wide as a digit.
 *
 * @param {number} value
 * @param {number} [digits]
 */
export function figure(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** @param {number} bytes */
export function size(bytes) {
  return bytes.toLocaleString("en");
}
