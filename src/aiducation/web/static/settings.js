// What the user chose, and what servers hold for this browser, kept by it: nothing of it leaves the machine.
import { heldOf, hold, letGo } from "./held.js";

// Pages below other paths of the same name share this memory, but not their recordings.
const KEY = `aiducation${(globalThis.location?.pathname ?? "/").replace(/\/[^/]*$/, "")}`;

/**
 * What is kept.
 * @typedef {{
 *   theme?: Theme,
 *   language?: string,
 *   decimalComma?: boolean,
 *   view?: string,
 *   priors?: string,
 *   agreed?: string,
 *   camera?: string,
 * }} Kept
 */

/** @typedef {"auto" | "light" | "dark"} Theme */

/** @returns {Kept} */
const read = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
  } catch {
    return {};
  }
};
/**
 * @param {keyof Kept} name
 * @param {unknown} value
 */
const write = (name, value) => {
  Object.assign(now, { [name]: value });
  const all = { ...newest(), [name]: value };
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
    refused = null;
  } catch {
    refused = all; // private mode: for this visit only
  }
};
const now = read(); // what other tabs choose since then does not change what this one shows
let refused = /** @type {Kept | null} */ (null); // what the browser does not keep, this tab alone has

/** What other tabs may have changed, too. */
const newest = () => refused ?? read();

export const settings = {
  /** "light", "dark" or "auto". */
  get theme() {
    return now.theme ?? "auto";
  },
  set theme(value) {
    write("theme", value);
  },
  /** The language that was chosen; none as long as the browser's counts. */
  get language() {
    return now.language ?? null;
  },
  set language(value) {
    write("language", value);
  },
  /** Whether CSV files are saved with decimal commas; at first as the browser's language writes numbers. */
  get decimalComma() {
    return now.decimalComma ?? (1.5).toLocaleString().includes(",");
  },
  set decimalComma(value) {
    write("decimalComma", value);
  },
  /** The view that was chosen; none as long as the server's counts. */
  get view() {
    return now.view ?? null;
  },
  set view(value) {
    write("view", value ?? undefined);
  },
  /** How frequent states are assumed to be, as a request says it; none as long as the server's counts. */
  get priors() {
    return now.priors ?? null;
  },
  set priors(value) {
    write("priors", value ?? undefined);
  },
  /** What each request that analyzes faces says about both. */
  assumed: () => ({ view: now.view, priors: now.priors }),
  /** When the user confirmed that those seen know about it. */
  get agreed() {
    return now.agreed ?? null;
  },
  set agreed(value) {
    write("agreed", value);
  },
  /** Faces that a group has at least for its figures and states to be shown; the server says it before anything is shown. */
  usualGroup: 0,
  /**
   * The same for a result whose few people are shown all the same; that is asked for each result, on every visit anew.
   * @param {boolean} [open]
   */
  minGroup(open = false) {
    return open ? 1 : this.usualGroup;
  },
  /** The live sessions of this browser, the last one first, so that they survive a reload; the server says which it still has. */
  sessions: () =>
    heldOf("session")
      .reverse()
      .map(({ id }) => id),
  /** @param {string} id */
  keepSession: (id) => hold("session", id),
  /** @param {string} id */
  endSession: (id) => letGo("session", id),
  /** The class that was opened last; the server says whether it goes on. */
  get class() {
    return heldOf("class").at(-1)?.id ?? null;
  },
  /** @param {string} id */
  keepClass: (id) => hold("class", id),
  /** @param {string} id */
  endClass: (id) => letGo("class", id),
  /** The camera that was chosen last, as the browser calls it. */
  get camera() {
    return now.camera ?? "";
  },
  set camera(value) {
    write("camera", value || undefined);
  },
  /** Recordings that the server has, so that they survive a reload. */
  recordings: () => heldOf("recording"),
  /**
   * @param {string} id
   * @param {string} name
   */
  keepRecording: (id, name) => hold("recording", id, name),
  /** @param {string} id */
  dropRecording: (id) => letGo("recording", id),
};
