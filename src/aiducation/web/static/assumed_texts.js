// The words of the choice of states and of how frequent they are assumed to be.
import { _, number } from "./language.js";

/** @type {Record<string, string>} */
const views = {
  calm: _("calm, angry, bored"),
  states: _("neutral, angry, focused, bored"),
};

/** @type {Record<string, string>} */
const viewHints = {
  calm: _("Calm stands for neutral and focused: on other people and cameras the model can hardly tell them apart."),
  states: _("On other people and cameras the model can hardly tell neutral and focused apart."),
};

/** @type {Record<string, string>} */
const named = {
  balanced: _("all equally"),
  training: _("as in the training images"),
  own: _("my own shares"),
};

/** @type {Record<string, string>} */
const priorHints = {
  training: _("As frequent as among the images that the model was calibrated on, which do not come from classes."),
  own: _("Only the ratio of your shares counts. How frequent other expressions are is taken from the model."),
};

export const assumed = {
  view: _("States to show"),
  views,
  viewHints,
  priors: _("Expected frequency"),
  named,
  priorHints,
  shares: _("Expected share of each state"),
  total: (/** @type {number} */ percent) => _("{n} % in all", { n: number(percent, 0) }),
  none: _("At least one share must be above 0."),
  other: _("This recording was analyzed with other states or expected shares than are chosen now."),
  again: _("Analyze it again"),
  choose: _("Choose the file once more to analyze it with them."),
};
