/** Each vector: its shape, its extremes and length, and on request its numbers. */

import { el } from "../dom.js";
import { norm, range } from "../maths/vectors.js";
import { copier } from "./copying.js";
import { figure, named } from "./naming.js";
import { paged } from "./paging.js";
import { sparkline } from "./sparkline.js";

/**
 * @param {import("../types.js").Group} group
 * @returns {HTMLElement}
 */
export function vectors(group) {
  return paged(group.entries, item, "vectors");
}

/** @param {import("../types.js").Entry} entry */
function item(entry) {
  const { vector, number } = entry;
  const [least, greatest] = range(vector);
  const numbers = el("pre", {
    class: "numbers",
    hidden: true,
    tabindex: 0,
    "aria-label": `Numbers of vector ${number}`,
  });
  const button = el(
    "button",
    {
      type: "button",
      class: "spark-button",
      "aria-expanded": "false",
      "aria-label": `Numbers of vector ${number}`,
      title: "Show its numbers",
      click: () => open(),
    },
    sparkline(vector),
  );
  const open = () => {
    numbers.hidden = !numbers.hidden;
    numbers.textContent = numbers.hidden ? "" : written(vector);
    button.setAttribute("aria-expanded", String(!numbers.hidden));
  };
  return el(
    "li",
    {},
    el("div", { class: "named" }, ...named(entry)),
    button,
    el(
      "dl",
      {},
      ...[
        ["min", least],
        ["max", greatest],
        ["norm", norm(vector)],
      ].map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, figure(Number(value), 4)))),
    ),
    copier("Copy JSON", `Copy vector ${number} as JSON`, () => JSON.stringify([...vector])),
    numbers,
  );
}

/** @param {Float64Array} vector */
function written(vector) {
  return Array.from(vector, (value) => (Number.isInteger(value) ? String(value) : value.toFixed(6)).padStart(10)).join(
    " ",
  );
}
