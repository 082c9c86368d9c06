// What people say of faces, kept by this browser until they delete it: no server has it, and a reload loses nothing.
import { keptApart } from "./kept_apart.js";

/** @typedef {Api.AnnotationList["annotations"][number]} Entry an annotation as its file has it */
/** @typedef {Api.AnnotationList["media"][number]} Medium what is known of a photo or recording: other tools count its frames */

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
 * How this browser stands with the server about the edits of a recording, kept apart from the rest: the edition of the list that
 * both had last, and whether there were changes since then.
 * @typedef {{ edition: number, waiting: boolean }} Agreed
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

const PLACE = (globalThis.location?.pathname ?? "/").replace(/\/[^/]*$/, "");
const KEY = `aiducation-labels${PLACE}`;
const AGREED = `aiducation-agreed${PLACE}`;
const agreements = /** @type {ReturnType<typeof keptApart<Agreed>>} */ (keptApart(AGREED)),
  known = /** @type {ReturnType<typeof keptApart<Medium>>} */ (keptApart(`aiducation-media${PLACE}`));

/** @type {Kept} */
const EMPTY = {
  labels: [],
  edits: {},
  names: {},
  annotator: "",
  session: null,
  groups: { agreed: false, attributes: [], states: true },
};

/**
 * @param {string | null} text
 * @param {Kept} missing what counts where the text says nothing
 * @returns {Kept}
 */
function parsed(text, missing = EMPTY) {
  try {
    return { ...missing, ...JSON.parse(text ?? "null") };
  } catch {
    return { ...missing };
  }
}

/** @param {"localStorage" | "sessionStorage"} where */
function textIn(where) {
  try {
    return globalThis[where].getItem(KEY);
  } catch {
    return null; // the browser keeps nothing
  }
}

let text = textIn("localStorage"),
  now = parsed(text),
  fresh = false,
  lost = false;

/**
 * What is kept now: other tabs may have changed it; but what the browser refused to keep, this tab alone has. All that is kept is
 * large: it is asked for once in a task, in which no other tab gets a word in, and parsed only where it is another text.
 */
function newest() {
  if (lost || fresh) return now;
  const there = textIn("localStorage");
  if (there !== text) [text, now] = [there, parsed(there)];
  fresh = true;
  queueMicrotask(() => {
    fresh = false;
  });
  return now;
}

/**
 * Keep a new value of a field; other tabs may have changed the others.
 * @template {keyof Kept} N
 * @param {N} name
 * @param {Kept[N]} value
 */
function keep(name, value) {
  now = { ...newest(), [name]: value };
  try {
    const changed = JSON.stringify(now);
    localStorage.setItem(KEY, changed);
    text = changed;
    lost = false;
  } catch {
    lost = true; // private mode, or no room left: for this visit only
  }
  known.filter(isSaid());
}

/** Whether something is said of a photo or recording. */
function isSaid() {
  const said = new Set([...newest().labels, ...Object.values(newest().edits).flat()].map(({ source }) => source));
  return (/** @type {string} */ source) => said.has(source);
}

/**
 * Call a function whenever another tab has changed what is kept, or the server has told it of edits; gives a function that ends it.
 * @param {() => void} listener
 */
export function onOtherTab(listener) {
  /** @param {StorageEvent} event */
  const heard = ({ key }) => {
    if (key === KEY || key === AGREED || key === null) listener(); // null: all was deleted
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

/** Whether the browser refused to keep what was said last. */
export const isLost = () => lost;

/**
 * Who labels in this tab, and the session that its reload goes on with: another tab may have other ones, and new tabs begin with
 * those that were kept last.
 */
const here = ofTab(parsed(textIn("sessionStorage"), now));

/** @param {Kept} kept */
function ofTab({ annotator, session }) {
  return { annotator, session };
}

/**
 * @template {"annotator" | "session"} N
 * @param {N} name
 * @param {Kept[N]} value
 */
function keepHere(name, value) {
  Object.assign(here, { [name]: value });
  try {
    sessionStorage.setItem(KEY, JSON.stringify(here));
  } catch {
    /* for this visit only */
  }
  keep(name, value);
}

/** Who labels; the session that a reload goes on with. */
export const person = {
  get name() {
    return here.annotator;
  },
  set name(value) {
    keepHere("annotator", value);
  },
  get session() {
    return here.session;
  },
  set session(value) {
    keepHere("session", value);
  },
};

/** Which group labels this project asks for. */
export const groups = {
  get asked() {
    return newest().groups;
  },
  /** @param {Partial<Asked>} change */
  ask(change) {
    keep("groups", { ...newest().groups, ...change });
  },
  /** Nothing is asked any more: the project is over. */
  end() {
    keep("groups", EMPTY.groups);
  },
};

/** Labels of faces, in the order in which they were given. */
export const labels = {
  all: () => newest().labels,
  /**
   * Add those that are not there yet: who reads a file of their own labels has them once.
   * @param {Entry[]} more
   */
  add(more) {
    const { labels } = newest();
    keep("labels", [...labels, ...missingIn(more, labels)]);
  },
  /**
   * Take one back.
   * @param {Entry} label
   */
  remove(label) {
    keep("labels", without(newest().labels, label));
  },
  clear() {
    keep("labels", []);
  },
};

/**
 * The entries without one of them: the last that says the same.
 * @param {Entry[]} entries
 * @param {Entry | undefined} entry
 */
export function without(entries, entry) {
  const words = entry && saying(entry);
  const at = entries.findLastIndex((one) => saying(one) === words);
  return entries.filter((_, i) => i !== at);
}

/** What an entry says, in whatever order its fields come. @param {Entry} entry */
export const saying = (entry) => JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Whether two lists say the same in the same order.
 * @param {Entry[]} some
 * @param {Entry[]} others
 */
export const sayTheSame = (some, others) => JSON.stringify(some.map(saying)) === JSON.stringify(others.map(saying));

/**
 * The entries of the first list that the second one does not have.
 * @param {Entry[]} some
 * @param {Entry[]} others
 */
export function missingIn(some, others) {
  const said = new Set(others.map(saying));
  return some.filter((entry) => !said.has(saying(entry)));
}

/** What is known of the photos and recordings of which something is said; it goes with the last that is said of them. */
export const media = {
  /** @param {Entry[]} entries */
  of(entries) {
    const all = known.all();
    return [...new Set(entries.map(({ source }) => source))].flatMap((source) => all[source] ?? []);
  },
  /** @param {Medium[]} more */
  know(more) {
    const said = isSaid();
    known.add(Object.fromEntries(more.filter(({ source }) => said(source)).map((one) => [one.source, one])));
  },
};

/**
 * The edits of a result, in the order in which they are applied.
 * @param {string} key of a recording or a photo
 */
export const editsOf = (key) => newest().edits[key] ?? [];

/**
 * @param {string} key
 * @param {Entry[]} entries
 */
export function keepEdits(key, entries) {
  const { [key]: _, ...others } = newest().edits;
  keep("edits", entries.length ? { ...others, [key]: entries } : others);
  const agreed = agreedOf(key);
  if (agreed) keepAgreed(key, { ...agreed, waiting: true });
}

/**
 * How this browser stands with the server about the edits of a recording.
 * @param {string} key
 * @returns {Agreed | undefined}
 */
export const agreedOf = (key) => agreements.all()[key];

/**
 * @param {string} key
 * @param {Agreed} agreed
 */
export const keepAgreed = (key, agreed) => agreements.add({ [key]: agreed });

/**
 * The server has a list of edits now: what was changed since it was sent, here or in another tab, still waits.
 * @param {string} key
 * @param {number} edition
 * @param {Entry[]} sent
 */
export const agreeOn = (key, edition, sent) => keepAgreed(key, { edition, waiting: !sayTheSame(editsOf(key), sent) });

/** What has edits or names: recordings and photos, also those that are gone. */
export const editedKeys = () => [...new Set([...Object.keys(newest().edits), ...Object.keys(newest().names)])];

/**
 * Forget what was said of a recording or a photo.
 * @param {string} key
 */
export function forgetEdits(key) {
  keepEdits(key, []);
  keepNames(key, {});
  agreements.filter((other) => other !== key);
  if (here.session?.id === key)
    keepHere("session", null); // it has the name of the recording
  else if (newest().session?.id === key) keep("session", null);
}

/**
 * Names of the tracks of a recording: track number -> name.
 * @param {string} key
 * @returns {Record<string, string>}
 */
export const namesOf = (key) => newest().names[key] ?? {};

/**
 * @param {string} key
 * @param {Record<string, string>} names
 */
export function keepNames(key, names) {
  const { [key]: _, ...others } = newest().names;
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
  ...(here.annotator && { annotator: here.annotator }),
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
