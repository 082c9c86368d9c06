// Every word that the page shows: here what all pages share, beside it what single pages say. A text is written in English;
// `_` and `n_` give it in the language of the page. What results say of themselves comes from the package.
import { assumed } from "./assumed_texts.js";
import { room } from "./class_texts.js";
import { here, photo, recording } from "./file_texts.js";
import { groups } from "./group_texts.js";
import { adapt, label } from "./label_texts.js";
import { _, n_, number, percent } from "./language.js";
import { live } from "./live_texts.js";
import { howOftenWrong, model } from "./model_texts.js";
import { offers } from "./offers.js";
import { problem } from "./problem_texts.js";
import { compare, review, why } from "./review_texts.js";
import { sample } from "./sample_texts.js";

/**
 * A number of faces, whole or with a tenth: "12", "2.4".
 * @param {number} n
 */
export const many = (n) => number(n, Math.abs(n - Math.round(n)) < 0.05 || n >= 9.95 ? 0 : 1);

export const t = {
  name: "A.I.ducation Analytics",
  nav: _("Pages"),
  skip: _("Skip to the page"),
  tabs: {
    photo: _("Photo"),
    recording: _("Recording"),
    live: _("Live"),
    class: _("Class"),
    label: _("Label"),
    review: _("Review"),
    model: _("Model"),
  },
  language: _("Language"),
  theme: {
    name: _("Theme"),
    auto: _("automatic"),
    light: _("light"),
    dark: _("dark"),
    label: (/** @type {string} */ name) => _("Theme: {name}", { name }),
  },
  states: {
    neutral: _("neutral"),
    angry: _("angry"),
    focused: _("focused"),
    bored: _("bored"),
    calm: _("calm"),
    other: _("other"),
    unclear: _("unclear"),
    withheld: _("not shown"),
  },
  /** What a face of another expression shows. */
  expressions: {
    smiling: _("smiling"),
    surprised: _("surprised"),
    sad: _("sad"),
    afraid: _("afraid"),
    disgusted: _("disgusted"),
  },
  footer: offers.classes
    ? _(
        "Pictures are analyzed on this device and sent nowhere, and nobody is recognized. Only if you join a class, numbers go to " +
          "the server of the class.",
      )
    : here
      ? _(
          "Everything is computed on this machine. Pictures are sent nowhere else, nobody is recognized, and nothing is kept unless " +
            "you save it.",
        )
      : _(
          "Pictures are sent to the machine that serves this page and nowhere else, nobody is recognized, and nothing is kept unless " +
            "you save it.",
        ),
  apiLink: _("For developers: the API"),
  licenses: _("The networks run in ONNX Runtime for the web, by Microsoft; its licenses:"),
  cancel: _("Cancel"),
  again: _("Try again"),
  problem,
  few: {
    show: (/** @type {number} */ n) =>
      n === 1 ? _("Show the state of this person") : _("Show the states of these {n} people", { n: number(n) }),
    showThen: _("Show the states at these times, too"),
    option: (/** @type {number} */ least) =>
      n_(
        "Also show states while fewer than {n} person is seen",
        "Also show states while fewer than {n} people are seen",
        least,
      ),
    face: _("The state of this face is not shown, because too few faces were seen well."),
    video: _("The annotated video was made without the states of so few people."),
  },
  legal: _(
    "In the European Union it is prohibited to infer emotions of people in schools and universities and at work, except for " +
      "medical or safety reasons (AI Act, Article 5(1)(f)). Elsewhere, find out what the law says before you use this.",
  ),
  limits: [
    _(
      "It sees apparent expressions. It does not know what anybody feels, thinks or understands, nor whether they pay attention.",
    ),
    _(
      "Single faces are often judged wrongly. Look at the group and at changes over time; never grade, rank or discipline anybody " +
        "on this basis.",
    ),
  ],
  consent: {
    title: _("Before you begin"),
    words: [
      _(
        "This page finds faces in photos, recordings and live pictures, and says which state each face seems to show: neutral, " +
          "angry, focused, bored, something else, or that it cannot tell.",
      ),
    ],
    list: (/** @type {import("./model_texts.js").Judged} */ judged) => [
      _(
        "It judges single expressions, as strangers would judge a small gray picture. It does not know what anybody feels or thinks.",
      ),
      howOftenWrong(judged),
      here
        ? _("Everything stays on this machine, and nothing is kept unless you save it.")
        : _(
            "Pictures go to the machine that serves this page and nowhere else, and nothing is kept unless you save it.",
          ),
    ],
    agree: _("Everyone who will be seen knows about it, and I am allowed to do this here."),
    begin: _("Begin"),
    model: _("First read about the model"),
  },
  assumed,
  photo,
  recording,
  live,
  room,
  sample,
  label,
  groups,
  adapt,
  review,
  compare,
  why,
  group: {
    title: _("The group"),
    titleTime: _("The group, on average"),
    titleNow: _("The group now"),
    counts: (/** @type {number} */ found, /** @type {number} */ judged) =>
      n_("{n} face seen, {judged} with a state", "{n} faces seen, {judged} with a state", found, {
        judged: number(judged),
      }),
    countsOverTime: (/** @type {number} */ faces) => n_("about {n} face at a time", "about {n} faces at a time", faces),
    of: (/** @type {number} */ n, /** @type {number} */ total) =>
      _("{count} of {total}", { count: many(n), total: many(total) }),
    mean: (/** @type {string} */ share, /** @type {string} */ low, /** @type {string} */ high) =>
      _("mean probability {share} ({low} to {high})", { share, low, high }),
    expressions: (/** @type {string} */ list) => _("Of the faces with another expression: {list}.", { list }),
    none_of: { not_sure: _("not sure"), not_seen_well: _("not seen well") },
    explainTitle: _("What bars and numbers mean"),
    explain: [
      _(
        "Bar and number: how many faces were given this state. A face gets its most probable state, if that is probable enough.",
      ),
      _("“Other” is another expression, such as a smile."),
      _(
        "Mean probability: the mean over all faces that were seen well, also those that are “not sure”. A state that is the second " +
          "most probable in many faces has a high mean probability and few faces.",
      ),
      _("In brackets: the 95\u00a0% interval for a larger group, if these people were a random sample of it."),
    ].join(" "),
    none: _("No figures"),
  },
  face: {
    title: _("Selected face"),
    list: _("Faces in the picture; arrow keys go from one to the next"),
    name: (/** @type {number} */ face, /** @type {number} */ of, /** @type {string} */ words) =>
      _("Face {face} of {of}: {words}", { face, of, words }),
    close: _("Deselect this face"),
    looks: (
      /** @type {State} */ state,
      /** @type {string} */ name,
      /** @type {string} */ sure,
      /** @type {string | null} */ expression,
    ) =>
      state === "other" && expression
        ? _("has another expression: {expression} ({sure})", { expression, sure })
        : state === "other"
          ? _("has another expression ({sure})", { sure })
          : _("looks {state} ({sure})", { state: name, sure }),
    unclear: (/** @type {string} */ reason) => _("cannot tell: {reason}", { reason }),
    notAsked: _("The model was not asked about this face."),
    quality: (/** @type {Face} */ face, /** @type {number} */ turned) => [
      [_("size"), `${number(face.size, 0)} px`],
      [_("sharpness"), percent(face.sharpness)],
      [_("brightness"), percent(face.brightness)],
      [
        _("turned sideways"),
        Math.abs(face.yaw) > turned ? _("much") : Math.abs(face.yaw) > turned / 3 ? _("a little") : _("no"),
      ],
      [_("tilted"), `${number(Math.abs(face.roll), 0)}°`],
      [_("inside the picture"), percent(face.visible)],
    ],
  },
  save: {
    title: _("Save"),
    picture: _("Picture"),
    report: _("Report"),
    csv: _("Table (CSV)"),
    json: "JSON",
    video: _("Annotated video"),
    "timeline.png": _("Timeline (PNG)"),
    "timeline.csv": _("Timeline (CSV)"),
    decimalComma: _("CSV with decimal commas, as German or French Excel needs it"),
  },
  model,
};
