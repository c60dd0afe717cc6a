/** Long lists, some at a time: what nobody looks at is not made. */

import { el } from "../dom.js";

const PAGE = 50;

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => HTMLElement} render A list item.
 * @param {string} kind A class for the list.
 * @returns {HTMLElement}
 */
export function paged(items, render, kind) {
  const list = el("ol", { class: kind });
  const more = el("button", { type: "button", class: "quiet more", click: () => grow() });
  let shown = 0;
  const grow = () => {
    list.append(...items.slice(shown, shown + PAGE).map(render));
    shown = Math.min(items.length, shown + PAGE);
    more.textContent = `Show ${Math.min(PAGE, items.length - shown)} more of ${items.length}`;
    more.hidden = shown === items.length;
  };
  grow();
  return el("div", {}, list, more);
}
