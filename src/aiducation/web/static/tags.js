// Tags: what the box of a face says, and where on it that hangs.

import { percent } from "./language.js";
import { markOf, reasonOf } from "./looks.js";
import { t } from "./texts.js";

/** Narrower boxes, in pixels on the screen, show their tag only while they are looked at. */
const TINY = 13,
  CROWD = 17, // where most are narrower, all do so: a tag here and there would only puzzle
  THIN = 28; // narrower ones have thin lines

/** Boxes of so many pixels on the screen have room for words, for letter and number; below, for the letter alone. */
const WORDS = 92,
  NUMBER = 46;

/** @typedef {"above" | "below" | "inside"} Spot */

/** Of a tag, in pixels: its height, the width of a letter, the air at both ends. */
const HIGH = 18,
  LETTER = 7.2,
  AIR = 10;

/**
 * The tag of each face of a picture so high, of which each pixel is `zoom` on the screen: `words` in full, `tag` as far as
 * there is room, the `spot` where it hangs, whether its box is `tiny` or `thin`.
 * @param {Face[]} faces
 * @param {number} zoom
 * @param {number} height
 */
export function tagsOf(faces, zoom, height) {
  const boxes = faces.map((face) => onScreen(face, zoom));
  const widths = boxes.map(({ left, right }) => right - left);
  const crowd = widths.filter((width) => width < CROWD).length > faces.length / 2;
  const tags = faces.map((face, i) => {
    const { state, reason, confidence } = face;
    const withheld = state === "withheld";
    const words = withheld
      ? t.states.withheld
      : state === "unclear"
        ? reasonOf(reason).name
        : wordsOf(face, `${t.states[state]} ${percent(confidence)}`);
    const tag = withheld ? "" : tagOf(face, widths[i], markOf(state), words);
    return { words, tag, tiny: crowd || widths[i] < TINY, thin: widths[i] < THIN };
  });
  const shown = tags.map(({ tag, tiny }) => (tiny ? "" : tag));
  const spots = hang(boxes, shown, height * zoom);
  return tags.map((tag, i) => ({ ...tag, spot: spots[i] }));
}

/**
 * What a face of another expression shows is worth more than the word other, whose probability is told.
 * @param {Face} face
 * @param {string} named
 */
const wordsOf = ({ expression }, named) => (expression ? `${t.expressions[expression]} (${named})` : named);

/**
 * @param {Box} face
 * @param {number} zoom
 * @returns {Box}
 */
const onScreen = ({ left, top, right, bottom }, zoom) => ({
  left: left * zoom,
  top: top * zoom,
  right: right * zoom,
  bottom: bottom * zoom,
});

/**
 * What a box of a width says.
 * @param {Face} face
 * @param {number} pixels
 * @param {string} letter
 * @param {string} words
 */
export function tagOf(face, pixels, letter, words) {
  if (pixels >= WORDS) return words;
  return pixels >= NUMBER && face.state !== "unclear" ? `${letter} ${percent(face.confidence)}` : letter;
}

/**
 * Where each tag hangs, off every other face and tag if it can: "above" its box, "below", or "inside" its upper edge.
 * boxes: { left, top, right, bottom } in pixels of a picture so high; words: what their tags say, "" where none is shown.
 * @param {Box[]} boxes
 * @param {string[]} words
 * @param {number} height
 * @returns {Spot[]}
 */
export function hang(boxes, words, height) {
  const taken = /** @type {Box[]} */ ([]);
  return boxes.map((box, i) => {
    if (!words[i]) return "above";
    const others = [...boxes.filter((other) => other !== box), ...taken];
    const spots = { above: box.top - HIGH, below: box.bottom, inside: box.top };
    const tags = /** @type {[Spot, number][]} */ (Object.entries(spots)).map(([spot, top]) => {
      const tag = { left: box.left, top, right: box.left + LETTER * words[i].length + AIR, bottom: top + HIGH };
      const outside = Math.max(0, -tag.top, tag.bottom - height) * (tag.right - tag.left);
      return { spot, tag, hidden: others.reduce((sum, other) => sum + shared(tag, other), outside) };
    });
    const best = tags.reduce((one, other) => (other.hidden < one.hidden ? other : one));
    taken.push(best.tag);
    return best.spot;
  });
}

/**
 * Pixels that two boxes have in common.
 * @param {Box} one
 * @param {Box} other
 */
function shared(one, other) {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return wide > 0 && high > 0 ? wide * high : 0;
}
