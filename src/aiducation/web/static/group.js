// Figures about a group and about one face.

import { percent } from "./language.js";
import { chip, inkOf, model, outcomes, probabilityOf, reasonOf } from "./looks.js";
import { many, t } from "./texts.js";
import { facts, h, show } from "./ui.js";

/** @typedef {import("./ui.js").Child} Child */

/**
 * @param {State} state
 * @param {number} share
 */
function bar(state, share) {
  return h(
    "div",
    { class: "bar", style: inkOf(state), "aria-hidden": "true" },
    h("i", { style: { width: `${share * 100}%` } }),
  );
}

/** @typedef {keyof NonNullable<Group["counts"]>} Count */

/** Of a state that another view shows. */
const NO_SHARE = { share: 0, low: 0, high: 0 };

/** Faces that were given no state. */
const NONE = /** @type {const} */ (["not_sure", "not_seen_well"]);

/**
 * A row: what it is, a bar, its number, and a second line.
 * @param {State} state
 * @param {string} name
 * @param {number} share
 * @param {string} number
 * @param {string} [second]
 */
function row(state, name, share, number, second) {
  return h(
    "div",
    { class: "share" },
    h("span", { class: "name" }, chip(state), name),
    bar(state, share),
    h("span", { class: "num" }, number),
    second && h("span", { class: "range" }, second),
  );
}

/**
 * Of a group: how many faces were given each state, then its mean probability; last those that were given none.
 * @param {{ counts: NonNullable<Group["counts"]>, shares: NonNullable<Group["shares"]>, view?: string }} group
 */
function countRows({ counts, shares, view }) {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  /**
   * @param {Count} key
   * @returns {[number, string]}
   */
  const of = (key) => [(counts[key] ?? 0) / Math.max(total, 1e-9), t.group.of(counts[key] ?? 0, total)];
  return [
    ...outcomes(view).map((state) => {
      const { share, low, high } = shares[state] ?? NO_SHARE;
      return row(state, t.states[state], ...of(state), t.group.mean(percent(share), percent(low), percent(high)));
    }),
    ...NONE.filter((key) => many(counts[key]) !== many(0)).map((key) =>
      row("unclear", t.group.none_of[key], ...of(key)),
    ),
  ];
}

/**
 * What the faces of another expression show, most often a smile; nothing where nothing is known of it.
 * @param {Group["expressions"]} expressions
 */
function otherWords(expressions) {
  const named = Object.entries(expressions ?? {}).filter(([, n]) => many(n) !== many(0));
  const list = named.map(
    ([name, n]) => `${many(n)} ${t.expressions[/** @type {keyof typeof t.expressions} */ (name)]}`,
  );
  return list.length > 0 && h("p", { class: "small" }, t.group.expressions(list.join(", ")));
}

/**
 * How many faces of a group show each state, and the mean probabilities with their intervals; or why there are none.
 * @param {Group} group
 * @param {{ looks?: number }} options
 */
export function groupShares(group, { looks } = {}) {
  return [
    figuresOf(group, looks),
    group.counts && group.shares && explanation(),
    group.states_withheld && h("p", {}, group.states_withheld),
  ];
}

/**
 * The same while a camera runs: the figures are painted anew with each picture, and whoever reads what they mean is not disturbed.
 * @param {Child} waiting what is shown before the first figures
 */
export function groupNow(waiting) {
  const figures = h("div", {}, waiting),
    meaning = explanation(),
    withheld = h("div");
  meaning.hidden = true;
  return {
    element: h("div", {}, figures, meaning, withheld),
    /** @param {Group} group */
    paint(group) {
      show(figures, figuresOf(group));
      meaning.hidden = !group.counts || !group.shares;
      show(withheld, group.states_withheld && h("p", {}, group.states_withheld));
    },
    /** @param {Child} words in the place of figures */
    say(words) {
      show(figures, words);
      show(withheld);
      meaning.hidden = true;
    },
  };
}

/**
 * @param {Group} group
 * @param {number} [looks]
 */
function figuresOf(group, looks) {
  const words = looks
    ? t.group.countsOverTime(Math.round(group.found / looks))
    : t.group.counts(group.found, group.judged);
  const found = h("p", { class: "muted small" }, words);
  const { withheld, counts, shares, expressions, view } = group;
  if (!counts || !shares) return [found, h("p", {}, withheld)];
  return [found, h("div", { class: "shares counted" }, countRows({ counts, shares, view })), otherWords(expressions)];
}

let explained = false; // whether the words are unfolded: they stay so from one photo to the next

/** What bars and numbers mean, to unfold. */
function explanation() {
  /** @type {HTMLDetailsElement} */
  const one = h(
    "details",
    {
      open: explained,
      ontoggle: () => {
        explained = one.open;
      },
    },
    h("summary", { class: "muted small" }, t.group.explainTitle),
    h("p", { class: "muted small" }, t.group.explain),
  );
  return one;
}

/**
 * The probabilities of what a view shows.
 * @param {(outcome: Measured) => number | null} of
 * @param {string} [view]
 */
export const probabilities = (of, view) =>
  h(
    "div",
    { class: "shares" },
    outcomes(view).map((state) => {
      const share = probabilityOf(state, of);
      return row(state, t.states[state], share ?? 0, percent(share));
    }),
  );

/**
 * What is known of one face: state, reason, probabilities, quality.
 * @param {Face} face
 * @param {string} [view] of the result that it is from
 */
export function faceDetails(face, view) {
  const quality = facts(t.face.quality(face, model.quality.max_yaw));
  if (face.state === "withheld") return [h("p", {}, t.few.face), quality];
  const unclear = face.state === "unclear";
  const title = unclear
    ? t.face.unclear(reasonOf(face.reason).name)
    : t.face.looks(
        face.state,
        t.states[face.state],
        percent(face.confidence),
        face.expression && t.expressions[face.expression],
      );
  return [
    h("p", { class: "row" }, chip(face.state), h("b", {}, title)),
    unclear && h("p", { class: "muted small" }, reasonOf(face.reason).hint),
    face.p_neutral === null
      ? h("p", { class: "small" }, t.face.notAsked)
      : probabilities((state) => face[`p_${state}`], view),
    quality,
  ];
}
