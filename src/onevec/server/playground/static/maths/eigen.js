/** Eigenvalues of a small symmetric matrix by Jacobi's rotations (Golub & Van Loan, Matrix Computations, 8.5). */

const MOST_SWEEPS = 50;

/**
 * @param {Float64Array} matrix size × size, symmetric; it is left as it is
 * @param {number} size
 * @returns {{ values: Float64Array, vectors: Float64Array }} greatest value first; eigenvector k is column k
 */
export function eigen(matrix, size) {
  const a = matrix.slice();
  const v = Float64Array.from(a, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < MOST_SWEEPS && !isDiagonal(a, size); sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
  }
  const order = Array.from({ length: size }, (_, k) => k).sort((i, j) => a[j * size + j] - a[i * size + i]);
  return {
    values: Float64Array.from(order, (k) => a[k * size + k]),
    vectors: Float64Array.from(v, (_, at) => v[Math.floor(at / size) * size + order[at % size]]),
  };
}

/**
 * @param {Float64Array} a
 * @param {number} size
 */
function isDiagonal(a, size) {
  let [off, on] = [0, 0];
  a.forEach((value, at) => (at % (size + 1) === 0 ? (on += value * value) : (off += value * value)));
  return off <= 1e-30 * on;
}

/**
 * Turn the plane of p and q so that their entry becomes zero.
 *
 * @param {Float64Array} a
 * @param {Float64Array} v
 * @param {number} size
 * @param {number} p
 * @param {number} q
 */
function rotate(a, v, size, p, q) {
  const entry = a[p * size + q];
  if (entry === 0) return;
  const theta = (a[q * size + q] - a[p * size + p]) / (2 * entry);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q, c, s);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k, c, s);
  for (let k = 0; k < size; k++) turn(v, k * size + p, k * size + q, c, s);
}

/**
 * @param {Float64Array} m
 * @param {number} i
 * @param {number} j
 * @param {number} c
 * @param {number} s
 */
function turn(m, i, j, c, s) {
  const [x, y] = [m[i], m[j]];
  m[i] = c * x - s * y;
  m[j] = s * x + c * y;
}
