/** The page put together. */

import { isBlank, modality, planned } from "./api/plan.js";
import { Server } from "./api/server.js";
import { Asking } from "./asking.js";
import { byId, el } from "./dom.js";
import { Failures } from "./failures.js";
import { receive } from "./inputs/arriving.js";
import { EXAMPLES } from "./inputs/examples.js";
import { InputList } from "./inputs/list.js";
import { Results } from "./results.js";
import { Settings } from "./settings.js";
import { panels } from "./views/panels.js";

const APPLE = /Mac|iP(hone|ad)/.test(navigator.platform);

const button = byId("embed", HTMLButtonElement);
const key = byId("key", HTMLInputElement);
const keyForm = byId("key-form", HTMLFormElement);
const notice = byId("notice", HTMLDivElement);
const examples = byId("examples", HTMLSelectElement);

// Not document.baseURI: that keeps a name and password of the address, with which nothing can be fetched.
const server = new Server(new URL(".", location.href));
const more = panels(server, requests);
const list = new InputList(byId("inputs", HTMLOListElement), { changed, told });
const settings = new Settings(byId("settings", HTMLDivElement), changed);
const results = new Results(byId("shown", HTMLDivElement), server, more);
const failures = new Failures(byId("faults", HTMLDivElement), again);
const asking = new Asking({ server, list, settings, results, failures, told, busy, keyWanted });

/** Inputs or settings are others than before. */
function changed() {
  const pairs = settings.asked().deployments.some((one) => one.modalities.includes("pair"));
  list.element.classList.toggle("no-pairs", !pairs);
  results.stale(asking.isStale);
  results.changed();
}

/**
 * @param {string} text
 * @param {() => void} [undo]
 */
function told(text, undo) {
  const back = undo && el("button", { type: "button", class: "link", click: undo }, "Undo");
  const focused = notice.contains(document.activeElement);
  notice.replaceChildren(text, " ", back ?? "");
  if (focused) (back ?? button).focus();
}

/** @param {boolean} is */
function busy(is) {
  button.textContent = is ? "Stop" : "Embed";
  byId("results", HTMLElement).setAttribute("aria-busy", String(is));
}

function keyWanted() {
  keyForm.hidden = false;
  key.focus();
}

function again() {
  button.focus(); // the one that was pressed goes with the failure
  if (settings.asked().deployments.length > 0) return void asking.run();
  void asking.begin().then(choose);
}

/** The requests of what stands in the list, for code that sends them. */
function requests() {
  return planned(list.inputs(), settings.asked()).map(({ path, body, inputs }) => ({
    path,
    base: server.base.href,
    body,
    authenticated: server.key !== "",
    files: inputs.map((input) => input.name),
  }));
}

/** Choose deployments that embed what is in the list, where those that are chosen do not. */
function choose() {
  const kinds = new Set(
    list
      .inputs()
      .filter((input) => !isBlank(input))
      .map(modality),
  );
  for (const kind of kinds) {
    const name = settings.embed(kind, kinds.size === 1);
    if (name !== null) notice.append(` ${name} embeds the ${kind}s.`);
  }
}

button.addEventListener("click", () => {
  if (!asking.isRunning) return void asking.run();
  asking.stop();
  told("Stopped. Nothing was changed.");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  void asking.run();
});

keyForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  server.key = key.value.trim();
  if (!(await asking.begin())) return;
  told("The key is good.");
  keyForm.hidden = true;
  button.focus();
  choose();
});

examples.append(...EXAMPLES.map(({ title }, i) => el("option", { value: i }, title)));
examples.addEventListener("change", async () => {
  const { title, make } = EXAMPLES[Number(examples.value)];
  examples.value = "";
  list.replace(await make(), `“${title}” is in the list.`);
  choose();
});

byId("clear", HTMLButtonElement).addEventListener("click", () => list.replace([], "The list is empty."));
byId("add-text", HTMLButtonElement).addEventListener("click", () => list.focus(list.add([{ text: "" }])[0].id));
byId("shortcut", HTMLParagraphElement).append("or ", el("kbd", {}, APPLE ? "⌘" : "Ctrl"), " ", el("kbd", {}, "Enter"));
byId("where", HTMLParagraphElement).textContent = server.base.host;

receive((drafts, strange) => {
  if (drafts.length > 0) list.add(drafts);
  const refused = strange.length > 0 ? `No images or text that can be read: ${strange.join(", ")}.` : "";
  told(`${drafts.length} added. ${refused}`);
  choose();
});

list.replace(await EXAMPLES[0].make(), "");
if (await asking.begin()) choose();
