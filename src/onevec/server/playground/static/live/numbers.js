// Numbers: how figures are written for people.

const THREE = new Intl.NumberFormat("en", {
  maximumSignificantDigits: 3,
  maximumFractionDigits: 2,
  roundingPriority: "lessPrecision",
});
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHARE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

const BYTES = ["B", "kB", "MB", "GB", "TB"];

/** What there is none of. */
export const NONE = "–";

/** @param {number} count */
export const whole = (count) => WHOLE.format(count);

/** @param {number} value From 0 to 1. */
export const share = (value) => SHARE.format(value);

/** @param {number | null} value Three digits of it, two behind the point, those before the point in any case. */
export function rough(value) {
  return value === null ? NONE : (value < 1000 ? THREE : WHOLE).format(value);
}

/** @param {number | null} seconds */
export function duration(seconds) {
  return seconds === null || seconds >= 1 ? unit(seconds, "s") : unit(seconds * 1e3, "ms");
}

/** @param {number | null} value @param {string} name */
function unit(value, name) {
  return value === null ? NONE : `${rough(value)} ${name}`;
}

/** @param {number} count */
export function bytes(count) {
  const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3)));
  return `${rough(count / 1000 ** power)} ${BYTES[power]}`;
}
