// The words of the page on which people correct results.
import { here } from "./file_texts.js";
import { label } from "./label_texts.js";
import { _, n_, number } from "./language.js";

export const review = {
  title: _("Review results"),
  lead: _(
    "Look at what the model answered, and correct it. Figures, timeline, reports and files follow, and say what was changed by hand.",
  ),
  open: _("Review and correct"),
  strip: _("Recordings and photos"),
  drop: {
    lead: _("Drop photos here"),
    hint: _("Recordings that you have analyzed are listed below."),
    choose: _("Choose photos"),
  },
  nothing: _("Analyze a recording on the page “Recording”, or choose a photo; then you can correct its result here."),
  notReady: _("This recording is not analyzed yet."),
  changes: (/** @type {number} */ n) => n_("{n} change", "{n} changes", n),
  unchanged: _("no changes"),
  correct: _("Correct"),
  everybody: _("Choose a face in the player or a track in the list to correct its states."),
  chooseFace: _("Choose a face in the picture to correct its state."),
  who: (/** @type {number} */ id, /** @type {string} */ name) =>
    name ? _("{name} (track {id})", { id, name }) : _("Track {id}", { id }),
  facePlace: (/** @type {number} */ n) => _("Face {n}", { n: number(n) }),
  from: _("From"),
  to: _("to"),
  spanOf: {
    stretch: _("This stretch"),
    here: _("From here on"),
    whole: _("The whole track"),
  },
  state: _("The face seems to show"),
  keys: _("Keys: 1 to 5 for the states, U for “cannot tell”, Ctrl+Z to take back the last change."),
  name: _("Name"),
  nameHint: here
    ? _(
        "Names stay in this browser on this machine. No file holds them but a report with names and the file of names, if you ask for one.",
      )
    : _(
        "Names stay in this browser. No file holds them but a report with names and the file of names, if you ask for one.",
      ),
  track: _("Track"),
  merge: _("Is the same person as"),
  mergeButton: _("Merge"),
  splitButton: _("From here on it is another person"),
  hideTrack: _("Not a participant: hide the track"),
  hideFace: _("Not a participant: hide the face"),
  time: _("Time"),
  exclude: _("Exclude this span"),
  reason: _("Why, for example: break"),
  reasonLabel: _("Why the span is excluded"),
  event: _("Mark this time"),
  eventNote: _("What, for example: group work"),
  eventLabel: _("What happened"),
  needNote: _("Write what happened first."),
  needSpan: _("Enter the beginning and a later end, such as 2:00 and 3:30."),
  nowAt: (/** @type {string} */ time) => _("The player is at {time}.", { time }),
  list: _("Changes"),
  none: _("Nothing was changed yet."),
  undo: _("Take back the last change"),
  takeBack: _("Take back"),
  takeBackName: (/** @type {string} */ words) => _("Take back: {words}", { words }),
  undone: _("The change was taken back."),
  done: _("Changed. Figures and files follow."),
  private: here
    ? _(
        "The changes stay in this browser on this machine until you take them back; the server has them only as long as it has the recording.",
      )
    : _(
        "The changes stay in this browser until you take them back; the server has them only as long as it has the recording.",
      ),
  lost: _("This browser does not keep the changes: download them before you leave the page."),
  others: _("Somebody else changed this result meanwhile: the list has the changes of both."),
  clear: _("Take back all changes"),
  save: _("Save the corrected result"),
  files: _("The changes as a file"),
  namesFile: _("Names of the tracks as a file"),
  withNames: _("Put the names into the report"),
  video: _("The annotated video was drawn before the changes and shows the answers of the model."),
  fileName: _("changes"),
  left: _("Changes of earlier recordings and photos"),
  leftHint: _(
    "These recordings are no longer on the server, or these photos are not chosen. Save the changes, or delete them here.",
  ),
  namesOnly: _("Names of tracks"),
  forget: _("Delete"),
  forgetName: (/** @type {string} */ name) => _("Delete the changes of {name}", { name }),
  words: {
    state: (/** @type {string} */ who, /** @type {string} */ state, /** @type {string} */ when) =>
      when
        ? _("{who}: {state}, {when}", { who, state: label.states[state] ?? state, when })
        : _("{who}: {state}", { who, state: label.states[state] ?? state }),
    exclude: (/** @type {string} */ when, /** @type {string} */ note) =>
      note ? _("excluded {when}: {note}", { when, note }) : _("excluded {when}", { when }),
    event: (/** @type {string} */ when, /** @type {string} */ note) => _("{when} marked: {note}", { when, note }),
    merge: (/** @type {string} */ who, /** @type {string} */ other) => _("{who} merged with {other}", { who, other }),
    split: (/** @type {string} */ who, /** @type {string} */ when) => _("{who} split at {when}", { who, when }),
    hide: (/** @type {string} */ who) => _("{who} hidden", { who }),
  },
  span: (/** @type {string} */ from, /** @type {string} */ to) =>
    _("from {clock} to {clock2}", { clock: from, clock2: to }),
};

export const compare = {
  title: _("Compare two recordings"),
  lead: _("The shares of each state over time in both, aligned at their beginnings."),
  other: _("Compare with"),
  begin: _("Compare"),
  legend: (/** @type {string} */ name, /** @type {number} */ people) =>
    n_("{name}: {n} person", "{name}: {n} people", people, { name }),
  figure: _("Shares of each state over time in both recordings; bands are 95\u00a0% intervals over people"),
  table: { state: _("State"), difference: _("Difference in points") },
  interval: (/** @type {string} */ value, /** @type {string} */ low, /** @type {string} */ high) =>
    _("{value} ({low} to {high})", { value, low, high }),
  hint: _(
    "An interval that does not hold 0 is more than chance between people. A difference does not say why: people, room, light, time of day and the model’s mistakes can all be its cause. The command “aiducation compare” gives tables for statistics.",
  ),
};

export const why = {
  ask: _("Why this answer?"),
  busy: _("The map is being made."),
  alt: (/** @type {string} */ state) =>
    _("The face with what spoke for {state} in orange and what spoke against it in blue", { state }),
  method: _("How"),
  methods: { activation: _("by the places in the last layer"), occlusion: _("by covering parts of the face") },
  hint: _(
    "Orange spoke for this state, blue against it. The map has 6 by 6 places and allows no fine claims. It says what moved the model, not whether the model is right.",
  ),
  none: _("There is no map of this face."),
};
