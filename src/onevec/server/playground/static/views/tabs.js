/** Tabs as the ARIA practices have them: one is in the tab order, arrows, Home and End lead to the others. */

import { el } from "../dom.js";

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {string} title
 * @property {(panel: HTMLElement) => (void | (() => void))} render Fills the panel each time that it is opened; what it
 *   returns is called when it is left.
 * @property {boolean} [lasts] It is not about the vectors, so it stays as it is when they are others.
 */

/** A row of tabs, and the panel of the one that is open. */
export class Tabs {
  /** @type {void | (() => void)} */
  #leave = undefined;

  /** @param {readonly Tab[]} tabs */
  constructor(tabs) {
    this.tabs = tabs;
    this.open = tabs[0].id;
    this.panel = el("div", { role: "tabpanel", id: "panel", class: "panel", tabindex: 0 });
    this.buttons = tabs.map((tab) => this.#button(tab));
    this.list = el(
      "div",
      {
        role: "tablist",
        class: "tabs",
        "aria-label": "Views",
        keydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event),
      },
      ...this.buttons,
    );
  }

  /** @param {string} id */
  show(id) {
    this.open = id;
    this.#fill();
  }

  /** Fill the open panel anew, where it is about the vectors. */
  refresh() {
    if (!this.#tab.lasts) this.#fill();
  }

  get #tab() {
    return this.tabs.find((tab) => tab.id === this.open) ?? this.tabs[0];
  }

  #fill() {
    this.#leave?.();
    for (const button of this.buttons) {
      const selected = button.id === `tab-${this.open}`;
      button.setAttribute("aria-selected", String(selected));
      button.tabIndex = selected ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${this.open}`);
    this.panel.replaceChildren();
    this.#leave = this.#tab.render(this.panel);
  }

  /** @param {Tab} tab */
  #button({ id, title }) {
    return el(
      "button",
      { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": "panel", click: () => this.show(id) },
      title,
    );
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const at = this.buttons.findIndex((button) => button === document.activeElement);
    const last = this.buttons.length - 1;
    const to = { ArrowLeft: at === 0 ? last : at - 1, ArrowRight: at === last ? 0 : at + 1, Home: 0, End: last }[
      event.key
    ];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    this.buttons[to].focus();
    this.show(this.tabs[to].id);
  }
}
