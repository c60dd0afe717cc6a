/** Sending what was planned, and reading what comes. */

import { ENCODINGS } from "./decode.js";
import { read as readSpace } from "./space.js";

const VERSION = "2024-05-01-preview";

/**
 * @param {import("./server.js").Server} server
 * @param {import("../types.js").Planned} planned
 * @param {AbortSignal} signal
 * @returns {Promise<import("../types.js").Answer>} its vectors in the order of the inputs, whatever the reply's order
 * @throws {import("./server.js").Fault}
 */
export async function embed(server, planned, signal) {
  const { json, headers, bytes, milliseconds } = await server.post(
    `${planned.path}?api-version=${VERSION}`,
    planned.body,
    signal,
  );
  const told = headers.get("x-vector-space"); // a proxy may leave it out: then nothing says what may be compared
  const space = told === null ? `not told, of ${planned.deployment.id}` : decodeURIComponent(told);
  const encoding = ENCODINGS[String(planned.body.encoding_format ?? "float")];
  const codes = [...json.data].sort((a, b) => a.index - b.index).map((item) => item.embedding);
  const dimensions = readSpace(space).dimensions;
  return {
    planned,
    vectors: codes.map((code) => encoding.decode(code, dimensions ?? 8 * code.length)),
    space,
    pairs: headers.get("x-pair-vectors"),
    tokens: json.usage?.prompt_tokens ?? null,
    bytes,
    milliseconds,
  };
}
