// Rows: what the live panel shows. A further figure is a row; what a server does not measure says so.

import { bars, figures, peak, sparkline, table } from "./draw.js";
import { quantile } from "./history.js";
import { bytes, duration, NONE, rough, share, whole } from "./numbers.js";

/**
 * @typedef {import("./history.js").History} History
 * @typedef {import("./history.js").Filter} Filter
 * @typedef {import("./history.js").Read} Read
 * @typedef {import("./metrics.js").Sample} Sample
 *
 * @typedef {object} Row
 * @property {string} title
 * @property {string} needs The family that has to be measured: there is a sample, and in a histogram an observation.
 * @property {string} without Why that may be.
 * @property {(history: History) => (Node | string)[]} draw
 * @property {boolean} [wide] Whether it takes a whole line.
 */

/** Seconds over which a rate is taken, and a distribution, which wants more of them. */
const RATE = 10;
const MINUTE = 60;

/** What comes of an attempt at a target; those for which nobody waited any more tell nothing of it. */
const OUTCOMES = ["answered", "busy", "failed"];

const PERCENTILES = [0.5, 0.95, 0.99];

/** The server's own pages, this panel's requests among them, are nobody's work. @type {Filter} */
const asked = ({ dialect }) => dialect !== "onevec";

/** What the lines are of. @type {Record<string, Read>} */
const LINES = {
  "requests/s": (span) => span.rate("onevec_requests_total", asked),
  p95: (span) => quantile(0.95, span.buckets("onevec_request_seconds", asked)),
  "inputs/s": (span) => span.rate("onevec_request_inputs_sum"),
};

/** @type {readonly Row[]} */
export const ROWS = Object.freeze([
  {
    title: "Requests",
    needs: "onevec_requests_total",
    without: "no request has been answered yet",
    draw: requests,
  },
  {
    title: "Latency, last minute",
    needs: "onevec_request_seconds",
    without: "no request has been answered yet",
    draw: latency,
  },
  {
    title: "Inputs and tokens",
    needs: "onevec_request_inputs",
    without: "nothing has been embedded yet",
    draw: work,
  },
  {
    title: "Waiting and running",
    needs: "onevec_queue_requests",
    without: "this server tells no queue",
    draw: queue,
  },
  {
    title: "Embedding, last minute",
    needs: "onevec_inference_seconds",
    without: "nothing has been embedded yet",
    draw: embedding,
  },
  {
    title: "Batch sizes, last minute",
    needs: "onevec_batch_texts",
    without: "no model on this machine has embedded",
    draw: batches,
  },
  {
    title: "Cache",
    needs: "onevec_cache_memory_bytes",
    without: "no deployment has a cache",
    draw: cache,
  },
  {
    title: "Process",
    needs: "process_resident_memory_bytes",
    without: "several workers, or a system that does not tell",
    draw: process,
  },
  {
    title: "Targets",
    needs: "onevec_target_attempts_total",
    without: "no pool of targets has been asked yet",
    draw: targets,
    wide: true,
  },
]);

/** @param {History} history @param {string} name Of a family. */
export function measured(history, name) {
  const histogram = history.page.get(name)?.type === "histogram";
  return samples(history, name).some(({ value }) => !histogram || value > 0);
}

/** @param {History} history @param {string} name @returns {Sample[]} */
function samples(history, name) {
  return history.page.get(name)?.samples ?? [];
}

/** What samples of the newest page sum up to. @param {History} history @param {string} name @param {Filter} [filter] */
function total(history, name, filter = () => true) {
  return samples(history, name).filter(({ labels }) => filter(labels)).reduce((sum, { value }) => sum + value, 0);
}

/** The different values of a label, in order. @param {History} history @param {string} name @param {string} label */
function values(history, name, label, filter = /** @type {Filter} */ (() => true)) {
  const found = samples(history, name).filter(({ labels }) => filter(labels)).map(({ labels }) => labels[label]);
  return [...new Set(found)].sort();
}

/**
 * A line of the minutes that are known, and what it is.
 *
 * @param {History} history
 * @param {string} what One of LINES.
 * @param {(value: number) => string} shown
 */
function line(history, what, shown = rough) {
  const minutes = Math.min(Math.ceil(history.over().seconds / 60) || 1, history.seconds / 60);
  const points = history.each(LINES[what]);
  const most = peak(points);
  const when = minutes > 1 ? `last ${minutes} minutes` : "last minute";
  const drawn = sparkline(points, history.at - minutes * 60, history.at);
  return [drawn, `${what}, ${when}${most > 0 ? `, peak ${shown(most)}` : ""}`];
}

/** @param {History} history */
function requests(history) {
  const name = "onevec_requests_total";
  const recent = history.over(RATE);
  const rows = values(history, name, "status", asked).map((status) => {
    const these = (/** @type {Record<string, string>} */ labels) => asked(labels) && labels.status === status;
    return [status, rough(recent.rate(name, these)), whole(total(history, name, these))];
  });
  const caption = "Requests by status, without those for the server's own pages";
  return [
    figures([["a second", rough(recent.rate(name, asked))], ["in all", whole(total(history, name, asked))]]),
    ...line(history, "requests/s"),
    ...(rows.length ? [table(caption, ["status", "a second", "in all"], rows)] : []),
  ];
}

/** @param {History} history @param {string} name @param {Filter} [filter] @returns {[string, string][]} */
function percentiles(history, name, filter) {
  const buckets = history.over(MINUTE).buckets(name, filter);
  return PERCENTILES.map((q) => [`p${q * 100}`, duration(quantile(q, buckets))]);
}

/** @param {History} history */
function latency(history) {
  const name = "onevec_request_seconds";
  return [
    figures(percentiles(history, name, asked)),
    ...line(history, "p95", duration),
  ];
}

/** @param {History} history */
function work(history) {
  const recent = history.over(RATE);
  const [inputs, tokens] = ["onevec_request_inputs_sum", "onevec_tokens_total"];
  // Where no model tells its tokens, images' for one, the counter stays at zero.
  const told = total(history, tokens) > 0 ? rough(recent.rate(tokens)) : NONE;
  return [
    figures([["inputs a second", rough(recent.rate(inputs))], ["tokens a second", told]]),
    ...line(history, "inputs/s"),
  ];
}

/** @param {History} history */
function queue(history) {
  const rows = values(history, "onevec_queue_requests", "deployment").map((deployment) => {
    const its = (/** @type {Record<string, string>} */ labels) => labels.deployment === deployment;
    return [deployment, ...["requests", "tokens"].map((what) => whole(total(history, `onevec_queue_${what}`, its)))];
  });
  return [table("Requests that wait or run, and their tokens", ["deployment", "requests", "tokens"], rows)];
}

/** @param {History} history */
function embedding(history) {
  const [seconds, tokens] = ["onevec_inference_seconds", "onevec_batch_tokens"];
  const minute = history.over(MINUTE);
  const count = minute.sum(`${tokens}_count`);
  /** @type {[string, string][]} */
  const pairs = [
    ["batches a second", rough(minute.rate(`${tokens}_count`))],
    ["tokens a batch", count ? rough(minute.sum(`${tokens}_sum`) / count) : NONE],
  ];
  return [
    figures(percentiles(history, seconds)),
    "what deployments took: queue, cache and model",
    ...(measured(history, tokens) ? [figures(pairs)] : []),
  ];
}

/** @param {History} history */
function batches(history) {
  const cumulative = history.over(MINUTE).buckets("onevec_batch_texts");
  const counts = cumulative.map(([upper, count], at) => {
    const [lower, under] = at > 0 ? cumulative[at - 1] : [0, 0];
    return /** @type {[string, number, string]} */ ([between(lower + 1, upper), count - under, whole(count - under)]);
  });
  const first = counts.findIndex(([, count]) => count > 0);
  const last = counts.findLastIndex(([, count]) => count > 0);
  return first < 0 ? ["no batch"] : [bars(counts.slice(first, last + 1)), "texts of a batch: how many batches"];
}

/** @param {number} least @param {number} most */
function between(least, most) {
  return !Number.isFinite(most) ? `${least}–` : least === most ? String(most) : `${least}–${most}`;
}

/** @param {History} history */
function cache(history) {
  const name = "onevec_cache_items_total";
  const minute = history.over(MINUTE);
  const answered = minute.sum(name);
  const hits = minute.sum(name, ({ outcome }) => outcome !== "miss");
  const rows = values(history, name, "outcome").map((outcome) => {
    return [outcome, whole(total(history, name, (labels) => labels.outcome === outcome))];
  });
  return [
    figures([
      ["hits, last minute", answered ? share(hits / answered) : NONE],
      ["in memory", bytes(total(history, "onevec_cache_memory_bytes"))],
    ]),
    ...(rows.length ? [table("Inputs by what the cache had", ["inputs", "in all"], rows)] : []),
  ];
}

/** @param {History} history */
function targets(history) {
  const name = "onevec_target_attempts_total";
  const rows = values(history, name, "deployment").flatMap((deployment) => {
    const ours = (/** @type {Record<string, string>} */ labels) => labels.deployment === deployment;
    return values(history, name, "target", ours).map((target) => {
      const its = (/** @type {Record<string, string>} */ labels) => ours(labels) && labels.target === target;
      const counts = OUTCOMES.map((one) => total(history, name, (labels) => its(labels) && labels.outcome === one));
      const state = total(history, "onevec_target_broken", its) > 0 ? "broken off" : "in use";
      return [`${deployment} · ${target}`, state, ...counts.map(whole)];
    });
  });
  return [table("Targets of deployments, and what came of attempts", ["target", "state", ...OUTCOMES], rows)];
}

/** @param {History} history */
function process(history) {
  return [
    figures([
      ["memory", bytes(total(history, "process_resident_memory_bytes"))],
      ["processors", rough(history.over(RATE).rate("process_cpu_seconds_total"))],
    ]),
  ];
}
