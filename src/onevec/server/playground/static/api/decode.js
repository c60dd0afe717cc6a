/** ENCODINGS: a row for each `encoding_format`: how its codes are read back, and what a vector weighs in it. */

/**
 * @typedef {object} Encoding
 * @property {(codes: any, dimensions: number) => Float64Array} decode Whole numbers stay in units of the model's own
 *   scale, which no cosine depends on; bits become 1 and -1.
 * @property {(dimensions: number) => number} weight Bytes of one vector where it is stored.
 * @property {string} meaning
 */

/** @type {Readonly<Record<string, Encoding>>} */
export const ENCODINGS = Object.freeze({
  float: { decode: numbers, weight: (n) => 4 * n, meaning: "decimal numbers in JSON" },
  base64: { decode: base64, weight: (n) => 4 * n, meaning: "float32, little-endian, in base64" },
  int8: { decode: numbers, weight: (n) => n, meaning: "whole numbers from −127 to 127" },
  uint8: { decode: (codes) => shifted(codes, -128), weight: (n) => n, meaning: "the same plus 128" },
  binary: {
    decode: (codes, n) => bits(shifted(codes, 128), n),
    weight: packed,
    meaning: "signs, eight to a byte, minus 128",
  },
  ubinary: { decode: (codes, n) => bits(codes, n), weight: packed, meaning: "signs, eight to a byte" },
});

/** @param {ArrayLike<number>} codes */
function numbers(codes) {
  return Float64Array.from(codes);
}

/**
 * @param {ArrayLike<number>} codes
 * @param {number} by
 */
function shifted(codes, by) {
  return Float64Array.from(codes, (code) => code + by);
}

/** @param {string} text */
function base64(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/**
 * Most significant bit first.
 *
 * @param {ArrayLike<number>} bytes
 * @param {number} dimensions How many of the bits count.
 */
function bits(bytes, dimensions) {
  return Float64Array.from({ length: dimensions }, (_, i) => ((bytes[i >> 3] >> (7 - (i & 7))) & 1 ? 1 : -1));
}

/** @param {number} dimensions */
function packed(dimensions) {
  return Math.ceil(dimensions / 8);
}
