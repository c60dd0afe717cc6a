/** The page put together: what is asked, what came, and how it is shown. */

import { embed } from "./api/embed.js";
import { grouped } from "./api/groups.js";
import { homeless, isBlank, modality, planned } from "./api/plan.js";
import { Fault, Server } from "./api/server.js";
import { byId, el } from "./dom.js";
import { Failures } from "./failures.js";
import { receive } from "./inputs/arriving.js";
import { EXAMPLES } from "./inputs/examples.js";
import { InputList } from "./inputs/list.js";
import { Results } from "./results.js";
import { Settings } from "./settings.js";
import { optional } from "./views/optional.js";

const UNAUTHORIZED = 401;
const APPLE = /Mac|iP(hone|ad)/.test(navigator.platform);

const server = new Server(new URL(".", document.baseURI));
const button = byId("embed", HTMLButtonElement);
const key = byId("key", HTMLInputElement);
const keyForm = byId("key-form", HTMLFormElement);

const list = new InputList(byId("inputs", HTMLOListElement), { changed, told });
const settings = new Settings(byId("settings", HTMLDivElement), changed);
const failures = new Failures(byId("faults", HTMLDivElement), () => void (settings.asked().deployments.length === 0 ? begin() : run()));
const [snippets, live] = await Promise.all([optional("snippets.js"), optional("live.js")]);
const results = new Results(byId("shown", HTMLDivElement), server, { snippets, live, requests });

/** @type {AbortController | null} */
let running = null;
/** What was embedded last, to tell whether it is still what stands in the list. */
let embedded = "";

/** What is asked now, as one text. */
function asked() {
  return JSON.stringify([list.inputs().map(({ text, image }) => [text, image?.length]), settings.asked()]);
}

function changed() {
  list.element.classList.toggle("no-pairs", !settings.asked().deployments.some((one) => one.modalities.includes("pair")));
  results.stale(embedded !== "" && embedded !== asked());
  results.changed();
}

/** The requests of what stands in the list, for code that sends them. */
function requests() {
  return planned(list.inputs(), settings.asked()).map(({ path, body }) => ({
    path,
    base: server.base.href.replace(/\/$/, ""),
    body,
    authenticated: server.key !== "",
  }));
}

/**
 * @param {string} text
 * @param {() => void} [undo]
 */
function told(text, undo) {
  const back = undo && el("button", { type: "button", class: "link", click: () => (undo(), told("As it was before.")) }, "Undo");
  byId("notice", HTMLDivElement).replaceChildren(text, " ", back ?? "");
}

/** Learn what is served. */
async function begin() {
  failures.clear();
  try {
    const { json } = await server.get("v1/models");
    settings.serve(json.data);
    if (server.key !== "") told("The key is good.");
    keyForm.hidden = server.key === "";
    byId("where", HTMLParagraphElement).textContent = server.base.host;
  } catch (error) {
    failed([error], []);
  }
}

/** Embed what stands in the list; what is on its way is given up. */
async function run() {
  running?.abort();
  const current = (running = new AbortController());
  const [inputs, what, now] = [list.inputs(), settings.asked(), asked()];
  list.unmark();
  settings.unmark();
  failures.clear();
  const plans = refused(inputs, what.deployments) ? [] : planned(inputs, what);
  busy(plans.length > 0);
  if (plans.length === 0) return;
  const started = performance.now();
  const settled = await Promise.allSettled(plans.map((plan) => embed(server, plan, current.signal)));
  if (current.signal.aborted) return;
  const milliseconds = performance.now() - started;
  busy(false);
  const answers = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (answers.length > 0) {
    embedded = now;
    results.show({ answers, groups: grouped(answers, inputs), milliseconds });
    told(`${answers.reduce((sum, answer) => sum + answer.vectors.length, 0)} vectors came.`);
  }
  failed(settled.map((one) => (one.status === "rejected" ? one.reason : null)), plans);
}

/**
 * Say what cannot be asked at all.
 *
 * @param {readonly import("./types.js").Input[]} inputs
 * @param {readonly import("./types.js").Deployment[]} deployments
 */
function refused(inputs, deployments) {
  const stray = homeless(inputs, deployments);
  for (const input of stray) {
    list.mark(input.id, `${deployments.map((one) => one.id).join(" and ") || "No deployment"} embeds no ${modality(input)}s. Choose another deployment, or take it out.`);
  }
  if (stray.length > 0) told("Some inputs have no deployment that embeds them; they are marked.");
  else if (inputs.every(isBlank)) told("There is nothing to embed: type a text or add an image.");
  return stray.length > 0 || inputs.every(isBlank);
}

/** @param {boolean} is */
function busy(is) {
  button.textContent = is ? "Stop" : "Embed";
  byId("results", HTMLElement).setAttribute("aria-busy", String(is));
}

/**
 * @param {readonly unknown[]} errors Of each request; null where it went well.
 * @param {readonly import("./types.js").Planned[]} plans
 */
function failed(errors, plans) {
  const found = errors.flatMap((error, i) => {
    if (error === null) return [];
    if (!(error instanceof Fault)) throw error;
    return [{ fault: error, place: placed(error, plans[i]) }];
  });
  if (found.some(({ fault }) => fault.status === UNAUTHORIZED)) {
    keyForm.hidden = false;
    key.focus();
  }
  if (found.length > 0) failures.show(found);
}

/**
 * Mark the place that an error is about.
 *
 * @param {Fault} fault
 * @param {import("./types.js").Planned | undefined} plan
 * @returns {string} the place, as the page calls it
 */
function placed({ loc, message }, plan) {
  const input = loc[0] === "input" && loc.length > 1 ? plan?.inputs[Number(loc[1])] : undefined;
  if (input) {
    list.mark(input.id, message);
    return `Input ${list.number(input.id)}`;
  }
  return loc.length > 0 && settings.mark(loc[0], message) ? loc[0].replace("_", " ") : "";
}

button.addEventListener("click", () => {
  if (button.textContent === "Embed") return void run();
  running?.abort();
  busy(false);
  told("Stopped. Nothing was changed.");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  void run();
});

keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  server.key = key.value.trim();
  void begin();
});

const examples = byId("examples", HTMLSelectElement);
examples.append(...EXAMPLES.map(({ title }, i) => el("option", { value: i }, title)));
examples.addEventListener("change", async () => {
  const chosen = EXAMPLES[Number(examples.value)];
  examples.value = "";
  const drafts = await chosen.make();
  list.replace(drafts, `“${chosen.title}” is in the list.`);
  choose();
});

byId("clear", HTMLButtonElement).addEventListener("click", () => list.replace([], "The list is empty."));
byId("add-text", HTMLButtonElement).addEventListener("click", () => list.focus(list.add([{ text: "" }])[0].id));
byId("shortcut", HTMLParagraphElement).append("or ", el("kbd", {}, APPLE ? "⌘" : "Ctrl"), " ", el("kbd", {}, "Enter"));

receive((drafts, strange) => {
  if (drafts.length > 0) list.add(drafts);
  told([drafts.length > 0 && `${drafts.length} added.`, strange.length > 0 && `Neither images nor text: ${strange.join(", ")}.`].filter(Boolean).join(" "));
  choose();
});

/** Choose deployments that embed what is in the list. */
function choose() {
  const inputs = list.inputs().filter((input) => !isBlank(input));
  for (const kind of new Set(inputs.map(modality))) {
    const name = settings.embed(kind, inputs.every((input) => modality(input) === kind));
    if (name !== null) byId("notice", HTMLDivElement).append(` ${name} embeds the ${kind}s.`);
  }
}

list.replace(await EXAMPLES[0].make(), "");
await begin();
