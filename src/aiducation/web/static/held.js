// What a server holds for this browser: without its id nobody can ask for it, save it or delete it.

/** @typedef {"recording" | "session" | "class"} Kind */
/** @typedef {{ id: string, name: string, at: number }} Held its name, and when it was begun, in milliseconds since 1970 */

// Pages below other paths of the same host share this memory, but not what their servers hold.
const KEY = `aiducation${(globalThis.location?.pathname ?? "/").replace(/\/[^/]*$/, "")}`;

const refused = /** @type {Map<string, string>} */ (new Map()); // what the browser does not keep, this tab alone has

/**
 * Each has a key of its own. In one list for all, tabs would write over each other: they run in different processes, and hear a
 * moment late of what another one has kept.
 * @param {Kind} kind
 */
const keysOf = (kind) => `${KEY} ${kind} `;

/**
 * The texts whose keys begin so.
 * @param {string} start
 */
function textsOf(start) {
  const found = new Map([...refused].filter(([key]) => key.startsWith(start)));
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i) ?? "";
      if (key.startsWith(start)) found.set(key, localStorage.getItem(key) ?? "");
    }
  } catch {
    /* private mode: what this tab has */
  }
  return [...found];
}

/**
 * All of a kind that were not let go, in the order in which they were begun.
 * @param {Kind} kind
 * @returns {Held[]}
 */
export function heldOf(kind) {
  const start = keysOf(kind);
  return textsOf(start)
    .flatMap(([key, text]) => {
      try {
        return { name: "", at: 0, ...JSON.parse(text), id: key.slice(start.length) };
      } catch {
        return []; // no page has written that
      }
    })
    .sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}

/**
 * Remember it; what is remembered already stays as it is.
 * @param {Kind} kind
 * @param {string} id
 * @param {string} [name]
 */
export function hold(kind, id, name = "") {
  if (heldOf(kind).some((one) => one.id === id)) return;
  const [key, text] = [keysOf(kind) + id, JSON.stringify({ name, at: Date.now() })];
  try {
    localStorage.setItem(key, text);
  } catch {
    refused.set(key, text);
  }
}

/**
 * The server has it no more.
 * @param {Kind} kind
 * @param {string} id
 */
export function letGo(kind, id) {
  const key = keysOf(kind) + id;
  refused.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    /* it was not kept */
  }
}
