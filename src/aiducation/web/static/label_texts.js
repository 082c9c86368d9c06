// The words of the page on which people label faces.
import { here } from "./file_texts.js";
import { _, n_, number } from "./language.js";

export const label = {
  title: _("Label faces"),
  open: _("Label these faces"),
  lead: _(
    "Say which state each face seems to show. Then you see how far the model agrees with you, and can adapt it to your pictures.",
  ),
  states: /** @type {Record<string, string>} */ ({
    neutral: _("neutral"),
    angry: _("angry"),
    focused: _("focused"),
    bored: _("bored"),
    other: _("other"),
    cannot_tell: _("cannot tell"),
  }),
  who: _("Who labels?"),
  annotator: _("Your name or a short code"),
  annotatorHint: _("It stands beside every label, so that two people can be compared. Both are shown the same faces."),
  what: _("Which faces?"),
  drop: {
    lead: _("Drop photos here"),
    hint: _("The faces of all photos are found first, then you see one after the other."),
    choose: _("Choose photos"),
  },
  orRecording: _("Or faces of a recording"),
  recording: _("Recording"),
  noRecordings: _("Analyze a recording on the page “Recording” first; then you can label its faces here."),
  from: _("From"),
  to: _("to"),
  wholeHint: _("Minutes and seconds, such as 2:00. Leave both empty for the whole recording."),
  notATime: _("This is not a time such as 2:00."),
  number: _("Number of faces"),
  showAnswer: _("Show the model’s answer first"),
  showAnswerHint: _(
    "Whoever sees an answer first tends to agree with it. Labels given this way do not measure the model.",
  ),
  start: _("Start"),
  finding: (/** @type {number} */ done, /** @type {number} */ of) =>
    _("Faces are being found: photo {done} of {of}", { done: number(done + 1), of: number(of) }),
  findingIn: (/** @type {string} */ name) => _("Faces are being found: {name}", { name }),
  noFaces: _("No face was found that can be seen well enough."),
  needName: _("Enter a name or a code first."),
  kept: (/** @type {number} */ n) =>
    n_(
      "{n} label is kept in this browser. Choose the same photos again to continue.",
      "{n} labels are kept in this browser. Choose the same photos again to continue.",
      n,
    ),
  again: _("Choose other faces"),
  face: _("The face to label"),
  pictures: { large: _("The face, enlarged"), whole: _("The whole picture; the face has a white frame") },
  question: _("Which state does this face seem to show?"),
  keys: _("Keys: 1 to 5 for the states, U for “cannot tell”, S to skip, Z or Backspace to undo."),
  undo: _("Undo"),
  skip: _("Skip"),
  note: _("Note (optional)"),
  progress: _("Faces labelled"),
  counts: _("Labels given"),
  at: (/** @type {string} */ source, /** @type {string} */ time) => _("{source} at {time}", { source, time }),
  said: (/** @type {string} */ state) => _("Labelled: {state}.", { state }),
  undone: _("The last label was taken back."),
  modelSays: _("The model says:"),
  done: (/** @type {number} */ n, /** @type {number} */ of) =>
    n_("{n} of {of} face labelled", "{n} of {of} faces labelled", of, { n: number(n), of: number(of) }),
  random: (/** @type {number} */ n, /** @type {number} */ of) =>
    _("{n} of {of} chosen at random", { n: number(n), of: number(of) }),
  lost: _("This browser does not keep your labels: download them before you leave the page."),
  finished: _("All these faces are labelled"),
  finishedHint: _("Download your labels below, ask for more faces, or let somebody else label the same ones."),
  yours: _("Labels"),
  nothing: _("No labels yet."),
  private: here
    ? _("The labels stay in this browser on this machine until you delete them.")
    : _("The labels stay in this browser until you delete them; the server does not keep them."),
  columns: { annotator: _("Annotator"), labels: _("Labels"), random: _("Chosen at random") },
  nobody: _("(no name)"),
  file: _("File"),
  formats: /** @type {Record<string, string>} */ ({
    json: _("JSON (holds everything)"),
    csv: _("Table (CSV)"),
    elan: "ELAN",
    boris: "BORIS",
    "label-studio": "Label Studio",
    "cvat-images": _("CVAT, photos"),
    "cvat-video": _("CVAT, video"),
  }),
  download: _("Download"),
  fileName: _("labels"),
  upload: _("Read a file of labels"),
  read: (/** @type {number} */ n) => n_("{n} label was read.", "{n} labels were read.", n),
  others: (/** @type {number} */ n) =>
    _("Annotations about other sources that were left out: {left_out}.", { left_out: number(n) }),
  remove: _("Delete all labels"),
  sure: (/** @type {number} */ n) => n_("Delete {n} label?", "Delete {n} labels?", n),
  scores: _("Agreement"),
  withModel: (
    /** @type {number} */ same,
    /** @type {number} */ of,
    /** @type {string} */ low,
    /** @type {string} */ high,
    /** @type {string} */ kappa,
  ) =>
    n_(
      "Of {n} face chosen at random, the model gave {same} the same state as you (95\u00a0% interval: {low} to {high}; Cohen’s kappa {kappa}).",
      "Of {n} faces chosen at random, the model gave {same} the same state as you (95\u00a0% interval: {low} to {high}; Cohen’s kappa {kappa}).",
      of,
      { same: number(same), low, high, kappa },
    ),
  kappa: (/** @type {string} */ value, /** @type {string} */ low, /** @type {string} */ high) =>
    _("{value}, {low} to {high}", { value, low, high }),
  withModelAlone: (/** @type {number} */ same, /** @type {number} */ of) =>
    n_(
      "Of {n} face chosen at random, the model gave {same} the same state as you. There are too few people for an interval.",
      "Of {n} faces chosen at random, the model gave {same} the same state as you. There are too few people for an interval.",
      of,
      { same: number(same) },
    ),
  withPerson: (
    /** @type {string} */ name,
    /** @type {number} */ same,
    /** @type {number} */ of,
    /** @type {string} */ kappa,
  ) =>
    n_(
      "Of {n} face that {name} labelled, too, {same} got the same state (Cohen’s kappa {kappa}).",
      "Of {n} faces that {name} labelled, too, {same} got the same state (Cohen’s kappa {kappa}).",
      of,
      { name, same: number(same), kappa },
    ),
  scoresHint: _(
    "Only faces that were chosen at random and labelled without seeing the answer count for the model. The command “aiducation agree” gives all other measures.",
  ),
  few: (/** @type {number} */ n) =>
    n_(
      "Label at least {n} face chosen at random to see this.",
      "Label at least {n} faces chosen at random to see this.",
      n,
    ),
};

export const adapt = {
  title: _("Adapt the model"),
  lead: _(
    "Your labels can adapt the model to these people and this camera. It takes some seconds and happens on the machine of the server.",
  ),
  begin: (/** @type {number} */ n) => n_("Adapt to this face", "Adapt to these {n} faces", n),
  more: (/** @type {number} */ n) =>
    n_("Label {n} more face to adapt the model to them.", "Label {n} more faces to adapt the model to them.", n),
  collecting: (/** @type {number} */ done, /** @type {number} */ of) =>
    _("Faces are being collected: {done} of {of}", { done: number(done), of: number(of) }),
  fitting: _("The model is being adapted."),
  better: _("The adapted model is better on people who were held out."),
  notBetter: _(
    "The adapted model is not reliably better, so no new file was written. Label more faces, more people, or more faces of the rare states.",
  ),
  heldOut: (/** @type {number} */ faces, /** @type {number} */ people) =>
    _("Measured on {faces} faces of {people} people, each judged by a model that had not seen that person.", {
      faces: number(faces),
      people: number(people),
    }),
  columns: { measure: _("Measure"), before: _("Before"), after: _("Adapted"), difference: _("Difference") },
  measures: {
    balanced_accuracy: _("balanced accuracy (without other)"),
    balanced_accuracy_with_other: _("balanced accuracy (with other)"),
    accuracy: _("accuracy"),
    calibration_error: _("calibration error"),
  },
  interval: (/** @type {string} */ value, /** @type {string} */ low, /** @type {string} */ high) =>
    _("{value} ({low} to {high})", { value, low, high }),
  download: _("Download the adapted model"),
  use: (/** @type {string} */ file) =>
    _("Use it with the option “--model {file}” of “aiducation analyze” or “aiducation serve”.", { file }),
  local: _("An adapted model is for these people and this camera; elsewhere it is worse than the packaged one."),
};
