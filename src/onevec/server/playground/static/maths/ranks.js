/** Orders: who is nearest, and how far two orders agree. */

/**
 * The nearest neighbours of one row, itself left out, nearest first; of equals the earlier.
 *
 * @param {Float64Array} cosines n × n
 * @param {number} n
 * @param {number} row
 * @param {number} count
 * @param {(index: number) => boolean} [among] Who may be one.
 * @returns {number[]}
 */
export function neighbours(cosines, n, row, count, among = () => true) {
  const others = Array.from({ length: n }, (_, index) => index).filter((index) => index !== row && among(index));
  return others.sort((a, b) => cosines[row * n + b] - cosines[row * n + a]).slice(0, count);
}

/**
 * Spearman's correlation of two orders; equal values share their mean rank.
 *
 * @param {Float64Array} a
 * @param {Float64Array} b
 * @returns {number} from -1 to 1; NaN for fewer than two values, or where all values of one are equal
 */
export function agreement(a, b) {
  const [x, y] = [centred(ranks(a)), centred(ranks(b))];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += x[i] * y[i];
    xx += x[i] * x[i];
    yy += y[i] * y[i];
  }
  return xy / Math.sqrt(xx * yy);
}

/**
 * @param {Float64Array} values
 * @returns {Float64Array} from 1
 */
function ranks(values) {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => values[a] - values[b]);
  const found = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) found[order[i]] = (start + end + 1) / 2;
    start = end;
  }
  return found;
}

/**
 * @param {Float64Array} values
 * @returns {Float64Array}
 */
function centred(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
