/** What a drop, a paste or the file dialogue brings: images become images, files of text become their lines. */

/** @typedef {import("./examples.js").Draft} Draft */

/**
 * Whatever calls itself an image goes to the server, which knows better than we which ones can be read.
 *
 * @param {Iterable<File>} files
 * @returns {Promise<{ drafts: Draft[], refused: string[] }>} in the order of the files; names of those that are neither, or
 *   cannot be read
 */
export async function drafted(files) {
  /** @type {string[]} */
  const refused = [];
  const read = await Promise.all(
    [...files].map(async (file) => {
      try {
        if (file.type.startsWith("image/")) return [{ name: file.name, text: "", image: await dataUrl(file) }];
        if (file.type.startsWith("text/")) return lines(await file.text()).map((text) => ({ text }));
      } catch {
        // A folder whose name ends like a picture's, or a file that is gone by now.
      }
      refused.push(file.name);
      return [];
    }),
  );
  return { drafts: read.flat(), refused };
}

/**
 * The files of a paste; none where they are only a picture of a text that came as well, as cells of a spreadsheet do. A
 * file manager writes the name of a file beside it, but never as HTML.
 *
 * @param {DataTransfer | null} pasted
 * @returns {File[]}
 */
export function filesOf(pasted) {
  const isText = ["text/plain", "text/html"].every((type) => pasted?.types.includes(type));
  return isText ? [] : [...(pasted?.files ?? [])];
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
