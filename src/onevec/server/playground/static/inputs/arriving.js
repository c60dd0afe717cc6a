/** Files that come to the page, by a drop anywhere, a paste, or the dialogue. */

import { byId } from "../dom.js";
import { drafted, filesOf } from "./files.js";

/**
 * @param {(drafts: import("./examples.js").Draft[], refused: string[]) => void} came
 */
export function receive(came) {
  const read = async (/** @type {Iterable<File>} */ files) => {
    const { drafts, refused } = await drafted(files);
    came(drafts, refused);
  };
  const dialogue = byId("files", HTMLInputElement);
  byId("add-images", HTMLButtonElement).addEventListener("click", () => dialogue.click());
  dialogue.addEventListener("change", async () => {
    await read(dialogue.files ?? []);
    dialogue.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (files.length === 0) return;
    event.preventDefault();
    void read(files);
  });
  acceptDrops(read);
}

/** @param {(files: Iterable<File>) => Promise<void>} read */
function acceptDrops(read) {
  const cover = byId("drop", HTMLDivElement);
  const brings = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    cover.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) cover.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    cover.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    void read(event.dataTransfer?.files ?? []);
  });
}
