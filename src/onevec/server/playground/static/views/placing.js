/** Labels beside points: to the right or left, where one fits over nothing else; else none, and the pointer tells. */

const [HEIGHT, WIDTH_OF_A_CHARACTER, LONGEST] = [16, 6.6, 28];

/**
 * @typedef {{ x: number, y: number, anchor: "start" | "end", text: string }} Label
 * @typedef {{ left: number, right: number, top: number, bottom: number }} Box
 */

/**
 * @param {readonly [number, number][]} places
 * @param {readonly import("../types.js").Entry[]} entries
 * @param {number} width
 * @returns {Label[]}
 */
export function placed(places, entries, width) {
  const gap = entries.some((entry) => entry.input.image !== undefined) ? 28 : 12;
  /** @type {Box[]} */
  const taken = places.map(([x, y]) => ({ left: x - gap + 4, right: x + gap - 4, top: y - 8, bottom: y + 8 }));
  return entries.flatMap((entry, i) => {
    const text = shortened(entry.label);
    const sides = [label(places[i], gap, "start", text), label(places[i], -gap, "end", text)];
    const found = sides.find((side) => isFree(box(side), taken, width));
    if (found) taken.push(box(found));
    return found ? [found] : [];
  });
}

/**
 * @param {readonly [number, number]} place
 * @param {number} by
 * @param {"start" | "end"} anchor
 * @param {string} text
 * @returns {Label}
 */
function label([x, y], by, anchor, text) {
  return { x: x + by, y: y + 4, anchor, text };
}

/**
 * @param {Label} label
 * @returns {Box}
 */
function box({ x, y, anchor, text }) {
  const length = text.length * WIDTH_OF_A_CHARACTER;
  const left = anchor === "start" ? x : x - length;
  return { left, right: left + length, top: y - 4 - HEIGHT / 2, bottom: y - 4 + HEIGHT / 2 };
}

/**
 * @param {Box} one
 * @param {readonly Box[]} taken
 * @param {number} width
 */
function isFree(one, taken, width) {
  const apart = (/** @type {Box} */ other) => one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top;
  return one.left >= 0 && one.right <= width && taken.every(apart);
}

/** @param {string} text */
function shortened(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).trimEnd()}…` : text;
}
