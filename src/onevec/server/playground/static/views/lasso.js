/**
 * A line drawn round things. A finger that begins sideways draws, too; one that begins up or down scrolls the page, by the
 * canvas's `touch-action`, and then the browser takes the line back.
 */

import { svg } from "../dom.js";
import { encloses } from "../maths/polygon.js";

const SHORTEST = 3;

/** @typedef {(place: readonly [number, number]) => boolean} Encloses Whether a place of the canvas is inside the line. */

/**
 * @param {SVGSVGElement} canvas Whose user units are pixels.
 * @param {(encloses: Encloses) => void} enclosed
 */
export function lasso(canvas, enclosed) {
  /** @type {[number, number][]} */
  let outline = [];
  const line = svg("path", { class: "lasso" });
  const place = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || (event.target instanceof Element && event.target.closest(".mark")))
      return;
    event.preventDefault();
    outline = [place(event)];
    canvas.setPointerCapture(event.pointerId);
    canvas.append(line);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (outline.length === 0 || !event.isPrimary) return;
    outline.push(place(event));
    line.setAttribute("d", `M${outline.map(([x, y]) => `${x} ${y}`).join("L")}Z`);
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (!event.isPrimary) return;
    const drawn = outline;
    outline = [];
    if (event.type === "pointerup" && drawn.length >= SHORTEST) enclosed((place) => encloses(place, drawn));
    line.remove();
    line.removeAttribute("d");
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}
