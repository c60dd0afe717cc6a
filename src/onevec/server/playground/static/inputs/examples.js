/** EXAMPLES: a row a set to start from. Texts stand here; pictures are drawn when they are asked for. */

import { pictures } from "./pictures.js";

/** @typedef {Omit<import("../types.js").Input, "id">} Draft */

/**
 * @param {...string} listed
 * @returns {() => Promise<Draft[]>}
 */
function texts(...listed) {
  return async () => listed.map((text) => ({ text }));
}

/** @type {readonly { title: string, make: () => Promise<Draft[]> }[]} */
export const EXAMPLES = Object.freeze([
  {
    title: "Three subjects",
    make: texts(
      "Otters hold hands while they sleep.",
      "A kitten naps on the warm windowsill.",
      "Sea lions doze in the sun on the pier.",
      "The central bank raised interest rates.",
      "Inflation is slowing as prices settle.",
      "Higher rates made loans more costly.",
      "Simmer the tomatoes with garlic.",
      "Let the dough rest, then bake it.",
      "Season the soup with salt and herbs.",
    ),
  },
  {
    title: "Questions and answers",
    make: texts(
      "How do I reset my password?",
      "When will my parcel arrive?",
      "Can I send this back?",
      "Choose “Forgotten” on the sign-in page; we mail you a link for a new one.",
      "Most orders are delivered within three working days.",
      "You have thirty days to return whatever you do not like.",
      "Our shops are open from nine to six, and closed on Sundays.",
    ),
  },
  {
    title: "Nearly the same",
    make: texts(
      "The meeting starts at nine o’clock.",
      "The meeting begins at 9 am.",
      "The meeting does not start at nine o’clock.",
      "The meeting starts at ten o’clock.",
      "The concert starts at nine o’clock.",
      "the MEETING starts at nine oclock",
    ),
  },
  { title: "Pictures", make: pictures },
]);
