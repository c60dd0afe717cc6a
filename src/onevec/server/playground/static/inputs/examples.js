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
      "Otters hold hands while they sleep, so that they do not drift apart.",
      "A kitten is asleep on the warm windowsill.",
      "The dog waited all day for its owner at the station.",
      "Interest rates were raised to slow down inflation.",
      "The central bank expects prices to rise by two percent.",
      "Shares fell after the company missed its forecast.",
      "Simmer the tomatoes with garlic until the sauce is thick.",
      "Let the dough rest for an hour before you bake it.",
      "Season the soup with salt, lemon and fresh herbs.",
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
