/** Asking the server: one place for its address, the key, and what goes wrong. */

export const UNAUTHORIZED = 401;

/** What a request may fail with. */
export class Fault extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, code?: string, loc?: string[], retryAfter?: number | null }} [facts] Status 0 without a
   *   reply; `loc` is the place in the body, such as `["input", "1"]`.
   */
  constructor(message, { status = 0, code = "", loc = [], retryAfter = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.loc = loc;
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {object} Reply
 * @property {any} json
 * @property {Headers} headers
 * @property {number} bytes
 * @property {number} milliseconds
 */

/** The server that the page came from. The key is held here, in memory, and leaves only as a header to that server. */
export class Server {
  /** @param {URL} base */
  constructor(base) {
    this.base = base;
    /** @type {string} */
    this.key = "";
  }

  /**
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @returns {Promise<Reply>}
   * @throws {Fault}
   */
  async get(path, signal) {
    return read(await this.#sent(path, { signal }));
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<Reply>}
   * @throws {Fault}
   */
  async post(path, body, signal) {
    const started = performance.now();
    const headers = { "content-type": "application/json" };
    const sent = { method: "POST", body: JSON.stringify(body), headers, signal };
    return read(await this.#sent(path, sent), started);
  }

  /**
   * The figures of `/metrics`, whatever the status.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<Response>}
   * @throws {Fault}
   */
  metrics(signal) {
    return this.#sent("metrics", { signal });
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   * @returns {Promise<Response>}
   */
  async #sent(path, options) {
    const headers = new Headers(options.headers);
    if (this.key) headers.set("authorization", bearer(this.key));
    const url = new URL(path.replace(/^\//, ""), this.base);
    try {
      return await fetch(url, { ...options, headers, cache: "no-store" });
    } catch (cause) {
      throw lost(cause);
    }
  }
}

/**
 * @param {string} key
 * @throws {Fault} no header can carry it
 */
function bearer(key) {
  if (/^[!-~]+$/.test(key)) return `Bearer ${key}`;
  throw new Fault("This is no key: there is a space in it, or a character that no key has. Copy it anew.", {
    status: UNAUTHORIZED,
    code: "unauthorized",
  });
}

/**
 * @param {Response} reply
 * @param {number} [started]
 * @returns {Promise<Reply>}
 */
async function read(reply, started = performance.now()) {
  const body = await reply.arrayBuffer().catch((cause) => {
    throw lost(cause);
  });
  const milliseconds = performance.now() - started;
  const text = new TextDecoder().decode(body);
  if (!reply.ok) throw fault(reply, text);
  return { json: answer(text), headers: reply.headers, bytes: body.byteLength, milliseconds };
}

/**
 * A request that was given up is no fault: it goes on as the AbortError that it is.
 *
 * @param {unknown} cause
 */
function lost(cause) {
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  return new Fault("The server cannot be reached. Nothing that you typed is lost: try again when it is back.", {
    code: "network",
  });
}

/**
 * The server's own words, and where they point.
 *
 * @param {Response} reply
 * @param {string} text
 */
function fault(reply, text) {
  const { message, code, detail, error } = parsed(text);
  const seconds = Number(reply.headers.get("retry-after") ?? NaN);
  return new Fault(message ?? error?.message ?? `The server answered ${reply.status} without a word.`, {
    status: reply.status,
    code: code ?? error?.code ?? "",
    loc: detail?.loc ?? [],
    retryAfter: Number.isFinite(seconds) ? seconds : null,
  });
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // a proxy's page, say: its status tells what there is to tell
  }
}

/**
 * What this server answers is a list with words about it, of models as of vectors.
 *
 * @param {string} text
 */
function answer(text) {
  const json = parsed(text);
  if (Array.isArray(json.data)) return json;
  throw new Fault("What came is no answer of this server: something between it and this page answers for it.");
}
