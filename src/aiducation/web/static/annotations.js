// What people say of faces, kept by this browser until they delete it: no server has it, and a reload loses nothing.

/** @typedef {Api.AnnotationList["annotations"][number]} Entry an annotation as its file has it */

/**
 * What is kept: labels of the page "Label", edits of results by recording or photo, names of tracks by recording, and who labels.
 * @typedef {{
 *   labels: Entry[],
 *   edits: Record<string, Entry[]>,
 *   names: Record<string, Record<string, string>>,
 *   annotator: string,
 *   session: Session | null,
 *   groups: Asked,
 * }} Kept
 */

/**
 * What is asked of each face besides its state: attributes, and whether the state is asked. Nothing is asked before somebody has
 * said that the project may make such labels.
 * @typedef {{ agreed: boolean, attributes: string[], states: boolean }} Asked
 */

/**
 * The labelling of a recording that a reload goes on with.
 * @typedef {{ id: string, name: string, n: number, from: number, to: number | null, shown: boolean }} Session
 */

const KEY = `aiducation-labels${(globalThis.location?.pathname ?? "/").replace(/\/[^/]*$/, "")}`;

/** @type {Kept} */
const EMPTY = {
  labels: [],
  edits: {},
  names: {},
  annotator: "",
  session: null,
  groups: { agreed: false, attributes: [], states: true },
};

/** @returns {Kept} */
function read() {
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(KEY) ?? "null") };
  } catch {
    return { ...EMPTY };
  }
}

let now = read();
let lost = false;

/**
 * Keep a new value of a field; other tabs may have changed the others.
 * @template {keyof Kept} N
 * @param {N} name
 * @param {Kept[N]} value
 */
function keep(name, value) {
  now = { ...read(), [name]: value };
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
    lost = false;
  } catch {
    lost = true; // private mode, or no room left: for this visit only
  }
}

globalThis.addEventListener?.("storage", ({ key }) => {
  if (key === KEY) now = read();
});

/** Whether the browser refused to keep what was said last. */
export const isLost = () => lost;

/** Who labels; the session that a reload goes on with. */
export const person = {
  get name() {
    return now.annotator;
  },
  set name(value) {
    keep("annotator", value);
  },
  get session() {
    return now.session;
  },
  set session(value) {
    keep("session", value);
  },
};

/** Which group labels this project asks for. */
export const groups = {
  get asked() {
    return now.groups;
  },
  /** @param {Partial<Asked>} change */
  ask(change) {
    keep("groups", { ...read().groups, ...change });
  },
  /** Nothing is asked any more: the project is over. */
  end() {
    keep("groups", EMPTY.groups);
  },
};

/** Labels of faces, in the order in which they were given. */
export const labels = {
  all: () => now.labels,
  /** @param {...Entry} more */
  add(...more) {
    keep("labels", [...read().labels, ...more]);
  },
  /** @param {(one: Entry) => boolean} wanted */
  remove(wanted) {
    keep(
      "labels",
      read().labels.filter((one) => !wanted(one)),
    );
  },
};

/**
 * The edits of a result, in the order in which they are applied.
 * @param {string} key of a recording or a photo
 */
export const editsOf = (key) => now.edits[key] ?? [];

/**
 * @param {string} key
 * @param {Entry[]} entries
 */
export function keepEdits(key, entries) {
  const { [key]: _, ...others } = read().edits;
  keep("edits", entries.length ? { ...others, [key]: entries } : others);
}

/** What has edits or names: recordings and photos, also those that are gone. */
export const editedKeys = () => [...new Set([...Object.keys(now.edits), ...Object.keys(now.names)])];

/**
 * Forget what was said of a recording or a photo.
 * @param {string} key
 */
export function forgetEdits(key) {
  keepEdits(key, []);
  keepNames(key, {});
}

/**
 * Names of the tracks of a recording: track number -> name.
 * @param {string} key
 * @returns {Record<string, string>}
 */
export const namesOf = (key) => now.names[key] ?? {};

/**
 * @param {string} key
 * @param {Record<string, string>} names
 */
export function keepNames(key, names) {
  const { [key]: _, ...others } = read().names;
  keep("names", Object.keys(names).length ? { ...others, [key]: names } : others);
}

/**
 * What a photo is kept by: files of one name are told apart by their size.
 * @param {File} file
 */
export const photoKey = (file) => `photo:${file.name}:${file.size}`;

/**
 * What every annotation begins with.
 * @param {string} source
 */
export const madeNow = (source) => ({
  source,
  ...(now.annotator && { annotator: now.annotator }),
  made_at: new Date().toISOString(),
});

/**
 * The box of a face as an annotation has it.
 * @param {Box} face
 * @returns {[number, number, number, number]}
 */
export const boxOf = ({ left, top, right, bottom }) => [left, top, right, bottom];

/**
 * Whether a label is about a face: the same picture, the same place.
 * @param {Entry} label
 * @param {string} source
 * @param {Box & { time_s: number | null }} face
 */
export function isAbout(label, source, face) {
  if (label.source !== source || !label.box) return false;
  if ((label.from_s ?? null) !== (face.time_s === null ? null : round(face.time_s))) return false;
  return boxOf(face).every((side, i) => Math.abs(side - (label.box?.[i] ?? 0)) < 1);
}

/**
 * Seconds as annotations have them.
 * @param {number} seconds
 */
export const round = (seconds) => Math.round(seconds * 1e4) / 1e4;
