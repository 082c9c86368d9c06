// What is said of all faces of a picture together, as aiducation.observations.group says it.
import { round } from "./judge.js";
import { _ } from "./language.js";
import { model, outcomes, probabilityOf } from "./looks.js";

/**
 * The group of a picture.
 * @param {Api.Result["faces"]} faces
 * @param {number} least smallest group whose figures and states are shown
 * @returns {Group}
 */
export function groupOf(faces, least) {
  const well = faces.filter((face) => face.p_neutral !== null);
  const hidden = least > 1 && well.length < least;
  const withheld = whyWithheld(faces.length, well.length, least);
  const group = {
    min_group: least,
    view: model.view,
    found: faces.length,
    judged: faces.filter(({ state }) => state !== "unclear").length,
    withheld,
    states_withheld: hidden && well.length ? _("The states of single faces are not shown for the same reason.") : null,
    counts: withheld ? null : countsOf(faces),
    shares: withheld ? null : Object.fromEntries(outcomes().map((state) => [state, shareOf(state, well)])),
  };
  return /** @type {Group} */ (/** @type {unknown} */ (group));
}

/**
 * @param {number} found
 * @param {number} well
 * @param {number} least
 */
function whyWithheld(found, well, least) {
  if (!found) return _("No face was found.");
  if (!well) return _("No face was seen well enough.");
  if (well >= least) return null;
  return _(
    "Group figures are withheld: fewer than {min_group} faces were seen well enough, so they would reveal the states of single persons.",
    { min_group: least },
  );
}

/** @param {Api.Result["faces"]} faces */
function countsOf(faces) {
  const names = [...outcomes(), "not_sure", "not_seen_well"];
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (const { state, reason } of faces)
    counts[state === "unclear" ? (reason === "not sure" ? "not_sure" : "not_seen_well") : state] += 1;
  return counts;
}

/**
 * Mean probability with its 95 % interval.
 * @param {Outcome} state
 * @param {Api.Result["faces"]} well
 */
function shareOf(state, well) {
  const n = well.length;
  const share = well.reduce((sum, face) => sum + (probabilityOf(state, (part) => face[`p_${part}`]) ?? 0), 0) / n;
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
