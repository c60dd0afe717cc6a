// Snippets: the request of the page as a program in another language, which runs as it stands.

import { curl } from "./curl.js";
import { javascript } from "./javascript.js";
import { azure, onevec, openai } from "./python.js";

/**
 * @typedef {{image: string, text?: string | null}} Picture An image as a data URL, and the text of a pair.
 *
 * @typedef {object} Body The body that the page sends.
 * @property {string | (string | Picture)[]} input
 * @property {string} [model] The page always names one: OpenAI's routes take no request without.
 * @property {number} [dimensions]
 * @property {"float" | "base64" | "int8" | "uint8" | "binary" | "ubinary"} [encoding_format]
 * @property {"text" | "query" | "document"} [input_type]
 *
 * @typedef {object} Request
 * @property {"/embeddings" | "/images/embeddings"} path
 * @property {string} base Where the server is, up to where the path follows: `http://127.0.0.1:8080`.
 * @property {Body} body
 * @property {boolean} authenticated Whether the server asks for a key. The key itself is never part of a snippet.
 * @property {(string | null | undefined)[]} [files] Of each image the name of the file that it came from.
 *
 * @typedef {{file: string, type: string, text?: string}} FromFile An image that the program reads.
 * @typedef {{url: string, text?: string}} Inline An image that the program holds.
 *
 * @typedef {object} Call What the languages write down.
 * @property {string} base Without a slash at its end.
 * @property {string} path
 * @property {string} version The route's `api-version`.
 * @property {boolean} images
 * @property {boolean} reads Whether images are read from files.
 * @property {boolean} authenticated
 * @property {(string | FromFile | Inline)[]} inputs
 * @property {string} model
 * @property {Record<string, string | number>} options Those that are set, of OPTIONS.
 */

/** The languages, in the order of the page's tabs; `highlight` is the grammar's usual name. A further one is a row. */
export const LANGUAGES = Object.freeze([
  { id: "curl", label: "curl", highlight: "bash", write: curl },
  { id: "onevec", label: "Python · onevec", highlight: "python", write: onevec },
  { id: "openai", label: "Python · openai", highlight: "python", write: openai },
  { id: "azure", label: "Python · onevec.azure", highlight: "python", write: azure },
  { id: "javascript", label: "JavaScript", highlight: "javascript", write: javascript },
]);

const API_VERSION = "2024-05-01-preview";
const PATHS = ["/embeddings", "/images/embeddings"];
const OPTIONS = ["dimensions", "encoding_format", "input_type"];
const FIELDS = ["input", "model", ...OPTIONS];

/** Characters of a data URL that a reader scrolls past; a longer one is read from a file. */
const SHORT = 2048;

/** What stands for a model that nobody named. */
const PLACEHOLDER = "MODEL";

/**
 * A whole program that embeds what the page embeds, with the same options, and prints how many vectors of how many
 * dimensions came. Its only gap is a key, which it takes from the environment variable ONEVEC_API_KEY; images too long
 * to be written down are read from a file in the folder where it runs.
 *
 * @param {string} language The id of a row of LANGUAGES.
 * @param {Request} request
 * @returns {string} Plain text: show it by `textContent`.
 * @throws {RangeError} No such language or path.
 * @throws {TypeError} A field of the body that no snippet has, or an image that is no data URL.
 */
export function snippet(language, request) {
  const row = LANGUAGES.find(({ id }) => id === language);
  if (!row) {
    throw new RangeError(`language ${language}: there are ${LANGUAGES.map(({ id }) => id).join(", ")}`);
  }
  return row.write(call(request));
}

/** @param {Request} request @returns {Call} */
function call({ path, base, body, authenticated, files = [] }) {
  if (!PATHS.includes(path)) {
    throw new RangeError(`path ${path}: there are ${PATHS.join(", ")}`);
  }
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`body.${unknown}: a snippet has only ${FIELDS.join(", ")}`);
  }
  const given = /** @type {Record<string, any>} */ (body);
  const set = OPTIONS.filter((name) => given[name] !== undefined && given[name] !== null);
  /** What each file holds: names may be the same, as every screenshot's are. @type {Map<string, string>} */
  const held = new Map();
  const inputs = [body.input].flat().map((one, index) => {
    return typeof one === "string" ? one : picture(one, index, files[index], held);
  });
  return {
    base: base.replace(/\/+$/, ""),
    path,
    version: API_VERSION,
    images: path !== "/embeddings",
    reads: inputs.some((one) => typeof one !== "string" && "file" in one),
    authenticated,
    inputs,
    model: body.model || PLACEHOLDER,
    options: Object.fromEntries(set.map((name) => [name, given[name]])),
  };
}

/**
 * @param {Picture} one @param {number} index @param {string | null | undefined} name @param {Map<string, string>} held
 * @returns {FromFile | Inline}
 */
function picture({ image, text }, index, name, held) {
  const type = /^data:(image\/[a-z0-9.+-]+);base64,/i.exec(image)?.[1];
  if (!type) {
    throw new TypeError(`body.input[${index}].image is no data URL: data:image/png;base64,…`);
  }
  const pair = text ? { text } : {};
  if (image.length <= SHORT) {
    return { url: image, ...pair };
  }
  const own = name || `image-${index + 1}.${type.split("/")[1]}`;
  const file = (held.get(own) ?? image) === image ? own : `${index + 1}-${own}`;
  held.set(file, image);
  return { file: path(file), type, ...pair };
}

/** A file's name that no client takes for a URL. @param {string} name */
function path(name) {
  return name.includes(":") ? `./${name}` : name;
}
