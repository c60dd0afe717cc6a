// Drawing: the few shapes of the live panel. What they show is also written beside them.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 40;

/**
 * An element of HTML.
 *
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...children);
  return made;
}

/**
 * @typedef {{from: number, to: number, value: number | null}} Point A value that held for a while; null where there was
 * none.
 */

/**
 * A line of the last minutes. A step is as wide as it took, so that a pause is seen as one; there is none for null.
 *
 * @param {Point[]} points
 * @param {number} from Seconds: its left edge.
 * @param {number} to Its right edge.
 */
export function sparkline(points, from, to) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "live-line");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", outline(points, from, to));
  svg.append(path);
  return svg;
}

/** @param {Point[]} points @param {number} from @param {number} to */
function outline(points, from, to) {
  const most = peak(points) || 1;
  const x = (/** @type {number} */ at) => ((Math.max(at, from) - from) / (to - from) * WIDTH).toFixed(1);
  const y = (/** @type {number} */ value) => (HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1);
  let drawn = "";
  let pen = "M";
  for (const { from: left, to: right, value } of points) {
    drawn += value === null ? "" : `${pen}${x(left)} ${y(value)}H${x(right)}`;
    pen = value === null ? "M" : "L";
  }
  return drawn;
}

/** The largest value, 0 without one. @param {Point[]} points */
export function peak(points) {
  return Math.max(0, ...points.map(({ value }) => value ?? 0));
}

/**
 * A list of counts, each with a bar.
 *
 * @param {[label: string, count: number, shown: string][]} rows
 */
export function bars(rows) {
  const most = Math.max(...rows.map(([, count]) => count), 1);
  return element("ul", { class: "live-bars" }, ...rows.map(([label, count, shown]) => {
    const bar = element("span", { class: "live-bar", "aria-hidden": "true" });
    bar.style.inlineSize = `${(count / most) * 100}%`;
    const track = element("span", { class: "live-track" }, bar);
    return element("li", {}, element("span", {}, label), track, element("span", { class: "live-number" }, shown));
  }));
}

/**
 * A table of a few rows.
 *
 * @param {string} caption What it tells; read out, not shown.
 * @param {string[]} heads
 * @param {string[][]} rows The first cell names its row, the others are figures.
 */
export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((one) => element("th", { scope: "col" }, one)));
  const body = rows.map(([name, ...cells]) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((one) => element("td", {}, one))),
  );
  const hidden = element("caption", { class: "live-unseen" }, caption);
  return element("table", { class: "live-table" }, hidden, element("thead", {}, head), element("tbody", {}, ...body));
}

/**
 * Figures in a line, each with what it is.
 *
 * @param {[name: string, shown: string][]} pairs
 */
export function figures(pairs) {
  const made = pairs.map(([name, shown]) => element("div", {}, element("dt", {}, name), element("dd", {}, shown)));
  return element("dl", { class: "live-figures" }, ...made);
}
