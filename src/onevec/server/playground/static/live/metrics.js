// Metrics: a page of Prometheus' text format, read. https://prometheus.io/docs/instrumenting/exposition_formats/

/**
 * @typedef {object} Sample
 * @property {string} name As it stands on its line: `onevec_request_seconds_bucket`.
 * @property {Record<string, string>} labels Without a prototype, so that a label may have any name.
 * @property {number} value May be NaN or infinite.
 * @property {number} [timestamp] Milliseconds since 1970, where the line has one.
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {string} type `counter`, `gauge`, `histogram`, `summary`, or `untyped` where nothing is said.
 * @property {string} help
 * @property {Sample[]} samples In the order of the page.
 *
 * @typedef {Map<string, Family>} Page The families by name, in the order of the page.
 */

const NAME = String.raw`[a-zA-Z_:][a-zA-Z0-9_:]*`;
const QUOTED = String.raw`"((?:[^"\\]|\\[^])*)"`;
const BLANK = String.raw`[ \t]*`;

const COMMENT = new RegExp(`^#${BLANK}(HELP|TYPE)[ \\t]+(?:${QUOTED}|(${NAME}))[ \\t]?([^]*)$`);
const HEAD = new RegExp(`${BLANK}(${NAME})?${BLANK}`, "y");

/** A label with its value, or the name of a metric that is quoted, and what stands behind it. */
const LABEL = new RegExp(
  `${BLANK}(?:${QUOTED}|(${NAME}))${BLANK}(?:=${BLANK}${QUOTED})?${BLANK}(?:,${BLANK}\\}?|\\})`,
  "y",
);
const EMPTY = new RegExp(`${BLANK}\\}`, "y");
const TAIL = new RegExp(`${BLANK}([^ \\t]+)(?:[ \\t]+(-?\\d+))?${BLANK}$`, "y");

/** @type {Record<string, string>} */
const ESCAPES = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/** @type {Record<string, number>} */
const SPECIAL = { NaN: NaN, Inf: Infinity, "+Inf": Infinity, "-Inf": -Infinity };

/** What stands behind a family's name in those of its samples. @type {Record<string, string[]>} */
const SUFFIXES = { histogram: ["_bucket", "_sum", "_count"], summary: ["_sum", "_count"] };

/**
 * @param {string} text A whole page.
 * @returns {Page}
 * @throws {SyntaxError} A line that is none of the format; says which.
 */
export function parse(text) {
  /** @type {Page} */
  const page = new Map();
  text.split("\n").forEach((line, index) => {
    const bare = line.replace(/^[ \t]+/, "");
    if (bare.startsWith("#")) {
      comment(page, bare);
    } else if (bare) {
      const found = sample(bare);
      if (!found) {
        throw new SyntaxError(`line ${index + 1} is no sample of a metric: ${bare.slice(0, 80)}`);
      }
      familyOf(page, found.name).samples.push(found);
    }
  });
  return page;
}

/**
 * A number as the format writes it; NaN also where it is none.
 *
 * @param {string} text
 */
export function number(text) {
  return Object.hasOwn(SPECIAL, text) ? SPECIAL[text] : Number(text || NaN);
}

/** @param {Page} page @param {string} line */
function comment(page, line) {
  const [, kind, quoted, plain, rest] = COMMENT.exec(line) ?? [];
  if (kind === "HELP") {
    family(page, plain ?? unescaped(quoted)).help = unescaped(rest, /\\[n\\]/g);
  } else if (kind === "TYPE") {
    family(page, plain ?? unescaped(quoted)).type = rest.trim();
  }
}

/** @param {string} line @returns {Sample | null} */
function sample(line) {
  const before = matched(HEAD, line, 0)?.[1];
  const at = HEAD.lastIndex;
  if (line[at] !== "{") {
    return before === undefined ? null : valued(before, Object.create(null), matched(TAIL, line, at));
  }
  const found = braced(line, at + 1, before);
  return found?.name === undefined ? null : valued(found.name, found.labels, matched(TAIL, line, found.end));
}

/**
 * What is in the braces: labels, and the name of the metric where it is quoted.
 *
 * @param {string} line @param {number} at @param {string | undefined} name
 */
function braced(line, at, name) {
  /** @type {Record<string, string>} */
  const labels = Object.create(null);
  let end = matched(EMPTY, line, at) ? EMPTY.lastIndex : at;
  while (line[end - 1] !== "}") {
    const [whole, quoted, plain, value] = matched(LABEL, line, end) ?? [];
    if (whole !== undefined && value !== undefined) {
      labels[plain ?? unescaped(quoted)] = unescaped(value);
    } else if (quoted !== undefined && name === undefined) {
      name = unescaped(quoted);
    } else {
      return null;
    }
    end = LABEL.lastIndex;
  }
  return { name, labels, end };
}

/**
 * @param {string} name
 * @param {Record<string, string>} labels
 * @param {RegExpExecArray | null} tail
 * @returns {Sample | null}
 */
function valued(name, labels, tail) {
  const value = tail ? number(tail[1]) : NaN;
  if (!tail || (Number.isNaN(value) && tail[1] !== "NaN")) {
    return null;
  }
  return tail[2] === undefined ? { name, labels, value } : { name, labels, value, timestamp: Number(tail[2]) };
}

/** @param {RegExp} sticky @param {string} text @param {number} at */
function matched(sticky, text, at) {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** @param {Page} page @param {string} name */
function familyOf(page, name) {
  if (!page.has(name)) {
    for (const [type, suffixes] of Object.entries(SUFFIXES)) {
      const suffix = suffixes.find((one) => name.endsWith(one));
      const found = suffix && page.get(name.slice(0, -suffix.length));
      if (found && found.type === type) {
        return found;
      }
    }
  }
  return family(page, name);
}

/** @param {Page} page @param {string} name */
function family(page, name) {
  const found = page.get(name) ?? { name, type: "untyped", help: "", samples: [] };
  page.set(name, found);
  return found;
}

/** @param {string} text @param {RegExp} pairs Those that mean another character; a help quotes nothing. */
function unescaped(text, pairs = /\\[n"\\]/g) {
  return text.replace(pairs, (pair) => ESCAPES[pair]);
}
