// What is said of all faces of a picture together, as aiducation.observations.group says it.
import { round } from "./judge.js";
import { _ } from "./language.js";
import { model, outcomes, probabilityOf } from "./looks.js";
import { NOT_MOVING } from "./still_faces.js";

/**
 * The faces of those who take part: not those that never move.
 * @template {{ reason: string | null }} T
 * @param {T[]} faces
 */
export const taking = (faces) => faces.filter(({ reason }) => reason !== NOT_MOVING);

/**
 * The group of a picture.
 * @param {Api.Result["faces"]} all
 * @param {number} least smallest group whose figures and states are shown
 * @returns {Group}
 */
export function groupOf(all, least) {
  const faces = taking(all);
  const well = faces.filter((face) => face.p_neutral !== null);
  const hidden = least > 1 && well.length < least;
  const withheld = whyWithheld(faces.length, well.length, well.length >= least, least);
  const group = {
    min_group: least,
    view: model.view,
    found: faces.length,
    judged: faces.filter(({ state }) => state !== "unclear").length,
    withheld,
    states_withheld: hidden && well.length ? _("The states of single faces are not shown for the same reason.") : null,
    counts: withheld ? null : countsOf(faces),
    expressions: withheld ? null : expressionsOf(faces),
    shares: withheld
      ? null
      : Object.fromEntries(outcomes().map((state) => [state, shareOf(meanOf(state, well), well.length)])),
  };
  return /** @type {Group} */ (/** @type {unknown} */ (group));
}

/**
 * Why there are no figures; null where there are.
 * @param {number} found faces
 * @param {number} well faces that were seen well
 * @param {boolean} enough whether the group was large enough, at some time
 * @param {number} least
 */
export function whyWithheld(found, well, enough, least) {
  if (!found) return _("No face was found.");
  if (!well) return _("No face was seen well enough.");
  if (enough) return null;
  return _(
    "Group figures are withheld: fewer than {min_group} faces were seen well enough, so they would reveal the states of single persons.",
    { min_group: least },
  );
}

/**
 * How many faces there are of each kind.
 * @param {Api.Result["faces"]} faces
 * @returns {Record<string, number>}
 */
export function countsOf(faces) {
  const names = [...outcomes(), "not_sure", "not_seen_well"];
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (const { state, reason } of faces)
    counts[state === "unclear" ? (reason === "not sure" ? "not_sure" : "not_seen_well") : state] += 1;
  return counts;
}

/**
 * What the faces of another expression show in some frames, a mean for each, the most frequent first.
 * @param {Api.Result["faces"]} faces
 * @param {number} frames
 */
export function expressionsOf(faces, frames = 1) {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const { expression } of faces) if (expression) counts[expression] = (counts[expression] ?? 0) + 1;
  const sorted = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return Object.fromEntries(sorted.map(([name, n]) => [name, round(n / frames, 2)]));
}

/**
 * @param {Outcome} state
 * @param {Api.Result["faces"]} well
 */
const meanOf = (state, well) =>
  well.reduce((sum, face) => sum + (probabilityOf(state, (part) => face[`p_${part}`]) ?? 0), 0) / well.length;

/**
 * A mean probability over n faces with its 95 % interval.
 * @param {number} share
 * @param {number} n
 */
export function shareOf(share, n) {
  const center = (share * n + 2) / (n + 4);
  const spread = 1.96 * Math.sqrt((center * (1 - center)) / (n + 4));
  /** @param {number} value */
  const bounded = (value) => round(Math.min(Math.max(value, 0), 1), 4);
  return {
    share: round(share, 4),
    low: bounded(Math.min(center - spread, share)),
    high: bounded(Math.max(center + spread, share)),
  };
}
