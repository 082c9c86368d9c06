// Times of a recording as people write them: "2:00", "1:02:03.5", "75".
import { duration } from "./language.js";
import { clock, h } from "./ui.js";

/**
 * Which step of time a time belongs to, by the rule of aiducation.observations.steps: 0.6 / 0.2 is a little less than 3.
 * @param {number} time_s
 * @param {number} step_s
 */
export const stepAt = (time_s, step_s) => Math.floor(time_s / step_s + 1e-6);

/**
 * Seconds of a time that somebody wrote; null where nothing stands, undefined where it is no time.
 * @param {string} words
 * @returns {number | null | undefined}
 */
export function secondsOf(words) {
  const text = words.trim().replace(",", ".");
  if (!text) return null;
  if (!/^(\d+:){0,2}\d+(\.\d+)?$/.test(text)) return undefined;
  return text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
}

/**
 * A time as somebody would write it, to a tenth of a second where it has one.
 * @param {number} seconds
 */
export function writtenTime(seconds) {
  const tenths = Math.round((seconds % 1) * 10) % 10;
  return tenths ? `${clock(seconds)}.${tenths}` : clock(Math.round(seconds * 10) / 10);
}

/**
 * How long a recording is: "1:02:03", and less than a second in tenths.
 * @param {number} seconds
 */
export const lengthOf = (seconds) => (seconds < 1 ? duration(Math.max(seconds, 0.1)) : clock(seconds));

/**
 * A field for a time.
 * @param {string} words
 * @param {string} value
 */
export function timeField(words, value = "") {
  const input = h("input", {
    type: "text",
    inputmode: "numeric",
    class: "time-field",
    value,
    size: "6",
    autocomplete: "off",
  });
  return { input, element: h("label", { class: "field" }, words, input) };
}
