// What the package says through /api/model: the model, and how states look, the same everywhere: colour, letter, words.
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

/** The states that are told of single faces in the server's view: the four, or some of them merged; other, unclear. */
export const order = () => model.shown;

/** What the view tells apart: the states without unclear. */
export const outcomes = () => /** @type {Outcome[]} */ (order().filter((state) => state !== "unclear"));

/**
 * Probability of what the view shows, of a face or a track: neutral and focused may be one state.
 * @param {Outcome} state
 * @param {(outcome: Measured) => number | null} of probability of one that the model tells apart
 */
export const probabilityOf = (state, of) => {
  const parts = /** @type {Measured[]} */ (model.views[model.view][state]).map(of);
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
