/** Vector spaces: what the id in `x-vector-space` says. The server's onevec/spaces.py writes it. */

/**
 * @typedef {object} Space
 * @property {string} model
 * @property {string | null} revision
 * @property {number | null} dimensions
 * @property {string | null} pooling
 * @property {string | null} lengths `normalized` or `unnormalized`.
 */

/**
 * @param {string} id Such as `all-minilm-l6-v2@sha256:53aa/384/mean/normalized`.
 * @returns {Space}
 */
export function read(id) {
  const parts = id.split("/");
  const isLength = (/** @type {string | undefined} */ text) => /^\d{1,6}$/.test(text ?? "");
  const lengths = /^(un)?normalized$/.test(parts.at(-1) ?? "") ? /** @type {string} */ (parts.pop()) : null;
  const pooling = parts.length > 2 && !isLength(parts.at(-1)) ? /** @type {string} */ (parts.pop()) : null;
  const dimensions = isLength(parts.at(-1)) ? Number(parts.pop()) : null;
  const name = parts.join("/");
  const at = name.lastIndexOf("@");
  const [model, revision] = at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, null];
  return { model, revision, dimensions, pooling, lengths };
}

/** What each part of a space means: a row a part. */
export const PARTS = Object.freeze([
  { part: "model", title: "Model", meaning: "Whose vectors these are." },
  {
    part: "revision",
    title: "Weights",
    meaning: "The digest or version that pins them; other weights are another space.",
  },
  {
    part: "dimensions",
    title: "Dimensions",
    meaning: "Numbers in each vector; only vectors of one length can be compared.",
  },
  { part: "pooling", title: "Pooling", meaning: "How the vectors of tokens became one." },
  {
    part: "lengths",
    title: "Length",
    meaning: "Normalized: every vector has length one, so the dot product is the cosine.",
  },
]);

/**
 * What tells two spaces apart, in words.
 *
 * @param {string} one
 * @param {string} other
 * @returns {string[]} such as `dimensions: 384 and 980`
 */
export function differences(one, other) {
  const [a, b] = [
    /** @type {Record<string, unknown>} */ (read(one)),
    /** @type {Record<string, unknown>} */ (read(other)),
  ];
  const differing = PARTS.filter(({ part }) => a[part] !== b[part]);
  return differing.map(
    ({ part, title }) => `${title.toLowerCase()}: ${a[part] ?? "unknown"} and ${b[part] ?? "unknown"}`,
  );
}
