/** What a lasso encloses. */

/**
 * Whether a point is inside a polygon, by the even–odd rule: a ray from it crosses the outline an odd number of times.
 *
 * @param {readonly [number, number]} point
 * @param {readonly (readonly [number, number])[]} outline Closed by its first point.
 * @returns {boolean}
 */
export function encloses([x, y], outline) {
  let inside = false;
  outline.forEach(([x1, y1], i) => {
    const [x2, y2] = outline[(i + 1) % outline.length];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
