/**
 * The similarity of every two inputs, as a table with its values. Only the cells in sight exist: 500 inputs are 250,000
 * pairs. The table keeps its place in front of a surface as large as all cells, which is what scrolls; it moves by whole
 * cells, so its headers never leave.
 */

import { el } from "../dom.js";
import { pairs, range } from "../maths/vectors.js";
import { figure, named } from "./naming.js";
import { STEPS, legend, stepper } from "./scale.js";

const CELL_HEIGHT = 36;
const TALLEST = 580;

/** Pixels of the column of names, and of the narrowest and widest cell, where there is much room and where there is not. */
const [WIDE, NARROW] = [
  { from: 560, head: 250, least: 54, most: 84 },
  { from: 0, head: 104, least: 44, most: 60 },
];

/**
 * @param {import("../types.js").Group} group
 * @returns {HTMLElement}
 */
export function heatmap(group) {
  if (group.entries.length < 2) {
    return el("p", { class: "empty-note" }, "There is nothing to compare it with: embed at least two inputs.");
  }
  return new HeatMap(group).element;
}

class HeatMap {
  /** @param {import("../types.js").Group} group */
  constructor(group) {
    this.group = group;
    this.n = group.entries.length;
    this.range = range(pairs(group.cosines, this.n));
    this.step = stepper(0, 1);
    /** Where the keyboard is. */
    this.row = 0;
    this.column = 0;
    /** Its width in pixels. */
    this.cell = WIDE.least;
    /** What is in sight. */
    this.window = { top: 0, left: 0, rows: 0, columns: 0 };
    this.table = el("table", {
      role: "grid",
      class: "heat-table",
      "aria-label": "Cosine similarity of every two inputs",
      "aria-rowcount": this.n + 1,
      "aria-colcount": this.n + 1,
    });
    this.surface = el("div", { class: "heat-surface" }, this.table);
    this.scroller = el("div", { class: "heat" }, this.surface);
    this.detail = el("p", { class: "heat-detail" }, "Point at a value, or walk with the arrow keys, to read its pair.");
    this.legend = el("div", { class: "legend" });
    this.element = el("div", { class: "heat-whole" }, this.legend, this.scroller, this.detail);
    this.#listen();
    this.#scaled("fitted");
  }

  #listen() {
    this.scroller.addEventListener("scroll", () => this.#draw());
    this.table.addEventListener("keydown", (event) => this.#keyed(event));
    for (const kind of ["pointerover", "focusin", "click"])
      this.table.addEventListener(kind, (event) => this.#pointed(event));
    new ResizeObserver(() => this.#draw()).observe(this.scroller);
  }

  /** @param {"fitted" | "fixed"} kind */
  #scaled(kind) {
    const [least, greatest] = this.range;
    const ends = /** @type {[number, number]} */ (kind === "fitted" && least < greatest ? this.range : [0, 1]);
    this.step = stepper(...ends);
    const focused = this.legend.contains(document.activeElement);
    this.legend.replaceChildren(...legend(kind, ends, (chosen) => this.#scaled(chosen)));
    if (focused) /** @type {HTMLElement | null} */ (this.legend.querySelector("[aria-pressed='true']"))?.focus();
    this.#draw(true);
  }

  /**
   * @param {boolean} [anew] Though the same cells are in sight.
   */
  #draw(anew = false) {
    const { head, least, most } = this.scroller.clientWidth < WIDE.from ? NARROW : WIDE;
    const room = this.scroller.clientWidth - head;
    if (room <= 0) return;
    this.cell = Math.min(most, Math.max(least, Math.floor(room / this.n)));
    this.scroller.style.setProperty("--head", `${head}px`);
    this.scroller.style.setProperty("--cell", `${this.cell}px`);
    this.surface.style.width = `${head + this.n * this.cell}px`;
    this.surface.style.height = `${(this.n + 1) * CELL_HEIGHT}px`;
    const [rows, columns] = [
      Math.min(this.n, Math.floor(TALLEST / CELL_HEIGHT) - 1),
      Math.max(1, Math.min(this.n, Math.floor(room / this.cell))),
    ];
    const next = {
      rows,
      columns,
      top: Math.min(this.n - rows, Math.ceil(this.scroller.scrollTop / CELL_HEIGHT)),
      left: Math.min(this.n - columns, Math.ceil(this.scroller.scrollLeft / this.cell)),
    };
    const same = Object.entries(next).every(
      ([name, value]) => this.window[/** @type {keyof typeof next} */ (name)] === value,
    );
    if (same && !anew) return;
    this.window = next;
    this.#filled();
  }

  #filled() {
    const { top, left, rows, columns } = this.window;
    const focused = this.table.contains(document.activeElement);
    this.row = Math.min(Math.max(this.row, top), top + rows - 1);
    this.column = Math.min(Math.max(this.column, left), left + columns - 1);
    const across = Array.from({ length: columns }, (_, i) => left + i);
    const header = el(
      "tr",
      { "aria-rowindex": 1 },
      el("td", { class: "corner" }),
      ...across.map((j) => this.#header(j)),
    );
    const body = Array.from({ length: rows }, (_, i) => this.#line(top + i, across));
    this.table.replaceChildren(el("thead", {}, header), el("tbody", {}, ...body));
    if (focused) this.#cell()?.focus({ preventScroll: true });
  }

  /** @param {number} j */
  #header(j) {
    const { number, label } = this.group.entries[j];
    return el("th", { scope: "col", title: label, "aria-colindex": j + 2 }, number);
  }

  /**
   * @param {number} i
   * @param {readonly number[]} across
   */
  #line(i, across) {
    const head = el(
      "th",
      { scope: "row", "aria-colindex": 1 },
      el("span", { class: "named" }, ...named(this.group.entries[i])),
    );
    return el("tr", { "aria-rowindex": i + 2 }, head, ...across.map((j) => this.#value(i, j)));
  }

  /**
   * @param {number} i
   * @param {number} j
   */
  #value(i, j) {
    const cosine = this.group.cosines[i * this.n + j];
    const here = i === this.row && j === this.column;
    const step = i === j ? STEPS - 1 : this.step(cosine);
    return el(
      "td",
      {
        "data-row": i,
        "data-column": j,
        class: `step-${step}${i === j ? " self" : ""}`,
        tabindex: here ? 0 : -1,
        "aria-colindex": j + 2,
      },
      figure(cosine),
    );
  }

  #cell() {
    return /** @type {HTMLElement | null} */ (
      this.table.querySelector(`[data-row="${this.row}"][data-column="${this.column}"]`)
    );
  }

  /** @param {Event} event */
  #pointed(event) {
    const cell = event.target instanceof Element ? event.target.closest("td[data-row]") : null;
    if (!(cell instanceof HTMLElement)) return;
    const [i, j] = [Number(cell.dataset.row), Number(cell.dataset.column)];
    const [one, other] = [this.group.entries[i], this.group.entries[j]];
    this.detail.replaceChildren(
      el("strong", {}, figure(this.group.cosines[i * this.n + j], 4)),
      el("span", {}, `${one.number} ${one.label}`),
      el("span", {}, `${other.number} ${other.label}`),
    );
    if (event.type !== "pointerover") this.#moveTo(i, j);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const page = this.window.rows;
    const [i, j, last] = [this.row, this.column, this.n - 1];
    const to = {
      ArrowUp: [i - 1, j],
      ArrowDown: [i + 1, j],
      ArrowLeft: [i, j - 1],
      ArrowRight: [i, j + 1],
      PageUp: [i - page, j],
      PageDown: [i + page, j],
      Home: event.ctrlKey ? [0, 0] : [i, 0],
      End: event.ctrlKey ? [last, last] : [i, last],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    this.#moveTo(Math.min(last, Math.max(0, to[0])), Math.min(last, Math.max(0, to[1])));
  }

  /**
   * @param {number} i
   * @param {number} j
   */
  #moveTo(i, j) {
    const { top, left, rows, columns } = this.window;
    const shown = { top: within(i, top, rows), left: within(j, left, columns) };
    [this.row, this.column] = [i, j];
    if (shown.top !== top || shown.left !== left) {
      this.window = { ...this.window, ...shown };
      this.#filled();
      this.scroller.scrollTo(shown.left * this.cell, shown.top * CELL_HEIGHT);
    }
    for (const cell of this.table.querySelectorAll("td[tabindex='0']")) cell.setAttribute("tabindex", "-1");
    const cell = this.#cell();
    cell?.setAttribute("tabindex", "0");
    if (document.activeElement !== cell) cell?.focus({ preventScroll: true });
  }
}

/**
 * Where a window of some length has to begin to hold a place, moved as little as can be.
 *
 * @param {number} place
 * @param {number} start
 * @param {number} length
 */
function within(place, start, length) {
  return Math.min(place, Math.max(start, place - length + 1));
}
