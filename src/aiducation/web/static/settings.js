// What the user chose, kept by the browser: nothing of it leaves the machine.

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
 *   recordings?: { id: string, name: string }[],
 *   session?: string,
 *   class?: string,
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
  /** The live session that was begun last, so that it survives a reload; the server says whether it still has it. */
  get session() {
    return newest().session ?? null;
  },
  set session(value) {
    write("session", value ?? undefined);
  },
  /**
   * It is over; one that another tab has begun meanwhile is not.
   * @param {string} id
   */
  endSession(id) {
    if (this.session === id) this.session = null;
  },
  /** The class that was opened last; the server says whether it goes on. */
  get class() {
    return newest().class ?? null;
  },
  set class(value) {
    write("class", value ?? undefined);
  },
  /**
   * The same for a class.
   * @param {string} id
   */
  endClass(id) {
    if (this.class === id) this.class = null;
  },
  /** The camera that was chosen last, as the browser calls it. */
  get camera() {
    return now.camera ?? "";
  },
  set camera(value) {
    write("camera", value || undefined);
  },
  /** Recordings that the server has, as [{ id, name }], so that they survive a reload. Other tabs write to it, too. */
  recordings: () => newest().recordings ?? [],
  /**
   * @param {string} id
   * @param {string} name
   */
  keepRecording(id, name) {
    write("recordings", [...this.recordings(), { id, name }]);
  },
  /** @param {string | undefined} id */
  dropRecording(id) {
    const rest = this.recordings().filter((one) => one.id !== id);
    if (rest.length < this.recordings().length) write("recordings", rest);
  },
};
