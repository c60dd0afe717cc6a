// A snippet for a shell: curl, and Python to count what came.

import { indent, inHereDocument, literal, shellWord } from "./quoting.js";

/** @typedef {import("./snippets.js").Call} Call */

/** How many components a vector has as it came, and what they are called; base64 holds four bytes of each. */
const LENGTHS = {
  float: ["len(first)", "dimensions"],
  base64: ["len(first) * 3 // 16", "dimensions"],
  int8: ["len(first)", "dimensions"],
  uint8: ["len(first)", "dimensions"],
  binary: ["len(first) * 8", "bits"],
  ubinary: ["len(first) * 8", "bits"],
};

/** @param {Call} call */
export function curl(call) {
  const encoding = /** @type {keyof typeof LENGTHS} */ (call.options.encoding_format ?? "float");
  const [length, unit] = LENGTHS[encoding];
  const key = call.authenticated ? `\n  -H "authorization: Bearer $ONEVEC_API_KEY" \\` : "";
  return `curl -sS ${shellWord(`${call.base}${call.path}?api-version=${call.version}`)} \\
  -H 'content-type: application/json' \\${key}
  --data-binary @- <<${call.reads ? "JSON" : "'JSON'"} |
${body(call, call.reads ? inHereDocument : (text) => text)}
JSON
python3 -c '
import json, sys
reply = json.load(sys.stdin)
data = reply.get("data") or sys.exit(reply.get("message"))
first = data[0]["embedding"]
print(f"vectors: {len(data)}, ${unit}: {${length}}")'
`;
}

/** The JSON, a line an input. @param {Call} call @param {(text: string) => string} quoted */
function body(call, quoted) {
  const json = (/** @type {string} */ text) => quoted(literal(text));
  const inputs = call.inputs.map((one) => {
    if (typeof one === "string") {
      return json(one);
    }
    const text = one.text === undefined ? "" : `, "text": ${json(one.text)}`;
    return `{"image": ${"file" in one ? content(one) : json(one.url)}${text}}`;
  });
  const options = Object.entries(call.options).map(([name, value]) => [name, quoted(JSON.stringify(value))]);
  const fields = [["input", `[\n${indent(inputs.join(",\n"), 2)}\n]`], ["model", json(call.model)], ...options];
  return `{\n${indent(fields.map(([name, value]) => `"${name}": ${value}`).join(",\n"), 2)}\n}`;
}

/** A file's content, put in by the shell; neither GNU's base64 nor macOS' writes it on one line everywhere. */
function content(/** @type {import("./snippets.js").FromFile} */ { file, type }) {
  return `"data:${type};base64,$(base64 < ${shellWord(file)} | tr -d '\\n')"`;
}
