// The words of the model's card and of the API's page.
import { _, language, number, percent } from "./language.js";

/** How well covers are found. @param {Api.Model} one */
function covers({ scores }) {
  const { covers_found: found } = /** @type {{ covers_found?: number }} */ (scores);
  return found
    ? _("get no state; {share} of made covers are found", { share: percent(found) })
    : _("get no state where that is noticed");
}

/** Parts of the data that the model learned from: every other set was collected by other people. */
const OWN_PARTS = ["valid", "test"];

/**
 * How often answers were wrong, on test pictures and on other people's.
 * @typedef {{ view?: string, scores: { accuracy_when_answered?: number }, elsewhere?: { sets?: Record<string, any>[] },
 *   test_accuracy?: number | null }} Judged
 * @param {Judged} judged
 */
export function howOftenWrong({ view, scores, elsewhere = {}, test_accuracy }) {
  const key = `${view === "calm" ? "calm_" : ""}accuracy_when_answered`;
  const sets = (elsewhere.sets ?? []).filter((one) => one[key]);
  const wrong = (/** @type {number} */ right) => number(100 - Math.round(right * 100), 0);
  const tested =
    sets.find(({ name }) => name === "test")?.[key].estimate ?? scores.accuracy_when_answered ?? test_accuracy;
  const others = sets.filter(({ name }) => !OWN_PARTS.includes(name)).map((one) => one[key].estimate);
  if (!tested) return _("How often this model is wrong was not measured.");
  if (!others.length)
    return _("On test pictures, {n} of 100 answers were wrong. On your pictures it can be more.", { n: wrong(tested) });
  return _(
    "On test pictures, {n} of 100 answers were wrong, and up to {most} on pictures of other people. On your pictures it can be more.",
    { n: wrong(tested), most: wrong(Math.min(...others)) },
  );
}

export const model = {
  title: _("The model"),
  lead: _("What judges the faces, how good it is, and what it cannot do."),
  what: _("What it is"),
  about: (/** @type {Api.Model} */ one, /** @type {string[]} */ names) => [
    _("A small neural network that says which of {n} outcomes a face shows: {names}.", {
      n: number(names.length),
      names: new Intl.ListFormat(language, { type: "unit" }).format(names),
    }),
    Boolean(one.training.images) &&
      _("It learned from the FER2013 pictures and the votes of ten people on each picture (FER+)."),
    _(
      "Below a probability of {threshold} it gives no answer. Faces that are too small, blurred, dark, bright, turned away or cut " +
        "off are not judged at all.",
      { threshold: percent(one.threshold) },
    ),
  ],
  facts: (/** @type {Api.Model} */ one) => {
    const training = /** @type {{ images?: number, epochs?: number, split?: string }} */ (one.training);
    const unknown = _("not stated");
    return [
      [_("name"), one.name],
      [_("version"), one.version],
      [
        _("trained on"),
        training.images
          ? _("{images} pictures, {epochs} epochs", {
              images: number(training.images),
              epochs: number(training.epochs ?? 0),
            })
          : unknown,
      ],
      [_("split"), training.split ?? unknown],
      [_("criteria of the states"), one.criteria],
      [_("data (SHA-256)"), one.data_hash.slice(0, 12) || unknown],
      [_("face detector"), one.detector],
      [_("smallest face"), _("{n} pixels", { n: number(one.smallest_face) })],
      [_("covered faces"), one.cover_threshold ? covers(one) : _("are judged like others")],
      ...Object.entries(one.assumed_words),
    ];
  },
  cannot: _("What it cannot tell"),
  scores: _("How often it is right"),
  tiles: (/** @type {import("./model.js").Scores} */ scores) => [
    [percent(scores.accuracy.estimate), _("accuracy, four states")],
    [percent(scores.five_way_accuracy.estimate), _("accuracy, four states and other")],
    [percent(scores.answered), _("coverage at the training threshold")],
    [percent(scores.accuracy_when_answered), _("accuracy of these answers")],
  ],
  scoresHint: _(
    "Measured on test pictures that have no duplicate among the training pictures. An answer is right if most of ten people said the " +
      "same. Coverage is the share of faces that get an answer, here at the threshold for pictures like those of the training; an " +
      "analysis can use another one. On other pictures, such as yours, fewer answers can be right. In brackets: 95\u00a0% intervals.",
  ),
  perState: _("Recall: how many faces of each state are found"),
  state: _("state"),
  foundFive: _("recall, with other"),
  foundFour: _("recall, four states"),
  confusion: _("Confusion matrix"),
  confusionHint: _(
    "Rows: what most people said. Columns: what the model said. Each row adds up to 100\u00a0%; below, the number of test pictures.",
  ),
  reliability: _("Calibration: are its probabilities right?"),
  reliabilityAlt: (/** @type {string} */ gap) =>
    _("Accuracy against the probability that the model gave; the mean gap is {gap}.", { gap }),
  reliabilityHint: (/** @type {string} */ gap) =>
    _(
      "On the dashed line, answers with a probability of 70\u00a0% are right in 70 of 100 cases. The mean gap is {gap}. Gray bars: how " +
        "many pictures.",
      { gap },
    ),
  said: _("probability that the model gave"),
  right: _("share of right answers"),
};

export const api = {
  title: _("The API"),
  page: (/** @type {string} */ name) => _("API · {name}", { name }),
  back: _("Back to the page"),
  machines: _("The same as a document for programs:"),
  parameters: (/** @type {string} */ method, /** @type {string} */ path) =>
    _("Parameters of {method} {path}", { method, path }),
  columns: [_("parameter"), _("in"), _("values"), _("meaning")],
  or: _(" or "),
  answers: _("Answers"),
  tryIt: _("Try it"),
  byDefault: _("by default"),
  send: _("Send the request"),
  saveAnswer: _("Save the answer"),
  example: (/** @type {string} */ status) => _("Example of {status}", { status }),
  schemas: _("Schemas"),
};
