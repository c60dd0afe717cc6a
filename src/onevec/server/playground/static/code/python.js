// Snippets for Python: three clients.

import { indent, literal } from "./quoting.js";

/** @typedef {import("./snippets.js").Call} Call */

/**
 * The function, as it speaks to a server of ours: Azure AI's words have every option, and images.
 *
 * @param {Call} call
 */
export function onevec(call) {
  const image = (/** @type {string} */ source, /** @type {string} */ text) => `ImageInput(${source}${text})`;
  return `# pip install onevec
${imports(call)}from onevec import ${call.images ? "ImageInput, " : ""}embedding

response = embedding(
    ${literal(`azure:${call.model}`)},  # onevec serve answers as Azure AI does
    [
${inputs(call, 8, (one) => image(literal("file" in one ? one.file : one.url), text(one)))}
    ],
    api_base=${literal(call.base)},
    api_key=${key(call)},
${keywords(call.options, 4)}${scale(call)})
count, dimensions = response.vectors.shape
print(f"vectors: {count}, dimensions: {dimensions}")
`;
}

/** Our client wants to know what a code stands for, and asks when nobody says so. @param {Call} call */
function scale({ options: { encoding_format: encoding } }) {
  return encoding === "int8" || encoding === "uint8"
    ? '    client_args={"int8_scale": 1.0},  # what code 127 stands for: no server tells, and no cosine depends on it\n'
    : "";
}

/**
 * The client of azure.ai.inference, in its new home.
 *
 * @param {Call} call
 */
export function azure(call) {
  const name = call.images ? "ImageEmbeddingsClient" : "EmbeddingsClient";
  const models = call.images ? "from onevec.azure.models import ImageEmbeddingInput\n" : "";
  return `# pip install 'onevec[azure]'
${imports(call)}from azure.core.credentials import AzureKeyCredential
from onevec.azure import ${name}
${models}
with ${name}(${literal(call.base)}, AzureKeyCredential(${key(call)})) as client:
    result = client.embed(
        input=[
${inputs(call, 12, azureImage)}
        ],
        model=${literal(call.model)},
${keywords(call.options, 8)}    )
count, dimensions = result.vectors.shape
print(f"vectors: {count}, dimensions: {dimensions}")
`;
}

/** @param {Picture} one */
function azureImage(one) {
  return "file" in one
    ? `ImageEmbeddingInput.load(image_file=${literal(one.file)}${text(one)})`
    : `ImageEmbeddingInput(image=${literal(one.url)}${text(one)})`;
}

/** OpenAI's own values of `encoding_format`; the others it passes on. */
const OPENAI_ENCODINGS = ["float", "base64"];

/**
 * OpenAI's client. What it has no word for goes through `extra_body`; a route that it does not know, through `post`.
 *
 * @param {Call} call
 */
export function openai(call) {
  const encoding = call.options.encoding_format;
  const packed = encoding === "binary" || encoding === "ubinary";
  const base64 = encoding === "base64";
  const used = [
    ...(base64 ? ["from array import array", "from base64 import b64decode"] : []),
    ...(call.reads ? ["from base64 import b64encode", "from pathlib import Path"] : []),
  ];
  return `# pip install openai
${imports(call, used)}from openai import OpenAI
${call.images ? "from openai.types import CreateEmbeddingResponse\n" : ""}
client = OpenAI(base_url=${literal(call.images ? call.base : `${call.base}/v1`)}, api_key=${key(call)})
${call.images ? posted(call) : created(call)}
vectors = [${base64 ? 'array("f", b64decode(item.embedding))' : "item.embedding"} for item in response.data]
print(f"vectors: {len(vectors)}, ${packed ? "bits" : "dimensions"}: {len(vectors[0])${packed ? " * 8" : ""}}")
`;
}

/** @param {Call} call */
function created(call) {
  const own = (/** @type {[string, string | number]} */ [name, value]) =>
    name === "dimensions" || (name === "encoding_format" && OPENAI_ENCODINGS.includes(String(value)));
  const options = Object.entries(call.options);
  const further = options.filter((one) => !own(one)).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  const extra = further.length ? `    extra_body={${further.join(", ")}},  # OpenAI has no word for it\n` : "";
  return `response = client.embeddings.create(
    model=${literal(call.model)},
    input=[
${inputs(call, 8, openaiImage)}
    ],
${keywords(Object.fromEntries(options.filter(own)), 4)}${extra})`;
}

/** @param {Call} call */
function posted(call) {
  const options = Object.entries(call.options).map(([name, value]) => `        "${name}": ${JSON.stringify(value)},\n`);
  return `response = client.post(  # OpenAI has no images: this is its way to a route that it does not know
    ${literal(call.path)},
    cast_to=CreateEmbeddingResponse,
    options={"params": {"api-version": ${literal(call.version)}}},
    body={
        "input": [
${inputs(call, 12, openaiImage)}
        ],
        "model": ${literal(call.model)},
${options.join("")}    },
)`;
}

/** @param {Picture} one */
function openaiImage(one) {
  const image =
    "file" in one
      ? `"data:${one.type};base64," + b64encode(Path(${literal(one.file)}).read_bytes()).decode()`
      : literal(one.url);
  return `{"image": ${image}${one.text === undefined ? "" : `, "text": ${literal(one.text)}`}}`;
}

/** @typedef {Exclude<Call["inputs"][number], string>} Picture */

/** @param {Picture} one */
function text(one) {
  return one.text === undefined ? "" : `, text=${literal(one.text)}`;
}

/** @param {Call} call @param {number} spaces @param {(one: Picture) => string} image */
function inputs(call, spaces, image) {
  return indent(call.inputs.map((one) => `${typeof one === "string" ? literal(one) : image(one)},`).join("\n"), spaces);
}

/** The standard library's imports, and the line behind them. @param {Call} call @param {string[]} further */
function imports(call, further = []) {
  const lines = [...(call.authenticated ? ["import os"] : []), ...further];
  return lines.length ? `${lines.join("\n")}\n\n` : "";
}

/** @param {Call} call */
function key(call) {
  return call.authenticated ? 'os.environ["ONEVEC_API_KEY"]' : '"none"';
}

/** @param {Record<string, string | number>} options @param {number} spaces */
function keywords(options, spaces) {
  const lines = Object.entries(options).map(([name, value]) => `${name}=${JSON.stringify(value)},\n`);
  return indent(lines.join(""), spaces);
}
