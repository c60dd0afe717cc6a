/** Labels by points: right, left, above or below, where one fits over nothing else; else none, and the pointer tells. */

const [HEIGHT, WIDTH_OF_A_CHARACTER] = [16, 6.2];

/** Characters of a label; where the longest has no room, a shorter one may. */
const LENGTHS = Object.freeze([40, 26, 15]);

/** Where a label may stand, the best first. */
const SIDES = Object.freeze([
  { dx: 1, dy: 0, anchor: /** @type {const} */ ("start") },
  { dx: -1, dy: 0, anchor: /** @type {const} */ ("end") },
  { dx: 0, dy: -1, anchor: /** @type {const} */ ("middle") },
  { dx: 0, dy: 1, anchor: /** @type {const} */ ("middle") },
]);

/**
 * @typedef {{ x: number, y: number, anchor: "start" | "middle" | "end", text: string }} Label
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
    const texts = new Set(LENGTHS.map((length) => shortened(entry.label, length)));
    const tried = [...texts].flatMap((text) => SIDES.map((side) => label(places[i], gap, side, text)));
    const found = tried.find((one) => isFree(box(one), taken, width));
    if (found) taken.push(box(found));
    return found ? [found] : [];
  });
}

/**
 * @param {readonly [number, number]} place
 * @param {number} gap
 * @param {(typeof SIDES)[number]} side
 * @param {string} text
 * @returns {Label}
 */
function label([x, y], gap, { dx, dy, anchor }, text) {
  return { x: x + dx * gap, y: y + 4 + dy * (gap + 8), anchor, text };
}

/**
 * @param {Label} label
 * @returns {Box}
 */
function box({ x, y, anchor, text }) {
  const length = text.length * WIDTH_OF_A_CHARACTER;
  const left = x - length * { start: 0, middle: 0.5, end: 1 }[anchor];
  return { left, right: left + length, top: y - 4 - HEIGHT / 2, bottom: y - 4 + HEIGHT / 2 };
}

/**
 * @param {Box} one
 * @param {readonly Box[]} taken
 * @param {number} width
 */
function isFree(one, taken, width) {
  const apart = (/** @type {Box} */ other) =>
    one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top;
  return one.left >= 0 && one.right <= width && taken.every(apart);
}

/**
 * @param {string} text
 * @param {number} longest
 */
function shortened(text, longest) {
  if (text.length <= longest) return text;
  const start = text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, ""); // no half of an emoji
  return `${start.trimEnd()}…`;
}
