// Quoting: a text as it stands in a program.

/**
 * What JSON leaves as it is, and a program that is looked at or pasted would lose, hide or misread: control characters,
 * line separators, marks that turn the direction of reading, and what begins or ends a script in a page.
 */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|<(?=\/script|script|!--)/gi;

/**
 * A string literal. What JSON writes means the same in JSON, Python and JavaScript, so there is one rule for the three.
 *
 * @param {string} text Any text; half of a surrogate pair stays what it is.
 * @returns {string} It in double quotes, on one line.
 */
export function literal(text) {
  return JSON.stringify(text).replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * One word of a POSIX shell, whatever is in the text; no shell can hold NUL.
 *
 * @param {string} text
 */
export function shellWord(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A text inside a here-document in which variables and commands are filled in: these are the text's own.
 *
 * @param {string} text
 */
export function inHereDocument(text) {
  return text.replace(/[\\$`]/g, "\\$&");
}

/**
 * Lines moved to the right.
 *
 * @param {string} text
 * @param {number} spaces
 */
export function indent(text, spaces) {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
