// What the package says through /api/model: the model, and how states look, the same everywhere: colour, letter, words.
import { settings } from "./settings.js";
import { h } from "./ui.js";

/** The answer of /api/model; there once `learn` has it, which is before anything is shown. */
export let model = /** @type {Api.Model} */ (/** @type {unknown} */ (null));

/**
 * Take over what the package says.
 * @param {Api.Model} answer
 */
export function learn(answer) {
  model = answer;
}

/** The server forgets what nobody asks for: an open page asks so often, in milliseconds. */
export const stayMs = () => Math.min(300, (model.server_limits.keep_s ?? Number.POSITIVE_INFINITY) / 3) * 1000;

/**
 * The colour of a state, the ink that can be read on it, its letter.
 * @param {State} state
 */
const lookOf = (state) => model.looks[state];

/** The view in which faces are analyzed from now on: the one that was chosen on this page, else the server's. */
export const viewNow = () => settings.view ?? model.view;

/**
 * What a view tells apart: the four states, or some of them merged; then other. A result says which view it has.
 * @param {string} view
 */
export const outcomes = (view = viewNow()) => /** @type {Outcome[]} */ (Object.keys(model.views[view] ?? {}));

/**
 * The same, and unclear.
 * @param {string} view
 * @returns {State[]}
 */
export const order = (view = viewNow()) => [...outcomes(view), "unclear"];

/**
 * Probability of what a view shows, of a face or a track: neutral and focused may be one state.
 * @param {Outcome} state
 * @param {(outcome: Measured) => number | null} of probability of one that the model tells apart
 */
export const probabilityOf = (state, of) => {
  const merged = Object.values(model.views).find((view) => view[state])?.[state] ?? [state];
  const parts = /** @type {Measured[]} */ (merged).map(of);
  return parts.some((part) => part === null)
    ? null
    : parts.reduce((/** @type {number} */ sum, part) => sum + (part ?? 0), 0);
};

/**
 * Why a state is unclear, and what to do about it.
 * @param {string | null} reason
 */
export const reasonOf = (reason) => model.reasons[reason ?? ""] ?? { name: reason ?? "", hint: "" };

/** @param {State} state */
export const colorOf = (state) => lookOf(state).color;

/** @param {State} state */
export const markOf = (state) => lookOf(state).mark;

/**
 * CSS variables of a state, for elements that use --c and --c-ink.
 * @param {State} state
 */
export const inkOf = (state) => ({ "--c": lookOf(state).color, "--c-ink": lookOf(state).ink });

/**
 * The letter of a state on its colour.
 * @param {State} state
 */
export const chip = (state) =>
  h(
    "span",
    { class: state === "withheld" ? "chip withheld" : "chip", style: inkOf(state), "aria-hidden": "true" },
    markOf(state),
  );
