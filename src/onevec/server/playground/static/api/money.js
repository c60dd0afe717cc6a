/** What requests cost: the provider's list price times the tokens that it told. */

const LOCAL = "local";

/** Never an exponent: it looks like another price. */
const SMALL = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

/**
 * @param {readonly import("../types.js").Answer[]} answers
 * @returns {number | null} US dollars; null where a price or the tokens of one are not known
 */
export function cost(answers) {
  let sum = 0;
  for (const { planned, tokens } of answers) {
    const { price, owned_by } = planned.deployment;
    const perMillion = price ?? (owned_by === LOCAL ? 0 : null);
    if (perMillion === null || (tokens === null && perMillion > 0)) return null;
    sum += (perMillion * (tokens ?? 0)) / 1e6;
  }
  return sum;
}

/**
 * @param {number | null} dollars
 * @returns {string}
 */
export function price(dollars) {
  if (dollars === null) return "not known";
  if (dollars === 0) return "$0";
  return `$${dollars < 0.01 ? SMALL.format(dollars) : dollars.toFixed(2)}`;
}
