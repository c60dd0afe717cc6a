/**
 * Principal components: the plane in which vectors differ most.
 *
 * The singular values and left vectors of the centred rows X are those of the n × n matrix X Xᵀ. Its leading
 * eigenvectors come from subspace iteration with a Rayleigh–Ritz step (Halko, Martinsson & Tropp 2011, section 4.5), so
 * that 500 texts cost what their heat map costs, whatever the length of their vectors.
 */

import { eigen } from "./eigen.js";
import { dot } from "./vectors.js";

const OVERSAMPLING = 8;
const MOST_STEPS = 2000;

/** Multiplications after which the plane is taken as it is: a second or two, in which the page answers nobody. */
const MOST_WORK = 2e9;

const TOLERANCE = 1e-12;

/**
 * @typedef {object} Components
 * @property {[number, number][]} points Coordinates of each row in the plane; U S of the singular value decomposition.
 * @property {[number, number]} share Of the variance, which each axis shows; from 0 to 1.
 */

/**
 * The first two components of some vectors. The largest coordinate of each axis is positive, so that the same vectors
 * always make the same picture.
 *
 * @param {readonly Float64Array[]} vectors All of one length.
 * @returns {Components}
 */
export function components(vectors) {
  const n = vectors.length;
  const gram = products(centred(vectors));
  let total = 0;
  for (let i = 0; i < n; i++) total += gram[i * n + i];
  const axes = leading(gram, n, Math.min(n, 2 + OVERSAMPLING));
  const columns = [0, 1].map((k) => scaled(axes[k], n));
  const points = vectors.map((_, i) => /** @type {[number, number]} */ ([columns[0][i], columns[1][i]]));
  const share = [0, 1].map((k) => (total > 0 ? Math.max(0, axes[k]?.value ?? 0) / total : 0));
  return { points, share: /** @type {[number, number]} */ (share) };
}

/**
 * @param {readonly Float64Array[]} vectors
 * @returns {Float64Array[]}
 */
function centred(vectors) {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let k = 0; k < mean.length; k++) mean[k] += vector[k] / vectors.length;
  return vectors.map((vector) => vector.map((value, k) => value - mean[k]));
}

/**
 * @param {readonly Float64Array[]} rows
 * @returns {Float64Array} the product of every two, n × n
 */
function products(rows) {
  const n = rows.length;
  const found = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) found[i * n + j] = found[j * n + i] = dot(rows[i], rows[j]);
  return found;
}

/**
 * The leading eigenpairs of a symmetric matrix without negative eigenvalues.
 *
 * @param {Float64Array} matrix n × n
 * @param {number} n
 * @param {number} size Of the subspace.
 * @returns {{ value: number, vector: Float64Array }[]} greatest first
 */
function leading(matrix, n, size) {
  let basis = orthonormal(start(n, size));
  /** @type {Float64Array} */
  let values = new Float64Array(size);
  const most = Math.min(MOST_STEPS, Math.ceil(MOST_WORK / (n * n * size)));
  for (let step = 0; step < most; step++) {
    const image = basis.map((vector) => times(matrix, vector));
    const projected = Float64Array.from({ length: size * size }, (_, at) =>
      dot(basis[Math.floor(at / size)], image[at % size]),
    );
    const ritz = eigen(projected, size);
    const settled = residual(basis, image, ritz) <= TOLERANCE * Math.max(ritz.values[0], Number.MIN_VALUE);
    values = ritz.values;
    basis = settled ? combined(basis, ritz.vectors, size) : orthonormal(combined(image, ritz.vectors, size));
    if (settled) break;
  }
  return basis.map((vector, k) => ({ value: values[k], vector }));
}

/**
 * How far the first two are from being eigenvectors.
 *
 * @param {Float64Array[]} basis
 * @param {Float64Array[]} image
 * @param {{ values: Float64Array, vectors: Float64Array }} ritz
 * @returns {number}
 */
function residual(basis, image, ritz) {
  const size = basis.length;
  const [vectors, images] = [combined(basis, ritz.vectors, size), combined(image, ritz.vectors, size)];
  let worst = 0;
  for (let k = 0; k < Math.min(2, size); k++) {
    for (let i = 0; i < vectors[k].length; i++) {
      worst = Math.max(worst, Math.abs(images[k][i] - ritz.values[k] * vectors[k][i]));
    }
  }
  return worst;
}

/**
 * @param {Float64Array[]} rows
 * @param {Float64Array} weights size × size; column k weighs the rows of result k
 * @param {number} size
 * @returns {Float64Array[]}
 */
function combined(rows, weights, size) {
  return rows.map((_, k) => {
    const sum = new Float64Array(rows[0].length);
    rows.forEach((row, r) => row.forEach((value, i) => (sum[i] += weights[r * size + k] * value)));
    return sum;
  });
}

/**
 * @param {Float64Array} matrix
 * @param {Float64Array} vector
 * @returns {Float64Array}
 */
function times(matrix, vector) {
  const n = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * n, (i + 1) * n), vector));
}

/**
 * Vectors to start from: always the same ones, and in no special direction (a linear congruential sequence).
 *
 * @param {number} n
 * @param {number} size
 * @returns {Float64Array[]}
 */
function start(n, size) {
  let state = 12345;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  return Array.from({ length: size }, () => Float64Array.from({ length: n }, next));
}

/**
 * Gram–Schmidt, twice: once leaves what rounding brings back. What has no direction of its own left becomes zero.
 *
 * @param {Float64Array[]} vectors
 * @returns {Float64Array[]}
 */
function orthonormal(vectors) {
  /** @type {Float64Array[]} */
  const found = [];
  for (const vector of vectors) {
    let rest = vector;
    for (let pass = 0; pass < 2; pass++) {
      for (const other of found) {
        const along = dot(rest, other);
        rest = rest.map((value, i) => value - along * other[i]);
      }
    }
    const [length, before] = [Math.sqrt(dot(rest, rest)), Math.sqrt(dot(vector, vector))];
    found.push(rest.map((value) => (length > 1e-14 * before ? value / length : 0)));
  }
  return found;
}

/**
 * An eigenvector of X Xᵀ as coordinates: times its singular value.
 *
 * @param {{ value: number, vector: Float64Array } | undefined} axis
 * @param {number} n
 * @returns {Float64Array}
 */
function scaled(axis, n) {
  if (!axis) return new Float64Array(n);
  const largest = axis.vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) + 1e-9 ? value : best), 0);
  const factor = Math.sqrt(Math.max(0, axis.value)) * (largest < 0 ? -1 : 1);
  return axis.vector.map((value) => value * factor);
}
