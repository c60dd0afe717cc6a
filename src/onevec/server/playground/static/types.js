/**
 * The words of the page, for whoever reads or checks its types; nothing runs here.
 *
 * @typedef {"text" | "image" | "pair"} Modality
 *
 * @typedef {object} Input One thing to embed, as it stands in the list.
 * @property {number} id Tells it from every other, wherever it is moved.
 * @property {string} text The text; of an image the text beside it, empty without one.
 * @property {string} [image] A data URL.
 * @property {string} [name] What the image's file is called.
 *
 * @typedef {object} Deployment A row of `/v1/models`.
 * @property {string} id
 * @property {string} owned_by
 * @property {number | null} dimensions
 * @property {number | null} max_input_tokens
 * @property {string[]} input_types
 * @property {Modality[]} modalities
 * @property {number | null} price US dollars for a million tokens.
 *
 * @typedef {object} Asked How to embed.
 * @property {Deployment[]} deployments Every one that is asked.
 * @property {string} inputType Empty for the deployment's own default.
 * @property {number | null} dimensions
 * @property {string} encoding
 *
 * @typedef {object} Planned One request, before it is sent.
 * @property {Deployment} deployment
 * @property {string} path
 * @property {Record<string, unknown>} body
 * @property {Input[]} inputs In the order of the body.
 *
 * @typedef {object} Answer What came back for one request.
 * @property {Planned} planned
 * @property {Float64Array[]} vectors
 * @property {string} space Id of their vector space.
 * @property {string | null} pairs How an image and its text became one vector, where the server tells.
 * @property {number | null} tokens
 * @property {number} bytes Of the reply's body.
 * @property {number} milliseconds From sending to the last byte.
 *
 * @typedef {object} Entry One vector and what it stands for.
 * @property {Input} input
 * @property {string} label
 * @property {number} number Place in the list, from 1.
 * @property {Deployment} deployment
 * @property {Float64Array} vector
 *
 * @typedef {object} Group Vectors that may be compared: those of one space.
 * @property {string} space
 * @property {Deployment[]} deployments
 * @property {Entry[]} entries
 * @property {Set<number>} selected Indexes of entries that were chosen on the map.
 * @property {Float64Array} cosines n × n, row by row.
 */
export {};
