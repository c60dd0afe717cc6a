/** One row of the list: a text, or an image that may have a text beside it. */

import { el } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {import("../types.js").Input} input Typing changes its text.
 * @param {{ typed: () => void, moved: (by: number) => void, removed: () => void }} listener
 * @returns {HTMLLIElement}
 */
export function row(input, { typed, moved, removed }) {
  const fault = el("p", { class: "row-fault", id: `fault-${input.id}` });
  const field = el("textarea", {
    rows: 1,
    value: input.text,
    spellcheck: "false",
    placeholder: input.image === undefined ? "A text" : "A text beside it makes a pair",
    "aria-describedby": fault.id,
    input: () => {
      input.text = field.value;
      typed();
    },
  });
  const tools = el(
    "div",
    { class: "row-tools" },
    tool("Move up", "up", () => moved(-1)),
    tool("Move down", "down", () => moved(1)),
    tool("Remove", "remove", removed),
  );
  const body = input.image === undefined ? field : el("div", { class: "picture" }, ...picture(input), field);
  return el("li", { class: input.image === undefined ? "" : "with-image" }, body, tools, fault);
}

/** @param {import("../types.js").Input} input */
function picture({ image, name }) {
  return [el("img", { src: image, alt: name ?? "image" }), el("span", { class: "file-name", title: name }, name)];
}

/**
 * @param {string} title
 * @param {"up" | "down" | "remove"} drawn
 * @param {() => void} click
 */
function tool(title, drawn, click) {
  return el("button", { type: "button", title, class: "tool", click }, icon(drawn));
}
