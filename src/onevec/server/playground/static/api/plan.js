/** From the list and the settings to requests: each input goes to every chosen deployment that embeds its kind. */

/** @typedef {import("../types.js").Input} Input */

const ROUTES = Object.freeze({
  text: "/embeddings",
  image: "/images/embeddings",
  pair: "/images/embeddings",
});

/**
 * @param {Input} input
 * @returns {import("../types.js").Modality}
 */
export function modality(input) {
  if (input.image === undefined) return "text";
  return input.text.trim() === "" ? "image" : "pair";
}

/**
 * Whether there is nothing in it to embed.
 *
 * @param {Input} input
 */
export function isBlank(input) {
  return input.image === undefined && input.text.trim() === "";
}

/**
 * The requests, texts and images apart because they have routes of their own; a deployment that embeds none of the
 * inputs is not asked.
 *
 * @param {readonly Input[]} inputs
 * @param {import("../types.js").Asked} asked
 * @returns {import("../types.js").Planned[]}
 */
export function planned(inputs, asked) {
  const wanted = inputs.filter((input) => !isBlank(input));
  return asked.deployments.flatMap((deployment) => {
    const able = wanted.filter((input) => deployment.modalities.includes(modality(input)));
    return [...new Set(Object.values(ROUTES))].flatMap((path) => {
      const these = able.filter((input) => ROUTES[modality(input)] === path);
      return these.length === 0 ? [] : [{ deployment, path, inputs: these, body: body(deployment, these, asked) }];
    });
  });
}

/**
 * Inputs that none of the deployments embeds.
 *
 * @param {readonly Input[]} inputs
 * @param {readonly import("../types.js").Deployment[]} deployments
 * @returns {Input[]}
 */
export function homeless(inputs, deployments) {
  const embedded = new Set(deployments.flatMap((deployment) => deployment.modalities));
  return inputs.filter((input) => !isBlank(input) && !embedded.has(modality(input)));
}

/**
 * @param {import("../types.js").Deployment} deployment
 * @param {readonly Input[]} inputs
 * @param {import("../types.js").Asked} asked
 */
function body(deployment, inputs, { dimensions, encoding, inputType }) {
  return {
    model: deployment.id,
    input: inputs.map(written),
    ...(dimensions === null ? {} : { dimensions }),
    ...(encoding === "float" ? {} : { encoding_format: encoding }),
    ...(inputType === "" || !deployment.input_types.includes(inputType) ? {} : { input_type: inputType }),
  };
}

/** @param {Input} input */
function written(input) {
  if (input.image === undefined) return input.text;
  return modality(input) === "pair" ? { image: input.image, text: input.text } : { image: input.image };
}
