// Before the first paint: the colour scheme that was chosen here before, or the system's.
// A classic script, because a module would run after the page has been painted once.
(() => {
  const STORED = "onevec-colour-scheme";
  const SCHEMES = ["light", "dark"];
  const root = document.documentElement;

  /** @returns {string} `light` or `dark`: what is seen now */
  const seen = () => root.dataset.scheme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  /** @returns {string | null} what was chosen, where the browser lets a page remember anything */
  const remembered = () => {
    try {
      return localStorage.getItem(STORED);
    } catch {
      return null;
    }
  };

  /** @param {string} scheme */
  const remember = (scheme) => {
    try {
      localStorage.setItem(STORED, scheme);
    } catch {
      // Storage is forbidden here: the choice holds until the page is closed.
    }
  };

  const chosen = remembered();
  if (chosen !== null && SCHEMES.includes(chosen)) root.dataset.scheme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("scheme");
    if (!button) return;
    const tell = () => button.setAttribute("aria-pressed", String(seen() === "dark"));
    button.addEventListener("click", () => {
      root.dataset.scheme = seen() === "dark" ? "light" : "dark";
      remember(root.dataset.scheme);
      tell();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
    tell();
  });
})();
