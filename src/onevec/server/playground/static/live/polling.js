// Polling: something done again and again while somebody looks, one at a time, less often while it fails.

/** Seconds after which a try is given up. */
const PATIENCE = 15;

/** Seconds between two tries at the most. */
const LONGEST = 30;

/**
 * Do it at once and then every so many seconds. Nothing is done while the tab is hidden, and at once when it is shown
 * again. Each failure doubles the wait, up to half a minute.
 *
 * @param {(signal: AbortSignal) => Promise<void>} once
 * @param {number} every Seconds.
 * @param {(error: unknown, wait: number) => void} failed Told each failure, and the seconds until the next try.
 * @returns {() => void} Ends it.
 */
export function poll(once, every, failed) {
  const end = new AbortController();
  let wait = every;
  let busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function turn() {
    clearTimeout(timer);
    if (busy || document.hidden || end.signal.aborted) {
      return;
    }
    busy = true;
    try {
      await once(AbortSignal.any([end.signal, AbortSignal.timeout(PATIENCE * 1e3)]));
      wait = every;
    } catch (error) {
      wait = Math.min(LONGEST, wait * 2);
      if (!end.signal.aborted) {
        failed(error, wait);
      }
    }
    busy = false;
    if (!end.signal.aborted) {
      timer = setTimeout(turn, wait * 1e3);
    }
  }

  document.addEventListener("visibilitychange", turn, { signal: end.signal });
  turn();
  return () => {
    end.abort();
    clearTimeout(timer);
  };
}
