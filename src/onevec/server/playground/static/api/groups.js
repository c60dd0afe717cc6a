/** From answers to groups: vectors of one space together, in the order of the list, and never two spaces in one. */

import { cosines } from "../maths/vectors.js";
import { modality } from "./plan.js";

/**
 * @param {readonly import("../types.js").Answer[]} answers
 * @param {readonly import("../types.js").Input[]} inputs The list as it was sent.
 * @returns {import("../types.js").Group[]}
 */
export function grouped(answers, inputs) {
  const numbers = new Map(inputs.map((input, i) => [input.id, i + 1]));
  const spaces = [...new Set(answers.map((answer) => answer.space))];
  return spaces.map((space) =>
    group(
      space,
      answers.filter((answer) => answer.space === space),
      numbers,
    ),
  );
}

/**
 * @param {string} space
 * @param {readonly import("../types.js").Answer[]} answers
 * @param {ReadonlyMap<number, number>} numbers
 * @returns {import("../types.js").Group}
 */
function group(space, answers, numbers) {
  const deployments = [...new Set(answers.map((answer) => answer.planned.deployment))];
  const entries = answers
    .flatMap(({ planned, vectors }) =>
      planned.inputs.map((input, i) => ({
        input,
        label: label(input) + (deployments.length > 1 ? ` · ${planned.deployment.id}` : ""),
        number: numbers.get(input.id) ?? 0,
        deployment: planned.deployment,
        vector: vectors[i],
      })),
    )
    .sort((a, b) => deployments.indexOf(a.deployment) - deployments.indexOf(b.deployment) || a.number - b.number);
  return { space, deployments, entries, selected: new Set(), cosines: cosines(entries.map((entry) => entry.vector)) };
}

/**
 * What an input is called where there is one line for it.
 *
 * @param {import("../types.js").Input} input
 */
function label(input) {
  const text = input.text.trim().replace(/\s+/g, " ");
  if (input.image === undefined) return text;
  return modality(input) === "pair" ? `${input.name ?? "image"}: ${text}` : (input.name ?? "image");
}
