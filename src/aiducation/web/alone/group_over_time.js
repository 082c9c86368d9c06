// What is said of all faces of a recording together, as aiducation.observations.group and timeline say it; change points aside.
import { countsOf, expressionsOf, shareOf, taking, whyWithheld } from "./group_figures.js";
import { round } from "./judge.js";
import { _, number } from "./language.js";
import { model, outcomes, probabilityOf } from "./looks.js";
import { rint } from "./pillow.js";
import { stepAt } from "./times.js";
import { clock } from "./ui.js";

/** @typedef {Api.Result["faces"][number]} Row */
/** @typedef {{ time_s: number, faces: Row[] }} Frame */

const MOST_STEPS = 120,
  STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600],
  MOST_NAMED = 3,
  SHORTEST_S = 0.001; // for which a picture stands at least

/** @param {Row} face */
const seenWell = (face) => face.p_neutral !== null;
/** @param {number[]} values */
const mean = (values) => (values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null);
/**
 * @param {number | null} value
 * @param {number} digits
 */
const rounded = (value, digits = 4) => (value === null ? null : round(value, digits));

/**
 * How many faces of each kind the frames show on average.
 * @param {Frame[]} frames
 */
function meanCounts(frames) {
  const counts = countsOf(frames.flatMap(({ faces }) => taking(faces)));
  return Object.fromEntries(
    Object.entries(counts).map(([name, n]) => [name, frames.length ? n / frames.length : null]),
  );
}

/**
 * The mean probabilities of each person over some frames; null where never seen well.
 * @param {Frame[]} frames
 */
function peopleOf(frames) {
  const views = /** @type {Map<number | null, Row[]>} */ (new Map());
  for (const { faces } of frames)
    for (const face of taking(faces)) views.set(face.track_id, [...(views.get(face.track_id) ?? []), face]);
  return [...views.values()].map((some) => {
    const well = some.filter(seenWell);
    if (!well.length) return null;
    return outcomes().map(
      (state) => mean(well.map((face) => probabilityOf(state, (part) => face[`p_${part}`]) ?? 0)) ?? 0,
    );
  });
}

/**
 * The group in equal steps of time.
 * @param {Frame[]} frames
 * @param {number} every_s
 * @param {number} least
 */
function stepsOf(frames, every_s, least) {
  const end_s = frames.at(-1)?.time_s ?? 0;
  const step_s =
    STEPS_S.find((step) => step >= every_s && end_s / step < MOST_STEPS) ?? Math.max(end_s / MOST_STEPS, every_s);
  const bins = /** @type {Frame[][]} */ ([]);
  for (const frame of frames) {
    const at = stepAt(frame.time_s, step_s);
    while (bins.length <= at) bins.push([]);
    bins[at].push(frame);
  }
  const steps = bins.map((some) => {
    const n_faces = mean(some.map(({ faces }) => taking(faces).length));
    const well = mean(some.map(({ faces }) => taking(faces).filter(seenWell).length));
    const withheld = !(least === 1 ? (well ?? 0) > 0 : rint(well ?? 0) >= least);
    const people = peopleOf(some);
    const known = people.flatMap((one) => (one ? [one] : []));
    const shares =
      withheld || !known.length ? null : outcomes().map((_state, k) => mean(known.map((one) => one[k])) ?? 0);
    const unclear = people.length ? (people.length - known.length) / people.length : null;
    return { n_faces, well, withheld, shares, unclear, counts: withheld ? null : meanCounts(some) };
  });
  return { step_s, steps };
}

/**
 * Until when the frames stand, as aiducation.observations.recording says it.
 * @param {Frame[]} frames
 * @param {{ every_s: number, duration_s?: number }} head
 */
function lengthOf(frames, { every_s, duration_s = 0 }) {
  const last_s = frames.at(-1)?.time_s ?? 0;
  return Math.min(last_s + every_s, duration_s > last_s + SHORTEST_S ? duration_s : Number.POSITIVE_INFINITY);
}

/**
 * The group of a recording.
 * @param {Frame[]} frames
 * @param {{ every_s: number, duration_s?: number }} head
 * @param {number} least smallest group whose figures and states are shown
 */
export function groupOverTime(frames, head, least) {
  const { step_s, steps } = stepsOf(frames, head.every_s, least);
  const shown = steps.filter(({ shares }) => shares !== null);
  const hidden = frames.map(({ time_s }) => least > 1 && steps[stepAt(time_s, step_s)].withheld);
  const everybody = frames.flatMap(({ faces }) => taking(faces));
  const well = everybody.filter(seenWell).length;
  const withheld = whyWithheld(everybody.length, well, shown.length > 0, least);
  const some = frames.some(({ faces }, i) => hidden[i] && faces.some(seenWell));
  const n = mean(shown.map((step) => step.well ?? 0)) ?? 0;
  const open = frames.filter((_frame, i) => !hidden[i]);
  const counts = meanCounts(open);
  const spans = stretchesOf(steps, step_s, lengthOf(frames, head));
  const columns = Object.fromEntries([
    ["start_s", steps.map((_step, i) => round(i * step_s, 3))],
    ["faces", steps.map((step) => rounded(step.n_faces, 2))],
    ["unclear", steps.map((step) => rounded(step.unclear))],
    ...Object.keys(counts).map((name) => [`n_${name}`, steps.map((step) => rounded(step.counts?.[name] ?? null))]),
    ...outcomes().flatMap((state, k) => {
      const with_ = steps.map((step) => (step.shares ? shareOf(step.shares[k], step.well ?? 0) : null));
      return [
        [state, with_.map((one) => one?.share ?? null)],
        [`${state}_low`, with_.map((one) => one?.low ?? null)],
        [`${state}_high`, with_.map((one) => one?.high ?? null)],
      ];
    }),
  ]);
  const group = {
    min_group: least,
    view: model.view,
    found: everybody.length,
    judged: frames.flatMap(({ faces }) => faces).filter(({ state }) => state !== "unclear").length,
    withheld,
    states_withheld: some ? wordsOf(spans, steps, shown.length > 0, least) : null,
    counts: withheld ? null : Object.fromEntries(Object.entries(counts).map(([name, one]) => [name, rounded(one, 2)])),
    expressions: withheld
      ? null
      : expressionsOf(
          open.flatMap(({ faces }) => taking(faces)),
          open.length,
        ),
    shares: withheld
      ? null
      : Object.fromEntries(
          outcomes().map((state, k) => [state, shareOf(mean(shown.map((step) => step.shares?.[k] ?? 0)) ?? 0, n)]),
        ),
    withheld_s: some ? spans : [],
    timeline: { step_s, ...columns },
    changes: [],
    needed: null,
    conclusion: _("A page without a server does not look for change points."),
    untested: _("A page without a server does not look for change points."),
  };
  return { group: /** @type {Group} */ (/** @type {unknown} */ (group)), hidden };
}

/**
 * Start and end in seconds of each stretch of steps that are withheld; the last step ends with the recording.
 * @param {{ withheld: boolean }[]} steps
 * @param {number} step_s
 * @param {number} end_s
 */
function stretchesOf(steps, step_s, end_s) {
  const found = /** @type {[number, number][]} */ ([]);
  steps.forEach(({ withheld }, i) => {
    if (!withheld) return;
    const last = found.at(-1);
    const until_s = round(i + 1 < steps.length ? (i + 1) * step_s : end_s, 4);
    if (last && i > 0 && steps[i - 1].withheld) last[1] = until_s;
    else found.push([round(i * step_s, 4), until_s]);
  });
  return found;
}

/**
 * @param {[number, number][]} spans
 * @param {{ withheld: boolean }[]} steps
 * @param {boolean} some
 * @param {number} least
 */
function wordsOf(spans, steps, some, least) {
  if (!some) return _("The states of single faces are not shown for the same reason.");
  if (spans.length > MOST_NAMED) {
    const share = Math.max((100 * steps.filter(({ withheld }) => withheld).length) / steps.length, 1);
    return _(
      "For {share} % of the time fewer than {min_group} faces were seen well; their states are not shown then.",
      {
        share: number(share, 0),
        min_group: least,
      },
    );
  }
  const times = spans.map(([start, end]) => `${clock(start)}–${clock(end)}`).join(", ");
  return _("At {times} fewer than {min_group} faces were seen well; their states are not shown then.", {
    times,
    min_group: least,
  });
}
