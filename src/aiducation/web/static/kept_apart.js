// What the browser keeps beside labels and edits, each under a key of its own.

/**
 * Values by name that are written when an answer of the server comes. At that moment another tab may have changed labels or edits, and
 * tabs that run in different processes hear of it later: under one key, old lists would be written over new ones.
 * @template V
 * @param {string} key
 */
export function keptApart(key) {
  let refused = /** @type {Record<string, V> | null} */ (null); // what the browser does not keep

  /** @returns {Record<string, V>} */
  function all() {
    try {
      return refused ?? JSON.parse(localStorage.getItem(key) ?? "{}");
    } catch {
      return {};
    }
  }

  /** @param {Record<string, V>} values */
  function write(values) {
    const text = JSON.stringify(values);
    if (text === JSON.stringify(all())) return;
    try {
      localStorage.setItem(key, text);
      refused = null;
    } catch {
      refused = values;
    }
  }
  return {
    all,
    /** @param {Record<string, V>} more */
    add: (more) => write({ ...all(), ...more }),
    /** @param {(name: string) => boolean} stays */
    filter: (stays) => write(Object.fromEntries(Object.entries(all()).filter(([name]) => stays(name)))),
  };
}
