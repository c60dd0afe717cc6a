/** What a drop, a paste or the file dialogue brings: images become images, files of text become their lines. */

/** @typedef {import("./examples.js").Draft} Draft */

/**
 * Whatever calls itself an image goes to the server, which knows better than we which ones can be read.
 *
 * @param {Iterable<File>} files
 * @returns {Promise<{ drafts: Draft[], refused: string[] }>} in the order of the files; names of those that are neither
 */
export async function drafted(files) {
  /** @type {string[]} */
  const refused = [];
  const read = await Promise.all(
    [...files].map(async (file) => {
      if (file.type.startsWith("image/")) return [{ name: file.name, text: "", image: await dataUrl(file) }];
      if (file.type.startsWith("text/")) return lines(await file.text()).map((text) => ({ text }));
      refused.push(file.name);
      return [];
    }),
  );
  return { drafts: read.flat(), refused };
}

/**
 * A text's lines without the blank ones.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function lines(text) {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/**
 * @param {File} file
 * @returns {Promise<string>}
 */
function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
