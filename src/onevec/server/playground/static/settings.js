/** How to embed: which deployments, and what they are asked for. What a deployment cannot do is switched off. */

import { ENCODINGS } from "./api/decode.js";
import { el } from "./dom.js";

/** @typedef {import("./types.js").Deployment} Deployment */

/** The controls below the list. */
export class Settings {
  /** @type {Deployment[]} */
  #deployments = [];

  /**
   * @param {HTMLElement} element
   * @param {() => void} changed
   */
  constructor(element, changed) {
    const select = (/** @type {string} */ id) => el("select", { id, change: () => this.#chosen() });
    this.changed = changed;
    this.deployment = select("deployment");
    this.second = select("second");
    this.inputType = select("input-type");
    this.encoding = select("encoding");
    this.dimensions = el("input", {
      id: "dimensions",
      type: "number",
      min: 1,
      inputmode: "numeric",
      input: () => changed(),
    });
    /** What an error's place calls each of them. @type {Record<string, HTMLElement>} */
    this.places = {
      model: this.deployment,
      dimensions: this.dimensions,
      encoding_format: this.encoding,
      input_type: this.inputType,
    };
    this.encoding.append(
      ...Object.entries(ENCODINGS).map(([name, { meaning }]) => el("option", { value: name, title: meaning }, name)),
    );
    element.append(
      field("Deployment", this.deployment, "wide"),
      field("And also, to compare", this.second, "wide"),
      field("Input type", this.inputType),
      field("Dimensions", this.dimensions),
      field("Encoding", this.encoding),
    );
  }

  /** @param {Deployment[]} deployments As `/v1/models` lists them; what was chosen of them before stays chosen. */
  serve(deployments) {
    const before = [this.deployment.value, this.second.value];
    this.#deployments = deployments;
    const named = () =>
      deployments.map((one) => el("option", { value: one.id }, `${one.id} · ${one.modalities.join(", ")}`));
    this.deployment.replaceChildren(...named());
    this.second.replaceChildren(el("option", { value: "" }, "no other"), ...named());
    [this.deployment, this.second].forEach((select, i) => {
      if (deployments.some((one) => one.id === before[i])) select.value = before[i];
    });
    this.#chosen();
  }

  /** @returns {import("./types.js").Asked} */
  asked() {
    const ids = new Set([this.deployment.value, this.second.value]);
    return {
      deployments: this.#deployments.filter((one) => ids.has(one.id)),
      inputType: this.inputType.disabled ? "" : this.inputType.value,
      dimensions: this.dimensions.value === "" ? null : Number(this.dimensions.value),
      encoding: this.encoding.value,
    };
  }

  /**
   * Choose a deployment that embeds a kind of input, where none that is chosen does: instead of the first where the list
   * has nothing for that, else beside it.
   *
   * @param {import("./types.js").Modality} kind
   * @param {boolean} instead
   * @returns {string | null} its name, where the choice was changed
   */
  embed(kind, instead) {
    const able = this.#deployments.find((one) => one.modalities.includes(kind));
    if (!able || this.asked().deployments.some((one) => one.modalities.includes(kind))) return null;
    (instead ? this.deployment : this.second).value = able.id;
    this.#chosen();
    return able.id;
  }

  /**
   * Say at a control what is wrong with it.
   *
   * @param {string} place The first step of an error's place, such as `dimensions`.
   * @param {string} message
   * @returns {boolean} whether there is such a control
   */
  mark(place, message) {
    const control = this.places[place];
    if (!control) return false;
    control.setAttribute("aria-invalid", "true");
    const said = document.getElementById(`${control.id}-fault`);
    if (said) said.textContent = message;
    return true;
  }

  /** Take back whatever was said at controls. */
  unmark() {
    for (const control of Object.values(this.places)) {
      control.removeAttribute("aria-invalid");
      const said = document.getElementById(`${control.id}-fault`);
      if (said) said.textContent = "";
    }
  }

  /** What the deployments that are chosen can do decides over the other controls. */
  #chosen() {
    for (const option of this.second.options)
      option.disabled = option.value !== "" && option.value === this.deployment.value;
    if (this.second.value === this.deployment.value) this.second.value = "";
    this.second.disabled = this.#deployments.length < 2;
    const { deployments } = this.asked();
    const types = [...new Set(deployments.flatMap((one) => one.input_types))].filter((type) => type !== "text");
    const before = this.inputType.value;
    this.inputType.replaceChildren(
      el("option", { value: "" }, "text"),
      ...types.map((type) => el("option", { value: type }, type)),
    );
    if (types.includes(before)) this.inputType.value = before;
    this.inputType.disabled = types.length === 0;
    const longest = Math.max(...deployments.map((one) => one.dimensions ?? 0));
    this.dimensions.max = longest > 0 ? String(longest) : "";
    this.dimensions.placeholder = deployments.length > 1 ? "all" : longest > 0 ? `all ${longest}` : "all";
    this.changed();
  }
}

/**
 * @param {string} title
 * @param {HTMLSelectElement | HTMLInputElement} control
 * @param {string} [kind]
 */
function field(title, control, kind = "") {
  const fault = el("p", { id: `${control.id}-fault`, class: "row-fault" });
  control.setAttribute("aria-describedby", fault.id);
  return el("div", { class: `field ${kind}` }, el("label", { for: control.id }, title), control, fault);
}
