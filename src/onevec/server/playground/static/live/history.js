// History: what counters did between the pages of the last minutes, as rates and as quantiles of histograms.

import { number } from "./metrics.js";

/**
 * @typedef {import("./metrics.js").Page} Page
 * @typedef {import("./metrics.js").Sample} Sample
 * @typedef {(labels: Record<string, string>) => boolean} Filter
 * @typedef {{labels: Record<string, string>, by: number}} Growth What a series grew by.
 * @typedef {(span: Span) => number | null} Read A figure of some time; null where there is none.
 *
 * @typedef {object} Step What was between two pages.
 * @property {number} from Seconds.
 * @property {number} to
 * @property {Map<string, Growth[]>} grown
 * @property {Map<Read, number | null>} said What has been read of it, which never changes.
 *
 * @typedef {[upper: number, count: number][]} Buckets Cumulative counts by upper bounds, ascending, the last infinite.
 */

/** @type {Filter} */
const ANY = () => true;

/**
 * What grew from one page to the next. A counter that shrank, or is gone, tells that the server has started again: then
 * all of them count from zero. A series that is new has counted since the page before.
 *
 * @param {Page} before
 * @param {Page} after
 * @returns {Map<string, Growth[]>} By the name of the samples; without those that stayed.
 */
export function growth(before, after) {
  const [old, now] = [before, after].map((page) => new Map(cumulative(page).map((one) => [key(one), one])));
  const again = [...old].some(([series, one]) => tells(one) && !((now.get(series)?.value ?? -1) >= one.value));
  /** @type {Map<string, Growth[]>} */
  const grown = new Map();
  for (const [series, { name, labels, value }] of now) {
    const by = value - (again ? 0 : (old.get(series)?.value ?? 0));
    if (by > 0) {
      const found = grown.get(name) ?? [];
      found.push({ labels, by });
      grown.set(name, found);
    }
  }
  return grown;
}

/** Samples that only grow while a server runs. @param {Page} page @returns {Sample[]} */
function cumulative(page) {
  return [...page.values()].flatMap(({ type, name, samples }) => {
    const summed = type === "summary" ? samples.filter((one) => one.name !== name) : samples;
    return ["counter", "histogram", "summary"].includes(type) ? summed : [];
  });
}

/**
 * Whether it can tell that a server has started again: the sum of a histogram also shrinks by what is below zero.
 *
 * @param {Sample} sample
 */
function tells({ name, value }) {
  return value > 0 && !name.endsWith("_sum");
}

/** @param {Sample} sample */
function key({ name, labels }) {
  return JSON.stringify([name, ...Object.entries(labels).sort()]);
}

/**
 * The value below which a share of the observations lies, as Prometheus' `histogram_quantile` reckons it: those of a
 * bucket are taken to be spread evenly over it. Beyond the last finite bound that bound is all that is known.
 *
 * @param {number} q From 0 to 1.
 * @param {Buckets} buckets
 * @returns {number | null} Null without an observation.
 */
export function quantile(q, buckets) {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (!(total > 0)) {
    return null;
  }
  const rank = q * total;
  const at = buckets.findIndex(([, count]) => count >= rank && count > 0);
  const [upper, count] = buckets[at];
  const [lower, under] = at > 0 ? buckets[at - 1] : [Math.min(0, upper), 0];
  return Number.isFinite(upper) ? lower + (upper - lower) * ((rank - under) / (count - under)) : lower;
}

/** Some steps that follow each other, as one. */
export class Span {
  /** @param {Step[]} steps @param {Page} page The newest, which knows the bounds of buckets in which nothing fell. */
  constructor(steps, page) {
    this.steps = steps;
    this.page = page;
    /** How long they take together. */
    this.seconds = steps.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** @param {string} name @param {Filter} [filter] What the samples of a name grew by, together. */
  sum(name, filter = ANY) {
    return this.#grown(name, filter).reduce((sum, { by }) => sum + by, 0);
  }

  /** @param {string} name @param {Filter} [filter] The same for each second; null while there are no two pages. */
  rate(name, filter = ANY) {
    return this.seconds > 0 ? this.sum(name, filter) / this.seconds : null;
  }

  /** @param {string} name @param {Filter} [filter] @returns {Buckets} What the buckets of a histogram grew by. */
  buckets(name, filter = ANY) {
    const bounds = this.page.get(name)?.samples.filter(({ labels }) => "le" in labels) ?? [];
    const counts = new Map(bounds.map(({ labels }) => [number(labels.le), 0]));
    for (const { labels, by } of this.#grown(`${name}_bucket`, filter)) {
      const upper = number(labels.le);
      counts.set(upper, (counts.get(upper) ?? 0) + by);
    }
    return [...counts].sort(([one], [other]) => one - other);
  }

  /** @param {string} name @param {Filter} filter */
  #grown(name, filter) {
    return this.steps.flatMap(({ grown }) => (grown.get(name) ?? []).filter(({ labels }) => filter(labels)));
  }
}

/** The pages of the last minutes. */
export class History {
  /** @type {Step[]} */
  #steps = [];
  /** @type {{page: Page, at: number} | null} */
  #last = null;

  /** @param {number} seconds How far back it goes. */
  constructor(seconds) {
    this.seconds = seconds;
  }

  /** @param {Page} page @param {number} at When it came: seconds of a clock that never goes back. */
  add(page, at) {
    if (this.#last) {
      this.#steps.push({ from: this.#last.at, to: at, grown: growth(this.#last.page, page), said: new Map() });
    }
    this.#last = { page, at };
    this.#steps = this.#steps.filter(({ to }) => to > at - this.seconds);
  }

  /** The newest page. */
  get page() {
    return this.#last?.page ?? new Map();
  }

  /** When it came. */
  get at() {
    return this.#last?.at ?? 0;
  }

  /** @param {number} [seconds] The last steps, those that reach into the last so many seconds. */
  over(seconds = this.seconds) {
    return new Span(this.#steps.filter(({ to }) => to > this.at - seconds + 1e-3), this.page);
  }

  /**
   * A figure of each step, in order. It is read once of each, so `read` has to be the same function every time.
   *
   * @param {Read} read
   */
  each(read) {
    return this.#steps.map((step) => {
      const value = step.said.has(read) ? step.said.get(read) : read(new Span([step], this.page));
      step.said.set(read, value ?? null);
      return { from: step.from, to: step.to, value: value ?? null };
    });
  }
}
