/** The list of inputs: rows that are typed, pasted, dropped, moved and taken away. It loses nothing without a way back. */

import { isBlank } from "../api/plan.js";
import { filesOf, lines } from "./files.js";
import { row } from "./row.js";

/**
 * @typedef {import("../types.js").Input} Input
 * @typedef {import("./examples.js").Draft} Draft
 * @typedef {{ changed: () => void, told: (text: string, undo?: () => void) => void }} Listener
 */

/** Rows, each of an input, in an `<ol>`. */
export class InputList {
  /** @type {Input[]} */
  #inputs = [];
  /** @type {Map<number, HTMLLIElement>} */
  #rows = new Map();
  #next = 1;

  /**
   * @param {HTMLElement} element
   * @param {Listener} listener
   */
  constructor(element, listener) {
    this.element = element;
    this.listener = listener;
    element.addEventListener("keydown", (event) => this.#keyed(event));
    element.addEventListener("paste", (event) => this.#pasted(event));
  }

  /** @returns {Input[]} as they are now; later typing does not change them */
  inputs() {
    return this.#inputs.map((input) => ({ ...input }));
  }

  /**
   * Put others in place of all.
   *
   * @param {readonly Draft[]} drafts
   * @param {string} said
   */
  replace(drafts, said) {
    this.#put(
      drafts.map((draft) => this.#made(draft)),
      said,
    );
  }

  /**
   * Add some behind one, or at the end; blank rows there give way.
   *
   * @param {readonly Draft[]} drafts
   * @param {number} [behind] Its id.
   */
  add(drafts, behind) {
    const made = drafts.map((draft) => this.#made(draft));
    const found = this.#inputs.findIndex((input) => input.id === behind);
    const at = found < 0 ? this.#inputs.length : found + 1;
    const all = this.#inputs.toSpliced(at, 0, ...made);
    const blank = made.every(isBlank);
    this.#inputs = blank ? all : all.filter((input) => made.includes(input) || !isBlank(input));
    this.#shown();
    return made;
  }

  /** @param {number} id */
  focus(id) {
    this.#rows.get(id)?.querySelector("textarea")?.focus();
  }

  /**
   * Say at an input what is wrong with it; an empty text takes it back.
   *
   * @param {number} id
   * @param {string} message
   */
  mark(id, message) {
    const found = this.#rows.get(id);
    const said = found?.querySelector(".row-fault");
    if (!found || !said) return;
    said.textContent = message;
    found.classList.toggle("faulty", message !== "");
    const field = found.querySelector("textarea");
    if (message === "") return field?.removeAttribute("aria-invalid");
    field?.setAttribute("aria-invalid", "true");
    found.scrollIntoView({ block: "nearest" });
  }

  /** Take back whatever was said at inputs. */
  unmark() {
    for (const id of this.#rows.keys()) this.mark(id, "");
  }

  /**
   * The place of an input in the list, from 1; 0 where it is not there any more.
   *
   * @param {number} id
   */
  number(id) {
    return this.#inputs.findIndex((input) => input.id === id) + 1;
  }

  /**
   * @param {Draft} draft
   * @returns {Input}
   */
  #made(draft) {
    return { ...draft, id: this.#next++ };
  }

  /**
   * Show others in place of all. Where something is taken away there is a way back, and from there a way forth again.
   *
   * @param {Input[]} inputs
   * @param {string} said
   */
  #put(inputs, said) {
    const before = this.#inputs;
    this.#inputs = inputs.length > 0 ? inputs : [this.#made({ text: "" })];
    this.#shown();
    this.listener.told(said, before.every(isBlank) ? undefined : () => this.#put(before, "As it was before."));
  }

  /** Bring the rows in line with the inputs; rows that stay are kept, so that what is typed in them is. */
  #shown() {
    const rows = this.#inputs.map((input) => this.#rows.get(input.id) ?? this.#row(input));
    this.#rows = new Map(this.#inputs.map((input, i) => [input.id, rows[i]]));
    if (rows.some((one, i) => this.element.children[i] !== one) || this.element.children.length !== rows.length) {
      const { scrollTop } = this.element;
      this.element.replaceChildren(...rows);
      this.element.scrollTop = scrollTop;
    }
    rows.forEach((one, i) => {
      one
        .querySelector("textarea")
        ?.setAttribute("aria-label", one.querySelector("img") ? `Text beside image ${i + 1}` : `Input ${i + 1}`);
      for (const button of one.querySelectorAll("button"))
        button.setAttribute("aria-label", `${button.title}, input ${i + 1}`);
    });
    this.listener.changed();
  }

  /** @param {Input} input */
  #row(input) {
    return row(input, {
      typed: () => {
        this.mark(input.id, "");
        this.listener.changed();
      },
      moved: (by) => this.#moved(input, by),
      removed: () => this.#removed(input),
    });
  }

  /**
   * @param {Input} input
   * @param {number} by Places; negative is up.
   */
  #moved(input, by) {
    const [from, focused] = [this.#inputs.indexOf(input), document.activeElement];
    const to = from + by;
    if (to < 0 || to >= this.#inputs.length) return;
    this.#inputs = this.#inputs.toSpliced(from, 1).toSpliced(to, 0, input);
    this.#shown();
    if (focused instanceof HTMLElement) focused.focus();
  }

  /** @param {Input} input */
  #removed(input) {
    const at = this.#inputs.indexOf(input);
    this.#put(this.#inputs.toSpliced(at, 1), `Input ${at + 1} removed.`);
    this.focus(this.#inputs[Math.min(at, this.#inputs.length - 1)].id);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const input = this.#at(event.target);
    if (!input || event.isComposing || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLTextAreaElement))
      return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      this.#moved(input, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && !event.shiftKey && input.image === undefined) {
      event.preventDefault();
      this.focus(this.add([{ text: "" }], input.id)[0].id);
    } else if (event.key === "Backspace" && input.text === "" && input.image === undefined && this.#inputs.length > 1) {
      event.preventDefault();
      const at = this.#inputs.indexOf(input);
      this.#removed(input);
      this.focus(this.#inputs[Math.max(0, at - 1)].id);
    }
  }

  /**
   * Several lines become an input each.
   *
   * @param {ClipboardEvent} event
   */
  #pasted(event) {
    const input = this.#at(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const found = lines(text);
    if (!input || input.image !== undefined || found.length < 2 || filesOf(event.clipboardData).length > 0) return;
    event.preventDefault();
    const before = this.#inputs;
    const drafts = found.map((line) => ({ text: line }));
    const made = this.add(drafts, input.id);
    this.focus(made[made.length - 1].id);
    this.listener.told(`${found.length} lines pasted, an input each.`, () => this.#put(before, "As it was before."));
  }

  /** @param {EventTarget | null} target */
  #at(target) {
    const found = target instanceof Element ? target.closest("li") : null;
    return this.#inputs.find((input) => this.#rows.get(input.id) === found);
  }
}
