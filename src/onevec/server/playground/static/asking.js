/** Asking the server for what stands in the list: one request at a time counts, and what goes wrong is told at its place. */

import { embed } from "./api/embed.js";
import { grouped } from "./api/groups.js";
import { homeless, isBlank, modality, planned } from "./api/plan.js";
import { Fault, UNAUTHORIZED } from "./api/server.js";

/** @typedef {import("./types.js").Planned} Planned */

/**
 * @typedef {object} Parts
 * @property {import("./api/server.js").Server} server
 * @property {import("./inputs/list.js").InputList} list
 * @property {import("./settings.js").Settings} settings
 * @property {import("./results.js").Results} results
 * @property {import("./failures.js").Failures} failures
 * @property {(text: string) => void} told Says how it went.
 * @property {(is: boolean) => void} busy Shows that an answer is awaited, or not any more.
 * @property {() => void} keyWanted Asks for a key.
 */

/** From the list to an answer. */
export class Asking {
  /** @type {AbortController | null} */
  #running = null;
  /** @type {AbortController | null} */
  #learning = null;
  /** What was embedded last, as one text. */
  #embedded = "";

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** Whether an answer is awaited. */
  get isRunning() {
    return this.#running !== null;
  }

  /** Whether what is shown is of other inputs or settings than those that stand there now. */
  get isStale() {
    return this.#embedded !== "" && this.#embedded !== this.#now();
  }

  /**
   * Learn what is served; a question that is on its way, with another key, is given up.
   *
   * @returns {Promise<boolean>} whether the server told
   */
  async begin() {
    const { server, settings, failures } = this.parts;
    this.#learning?.abort();
    const { signal } = (this.#learning = new AbortController());
    failures.clear();
    try {
      settings.serve((await server.get("v1/models", signal)).json.data);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#failed([error], []);
      return false;
    }
  }

  /** Embed what stands in the list; what is on its way is given up. */
  async run() {
    const { server, list, settings, results, failures, told } = this.parts;
    this.stop();
    list.unmark();
    settings.unmark();
    failures.clear();
    told("");
    const [inputs, asked, now] = [list.inputs(), settings.asked(), this.#now()];
    if (this.#refused(inputs, asked.deployments)) return;
    const plans = planned(inputs, asked);
    const { signal } = this.#started();
    const settled = await Promise.allSettled(plans.map((plan) => embed(server, plan, signal)));
    if (signal.aborted) return;
    this.stop();
    const answers = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    if (answers.length > 0) {
      this.#embedded = now;
      results.show({ answers, groups: grouped(answers, inputs) });
      const count = answers.reduce((sum, answer) => sum + answer.vectors.length, 0);
      told(`${count} ${count === 1 ? "vector" : "vectors"} came.`);
    }
    this.#failed(
      settled.map((one) => (one.status === "rejected" ? one.reason : null)),
      plans,
    );
  }

  /** Give up what is on its way. */
  stop() {
    this.#running?.abort();
    this.#running = null;
    this.parts.busy(false);
  }

  #started() {
    this.#running = new AbortController();
    this.parts.busy(true);
    return this.#running;
  }

  /** What is asked now, as one text. */
  #now() {
    const { list, settings } = this.parts;
    return JSON.stringify([list.inputs().map(({ id, text }) => [id, text]), settings.asked()]);
  }

  /**
   * Say what cannot be asked at all.
   *
   * @param {readonly import("./types.js").Input[]} inputs
   * @param {readonly import("./types.js").Deployment[]} deployments
   * @returns {boolean} whether something was said
   */
  #refused(inputs, deployments) {
    const { list, told } = this.parts;
    const names = deployments.map((one) => one.id).join(" and ");
    if (deployments.length === 0) {
      told("The server has not told what it serves: there is nobody to ask.");
      return true;
    }
    const stray = homeless(inputs, deployments);
    for (const input of stray) {
      list.mark(input.id, `${names} embeds no ${modality(input)}s. Choose another deployment, or take it out.`);
    }
    if (stray.length > 0) told("Some inputs have no deployment that embeds them; they are marked.");
    else if (inputs.every(isBlank)) told("There is nothing to embed: type a text or add an image.");
    return stray.length > 0 || inputs.every(isBlank);
  }

  /**
   * @param {readonly unknown[]} errors Of each request; null where it went well.
   * @param {readonly Planned[]} plans
   */
  #failed(errors, plans) {
    const found = errors.flatMap((error, i) => {
      if (error === null) return [];
      if (!(error instanceof Fault)) throw error;
      return [{ fault: error, place: this.#placed(error, plans[i]) }];
    });
    if (found.length > 0) this.parts.failures.show(found);
    if (found.some(({ fault }) => fault.status === UNAUTHORIZED)) this.parts.keyWanted();
  }

  /**
   * Mark the place that an error is about.
   *
   * @param {Fault} fault
   * @param {Planned | undefined} plan
   * @returns {string} the place, as the page calls it; empty where it has none
   */
  #placed({ loc, message }, plan) {
    const { list, settings } = this.parts;
    const input = loc[0] === "input" && loc.length > 1 ? plan?.inputs[Number(loc[1])] : undefined;
    if (input) {
      list.mark(input.id, message);
      const number = list.number(input.id);
      return number > 0 ? `Input ${number}` : "An input that was taken away";
    }
    return loc.length > 0 && settings.mark(loc[0], message) ? loc[0].replace("_", " ") : "";
  }
}
