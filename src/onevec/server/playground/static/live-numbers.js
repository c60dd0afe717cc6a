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

/** @param {number} value Three digits of it, two behind the point, those before the point in any case. */
export const rough = (value) => (value < 1000 ? THREE : WHOLE).format(value);

/** @param {number} rate */
export const perSecond = (rate) => `${rough(rate)}/s`;

/** @param {number} value From 0 to 1. */
export const share = (value) => SHARE.format(value);

/** @param {number | null} seconds */
export function duration(seconds) {
  if (seconds === null) {
    return NONE;
  }
  return seconds < 1 ? `${rough(seconds * 1e3)} ms` : `${rough(seconds)} s`;
}

/** @param {number} count */
export function bytes(count) {
  const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3)));
  return `${rough(count / 1000 ** power)} ${BYTES[power]}`;
}
