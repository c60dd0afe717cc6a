/** A vector as a picture: its numbers from left to right, many to a column where there are many. */

import { svg } from "../dom.js";
import { range } from "../maths/vectors.js";

const [WIDTH, HEIGHT, COLUMNS] = [320, 40, 160];

/**
 * @param {Float64Array} vector
 * @returns {SVGSVGElement}
 */
export function sparkline(vector) {
  const [least, greatest] = range(vector);
  const largest = Math.max(Math.abs(least), Math.abs(greatest)) || 1;
  const columns = Math.min(COLUMNS, vector.length);
  const y = (/** @type {number} */ value) => (HEIGHT / 2 - (value / largest) * (HEIGHT / 2 - 1)).toFixed(1);
  const strokes = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * vector.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * vector.length) / columns));
    const [low, high] = range(vector.subarray(from, to));
    const x = (((column + 0.5) * WIDTH) / columns).toFixed(1);
    return `M${x} ${y(Math.max(high, 0))}V${y(Math.min(low, 0))}`;
  });
  return svg(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: `M0 ${HEIGHT / 2}H${WIDTH}`, class: "axis" }),
    svg("path", { d: strokes.join(""), "stroke-width": (WIDTH / columns) * 0.7 }),
  );
}
