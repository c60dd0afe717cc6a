/** What came, in views: a row a view. */

import { el } from "./dom.js";
import { encodings } from "./views/encodings.js";
import { apart, facts, space } from "./views/facts.js";
import { heatmap } from "./views/heatmap.js";
import { map } from "./views/map.js";
import { neighbours } from "./views/neighbours.js";
import { Tabs } from "./views/tabs.js";
import { vectors } from "./views/vectors.js";

/** Cells on each side of the picture where nothing is known yet. */
const GHOST = 5;

/** @typedef {import("./types.js").Group} Group */

/**
 * @typedef {object} Shown
 * @property {import("./types.js").Answer[]} answers
 * @property {Group[]} groups
 */

/** @type {readonly { id: string, title: string, view: (group: Group) => HTMLElement }[]} */
const OF_A_GROUP = Object.freeze([
  { id: "similarity", title: "Similarity", view: heatmap },
  { id: "map", title: "Map", view: map },
  { id: "neighbours", title: "Neighbours", view: neighbours },
  { id: "vectors", title: "Vectors", view: vectors },
]);

/** The right side of the page. */
export class Results {
  /** @type {Shown | null} */
  #shown = null;

  /** @type {ReturnType<typeof encodings> | null} */
  #measured = null;

  /**
   * @param {HTMLElement} element
   * @param {import("./api/server.js").Server} server
   * @param {readonly import("./views/tabs.js").Tab[]} more Tabs behind those of the vectors.
   */
  constructor(element, server, more) {
    this.server = server;
    this.head = el("div", { class: "head" });
    this.tabs = new Tabs([
      ...OF_A_GROUP.map(({ id, title, view }) => ({
        id,
        title,
        render: (/** @type {HTMLElement} */ panel) => this.#groups(panel, view),
      })),
      { id: "encodings", title: "Encodings", render: (panel) => this.#encodings(panel) },
      ...more,
    ]);
    element.append(this.head, this.tabs.list, this.tabs.panel);
    this.tabs.refresh();
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#measured?.stop();
    this.#measured = null;
    this.stale(false);
    this.head.replaceChildren(facts(shown.answers, shown.groups));
    if (shown.groups.length === 1) this.head.append(space(shown.groups[0]));
    const why = apart(shown.groups);
    if (why) this.head.append(why);
    const means = shown.answers.some((answer) => answer.pairs !== null);
    if (means)
      this.head.append(el("p", { class: "hint" }, "The vector of an image with its text is the mean of the two."));
    this.tabs.refresh();
  }

  /**
   * Whether the inputs have changed since.
   *
   * @param {boolean} is
   */
  stale(is) {
    this.head.classList.toggle("stale", is && this.#shown !== null);
  }

  /** Inputs or settings have changed: the request as code follows them. */
  changed() {
    if (this.tabs.open === "code") this.tabs.refresh();
  }

  /**
   * @param {HTMLElement} panel
   * @param {(group: Group) => HTMLElement} view
   */
  #groups(panel, view) {
    const groups = this.#shown?.groups ?? [];
    if (groups.length === 0) panel.append(nothing());
    for (const group of groups) {
      const titled = groups.length > 1 && [
        el("h3", {}, group.deployments.map((one) => one.id).join(" and ")),
        space(group),
      ];
      panel.append(el("section", { class: "group", "data-space": group.space }, ...(titled || []), view(group)));
    }
  }

  /** @param {HTMLElement} panel */
  #encodings(panel) {
    if (!this.#shown) return void panel.append(nothing());
    this.#measured ??= encodings(this.server, this.#shown.answers);
    panel.append(this.#measured.element);
  }
}

/** What stands where nothing is known yet: a heat map without values, and what to do. */
function nothing() {
  const cells = Array.from({ length: GHOST ** 2 }, (_, at) => {
    const distance = Math.abs(Math.floor(at / GHOST) - (at % GHOST));
    return el("span", { class: `step-${[9, 5, 2, 1, 0][distance]}` });
  });
  return el(
    "div",
    { class: "nothing" },
    el("div", { class: "ghost", "aria-hidden": "true" }, ...cells),
    el("p", {}, "Nothing is embedded yet."),
    el("p", { class: "hint" }, "“Embed” turns each input into a vector. Here you see which of them are alike."),
  );
}
