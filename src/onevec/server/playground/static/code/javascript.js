// A snippet for Node.js; without a key and without files it runs in a browser, too.

import { indent, literal } from "./quoting.js";

/** @typedef {import("./snippets.js").Call} Call */

/** What a vector is read into, and what there is of it for each number; bits come eight in a byte. */
const DECODED = {
  float: ["Float32Array.from(embedding)", "dimensions", ""],
  base64: [
    "new Float32Array(Uint8Array.from(atob(embedding), (byte) => byte.charCodeAt(0)).buffer)",
    "dimensions",
    "",
  ],
  int8: ["Int8Array.from(embedding)", "dimensions", ""],
  uint8: ["Uint8Array.from(embedding)", "dimensions", ""],
  binary: ["Int8Array.from(embedding)", "bits", " * 8"],
  ubinary: ["Uint8Array.from(embedding)", "bits", " * 8"],
};

/** @param {Call} call */
export function javascript(call) {
  const encoding = /** @type {keyof typeof DECODED} */ (call.options.encoding_format ?? "float");
  const [decoded, unit, times] = DECODED[encoding];
  const key = call.authenticated ? "\n    authorization: `Bearer ${process.env.ONEVEC_API_KEY}`," : "";
  return `// node embed.mjs
${call.reads ? 'import { readFile } from "node:fs/promises";\n\n' : ""}const body = {
  input: [
${indent(call.inputs.map(input).join("\n"), 4)}
  ],
  model: ${literal(call.model)},
${Object.entries(call.options).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},\n`).join("")}};

const response = await fetch(${literal(`${call.base}${call.path}?api-version=${call.version}`)}, {
  method: "POST",
  headers: {
    "content-type": "application/json",${key}
  },
  body: JSON.stringify(body),
});
const reply = await response.json();
if (!response.ok) throw new Error(reply.message);

const vectors = reply.data.map(({ embedding }) => ${decoded});
console.log(\`vectors: \${vectors.length}, ${unit}: \${vectors[0].length${times}}\`);
`;
}

/** @param {Call["inputs"][number]} one */
function input(one) {
  if (typeof one === "string") {
    return `${literal(one)},`;
  }
  const image =
    "file" in one
      ? `\`data:${one.type};base64,\${await readFile(${literal(one.file)}, "base64")}\``
      : literal(one.url);
  return `{ image: ${image}${one.text === undefined ? "" : `, text: ${literal(one.text)}`} },`;
}
