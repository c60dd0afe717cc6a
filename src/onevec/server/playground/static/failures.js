/** What went wrong, in the server's own words, at the place that it is about. */

import { el } from "./dom.js";

/** @typedef {import("./api/server.js").Fault} Fault */

const SECOND = 1000;

/** @type {Readonly<Record<number, string>>} */
const ADVICE = Object.freeze({
  413: "Embed fewer inputs at once, or smaller images.",
  429: "Nothing is lost: the inputs stay as they are.",
});

/**
 * Errors above the results, with a way to try again. A server that names a time to wait is not asked before.
 */
export class Failures {
  #timer = 0;

  /**
   * @param {HTMLElement} element
   * @param {() => void} again
   */
  constructor(element, again) {
    this.element = element;
    this.again = again;
  }

  /**
   * @param {readonly { fault: Fault, place: string }[]} failures
   */
  show(failures) {
    this.clear();
    const listed = failures.map(({ fault, place }) =>
      el("p", {}, place !== "" && el("strong", {}, `${place}: `), fault.message, " ", ADVICE[fault.status] ?? ""),
    );
    const wait = Math.max(0, ...failures.map(({ fault }) => fault.retryAfter ?? 0));
    this.element.append(...listed, this.#button(wait));
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Take back what was said. */
  clear() {
    clearInterval(this.#timer);
    this.element.replaceChildren();
  }

  /** @param {number} wait Seconds. */
  #button(wait) {
    const button = el("button", { type: "button", class: "secondary", click: () => this.again() });
    const until = performance.now() + wait * SECOND;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / SECOND);
      button.disabled = left > 0;
      button.textContent = left > 0 ? `Try again in ${left} s` : "Try again";
      if (left <= 0) clearInterval(this.#timer);
    };
    if (wait > 0) this.#timer = setInterval(tick, SECOND / 4);
    tick();
    return button;
  }
}
