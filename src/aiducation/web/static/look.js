// What the package says through /api/model: the model, and how states look, the same everywhere: colour, letter, words.
import { h } from "./ui.js";

/** @typedef {{ color: string, mark: string, ink: string }} Look */

const looks = /** @type {Map<State, Look>} */ (new Map());
const WITHHELD = { color: "#ffffff", mark: "", ink: "#06090d" }; // of a face whose state is not shown
/** @param {State} state */
const lookOf = (state) => looks.get(state) ?? WITHHELD;
/** Why a state can be unclear -> what to do about it. */
export const reasons = /** @type {Map<string, string>} */ (new Map());

/** @returns {Exclude<State, "withheld">[]} */
export const order = () => /** @type {Exclude<State, "withheld">[]} */ ([...looks.keys()]); // the four states, other, unclear
/** @returns {Outcome[]} */
export const outcomes = () => /** @type {Outcome[]} */ (order().slice(0, -1));

/** The answer of /api/model. */
export let model = /** @type {Api.Model} */ (/** @type {unknown} */ (null)); // before learn()

/**
 * Take over what the package says.
 * @param {Api.Model} answer
 */
export function learn(answer) {
  model = answer;
  for (const [state, { color, mark }] of Object.entries(model.looks))
    looks.set(/** @type {State} */ (state), { color, mark, ink: inkOn(color) });
  for (const [reason, hint] of Object.entries(model.reasons)) reasons.set(reason, hint);
}

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

/**
 * Dark or light letters, whichever contrasts more: relative luminance as WCAG 2.2 defines it.
 * @param {string} color
 */
export function inkOn(color) {
  const linear = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.179 ? "#06090d" : "#ffffff";
}
