// How the next recording is to be analyzed.
import { anonymizeSwitches } from "./anonymizing.js";
import { assumedChoice } from "./assumed.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { h, toggle } from "./ui.js";

/** @typedef {{ every_s: number, anonymize: Anonymize, video: boolean, few: boolean }} Choices */

/** @param {Choices} options */
export function optionsOf(options) {
  /** @type {HTMLSelectElement} */
  const every = h(
    "select",
    {
      onchange: () => {
        options.every_s = Number(every.value);
      },
    },
    [0.2, 0.5, 1, 2, 5].map((s) =>
      h("option", { value: String(s), selected: s === options.every_s }, t.recording.everyOption(s)),
    ),
  );
  /**
   * @param {"video" | "few"} name
   * @param {string} words
   */
  const choice = (name, words) =>
    toggle(words, options[name], (on) => {
      options[name] = on;
    });
  return h(
    "div",
    { class: "options" },
    h("label", { class: "field" }, t.recording.every, every),
    choice("video", t.recording.video),
    anonymizeSwitches(t.recording, options.anonymize, (what) => {
      options.anonymize = what;
    }),
    choice("few", t.few.option(settings.usualGroup)),
    assumedChoice(),
  );
}
