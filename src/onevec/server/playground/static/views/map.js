/** Inputs as points in the plane in which their vectors differ most; near points are alike, as far as two axes can tell. */

import { el, svg } from "../dom.js";
import { components } from "../maths/pca.js";
import { lasso } from "./lasso.js";
import { figure, named } from "./naming.js";
import { placed } from "./placing.js";

/** Pixels that stay free at each side. */
const MARGIN = 34;

/** Up to so many points have labels; from so many on they are drawn small. */
const [LABELLED, MANY] = [40, 100];

/** @typedef {import("../types.js").Group} Group */

/**
 * @param {Group} group Its selection is changed here.
 * @returns {HTMLElement}
 */
export function map(group) {
  if (group.entries.length < 3) {
    return el("p", { class: "empty-note" }, "A map needs at least three inputs: with fewer, the similarity says all.");
  }
  return new PointMap(group).element;
}

class PointMap {
  /** @param {Group} group */
  constructor(group) {
    this.group = group;
    this.components = components(group.entries.map((entry) => entry.vector));
    this.focus = 0;
    /** @type {[number, number][]} */
    this.places = [];
    /** @type {SVGGElement[]} */
    this.marks = [];
    this.canvas = svg("svg", {
      class: "map-canvas",
      role: "group",
      "aria-label": "Map of the inputs. Arrow keys move between points, Space selects.",
    });
    this.tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    // These stay, so that a count is read out when it changes, and focus has where to go.
    this.count = el("h4", { role: "status", tabindex: -1 });
    this.clear = el("button", { type: "button", class: "quiet", click: () => this.#cleared() }, "Clear");
    this.chosen = el("div");
    this.list = el("div", { class: "selection" }, el("div", { class: "bar" }, this.count, this.clear), this.chosen);
    const [x, y] = this.components.share.map((share) => `${Math.round(100 * share)} %`);
    this.stage = el("div", { class: "map-stage" }, this.canvas, this.tip);
    this.element = el(
      "div",
      { class: "map" },
      el(
        "div",
        {},
        this.stage,
        el(
          "p",
          { class: "hint" },
          `Principal components: the axes show ${x} and ${y} of how the vectors differ. Draw round points to select them; a finger begins sideways.`,
        ),
      ),
      this.list,
    );
    this.canvas.addEventListener("keydown", (event) => this.#keyed(event));
    lasso(this.canvas, (encloses) => this.#enclosed(encloses));
    new ResizeObserver(() => this.#draw()).observe(this.stage);
    this.#listed();
  }

  #draw() {
    const width = this.stage.clientWidth;
    if (width === 0) return;
    const height = Math.round(Math.min(520, Math.max(300, width * 0.62)));
    this.canvas.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.canvas.setAttribute("height", String(height));
    this.places = fitted(this.components.points, width, height);
    const labels = this.group.entries.length <= LABELLED ? placed(this.places, this.group.entries, width) : [];
    const focused = this.canvas.contains(document.activeElement);
    this.marks = this.group.entries.map((entry, i) => this.#mark(entry, i));
    this.canvas.classList.toggle("many", this.group.entries.length > MANY);
    this.canvas.replaceChildren(
      svg(
        "g",
        { class: "map-labels", "aria-hidden": "true" },
        ...labels.map(({ x, y, anchor, text }) => svg("text", { x, y, "text-anchor": anchor }, text)),
      ),
      ...this.marks,
    );
    if (focused) this.marks[this.focus].focus({ preventScroll: true });
  }

  /**
   * @param {import("../types.js").Entry} entry
   * @param {number} i
   */
  #mark(entry, i) {
    const [x, y] = this.places[i];
    const { image } = entry.input;
    const drawn =
      image === undefined
        ? [svg("circle", { r: 6 })]
        : [
            svg("image", { href: image, x: -22, y: -17, width: 44, height: 34, preserveAspectRatio: "xMidYMid slice" }),
            svg("rect", { x: -22, y: -17, width: 44, height: 34, rx: 3 }),
          ];
    return svg(
      "g",
      {
        class: "mark",
        role: "checkbox",
        "aria-checked": String(this.group.selected.has(i)),
        "aria-label": `${entry.number}: ${entry.label}`,
        tabindex: i === this.focus ? 0 : -1,
        transform: `translate(${x} ${y})`,
        pointerenter: () => this.#tell(i),
        pointerleave: () => (this.tip.hidden = true),
        focus: () => this.#tell(i),
        blur: () => (this.tip.hidden = true),
        click: () => this.#toggle(i),
      },
      svg("circle", { r: 10, class: "target" }),
      ...drawn,
    );
  }

  /** @param {number} i */
  #tell(i) {
    const [x, y] = this.places[i];
    const right = x > this.stage.clientWidth / 2;
    this.tip.replaceChildren(...named(this.group.entries[i]));
    this.tip.style.top = `${y + 14}px`;
    this.tip.style.left = right ? "auto" : `${x}px`;
    this.tip.style.right = right ? `${this.stage.clientWidth - x}px` : "auto";
    this.tip.hidden = false;
  }

  /** @param {number} i */
  #toggle(i) {
    const { selected } = this.group;
    if (!selected.delete(i)) selected.add(i);
    this.#focused(i);
    this.#selected();
  }

  /** @param {import("./lasso.js").Encloses} encloses */
  #enclosed(encloses) {
    this.group.selected = new Set(this.places.flatMap((place, i) => (encloses(place) ? [i] : [])));
    this.#selected();
  }

  #selected() {
    this.marks.forEach((mark, i) => mark.setAttribute("aria-checked", String(this.group.selected.has(i))));
    this.#listed();
  }

  #cleared() {
    this.group.selected.clear();
    this.#selected();
    this.count.focus();
  }

  #listed() {
    const { entries, selected } = this.group;
    const chosen = entries.filter((_, i) => selected.has(i));
    this.count.textContent = chosen.length === 0 ? "Nothing selected" : `${chosen.length} selected`;
    this.clear.hidden = chosen.length === 0;
    this.chosen.replaceChildren(
      chosen.length === 0
        ? el(
            "p",
            { class: "hint" },
            "Draw a line round points, click one, or press Space on it. Neighbours are then looked for among the selected only.",
          )
        : el("ul", {}, ...chosen.map((entry) => el("li", { class: "named" }, ...named(entry)))),
    );
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.key === " " || event.key === "Enter") this.#toggle(this.focus);
    else if (event.key === "Escape") {
      this.group.selected.clear();
      this.#selected();
    } else if (event.key in TOWARDS) this.#focused(this.#next(TOWARDS[event.key]));
    else return;
    event.preventDefault();
  }

  /**
   * The nearest point in a direction: far to the side counts twice.
   *
   * @param {readonly [number, number]} direction
   */
  #next([dx, dy]) {
    const [x, y] = this.places[this.focus];
    let [best, least] = [this.focus, Infinity];
    this.places.forEach(([px, py], i) => {
      const [along, aside] = [(px - x) * dx + (py - y) * dy, Math.abs((px - x) * dy) + Math.abs((py - y) * dx)];
      const length = along + 2 * aside;
      if (i !== this.focus && along > 0 && length < least) [best, least] = [i, length];
    });
    return best;
  }

  /** @param {number} i */
  #focused(i) {
    this.marks[this.focus].setAttribute("tabindex", "-1");
    this.focus = i;
    this.marks[i].setAttribute("tabindex", "0");
    this.marks[i].focus();
  }
}

/** @type {Readonly<Record<string, readonly [number, number]>>} */
const TOWARDS = Object.freeze({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/**
 * Points of the plane as places on the canvas, both axes in one scale: a distance is a distance, whatever its direction.
 *
 * @param {readonly [number, number][]} points
 * @param {number} width
 * @param {number} height
 * @returns {[number, number][]}
 */
function fitted(points, width, height) {
  const ends = [0, 1].map((k) => [
    Math.min(...points.map((point) => point[k])),
    Math.max(...points.map((point) => point[k])),
  ]);
  const [wide, high] = ends.map(([least, greatest]) => greatest - least || 1);
  const scale = Math.min((width - 2 * MARGIN) / wide, (height - 2 * MARGIN) / high);
  const [x0, y0] = ends.map(([least, greatest]) => (least + greatest) / 2);
  return points.map(([x, y]) => [round(width / 2 + (x - x0) * scale), round(height / 2 - (y - y0) * scale)]);
}

/** @param {number} value */
function round(value) {
  return Number(figure(value, 1).replace("−", "-"));
}
