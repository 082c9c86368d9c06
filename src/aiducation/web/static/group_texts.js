// The words of group labels: what annotators can say of how a face looks, where a researcher asks for it.
import { _ } from "./language.js";

export const groups = {
  title: _("Group labels (only if you need them)"),
  lead: _(
    "Besides its state, you can say how each face looks to you, so that a model can be compared between groups of faces. Such a label is what you see in a picture. It is not what a person is.",
  ),
  law: _(
    "These labels can be sensitive data, skin tone above all. Make them only if the people shown have consented, or if your project is allowed to in another way, and keep them no longer than you need them.",
  ),
  agreed: _("I have checked that this project may make such labels"),
  states: _("Ask for the state, too"),
  optional: _("Every question can be left out with the key S."),
  cannot: _("cannot tell"),
  keys: _("Keys: the numbers for the answers, U for “cannot tell”, S to leave it out, Z or Backspace to undo."),
  step: (/** @type {string} */ at, /** @type {string} */ of, /** @type {string} */ question) =>
    _("{at} of {of}: {question}", { at, of, question }),
  said: (/** @type {string} */ value) => _("Labelled: {state}.", { state: value }),
  leaveOut: _("Leave out"),
  tone: (/** @type {string} */ tone) => _("Tone {tone}", { tone }),
  scale: _(
    "Skin tones: Monk Skin Tone Scale by Ellis Monk (skintone.google), released by Google for research and product development.",
  ),
  agree: _("How far annotators agree on group labels, the command “aiducation agree” tells."),
  names: /** @type {Record<string, string>} */ ({
    age: _("Apparent age group"),
    glasses: _("Glasses"),
    head_cover: _("Head cover"),
    skin_tone: _("Apparent skin tone (Monk scale)"),
  }),
  questions: /** @type {Record<string, string>} */ ({
    age: _("Which age group does this face seem to belong to?"),
    glasses: _("Does this face wear glasses?"),
    head_cover: _("Is something of this head covered?"),
    skin_tone: _("Which tone is closest to the skin of this face?"),
  }),
  values: /** @type {Record<string, Record<string, string>>} */ ({
    age: {
      child: _("child (up to 12)"),
      teenager: _("teenager (13 to 19)"),
      "young adult": _("young adult (20 to 39)"),
      "middle-aged adult": _("middle-aged adult (40 to 59)"),
      "older adult": _("older adult (60 or more)"),
    },
    glasses: { none: _("no glasses"), glasses: _("glasses"), sunglasses: _("sunglasses") },
    head_cover: {
      none: _("nothing covered"),
      "hair or forehead covered": _("hair or forehead covered"),
      "mouth or nose covered": _("mouth or nose covered"),
    },
  }),
};
