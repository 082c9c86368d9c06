// Tags: what the box of a face says, and where on it that hangs.
import { percent } from "./ui.js";

/** Boxes of so many pixels on the screen have room for words, for letter and number; below, for the letter alone. */
const WORDS = 92,
  NUMBER = 46;

/** Of a tag, in pixels: its height, the width of a letter, the air at both ends. */
const HIGH = 18,
  LETTER = 7.2,
  AIR = 10;

/** What a box of a width says. */
export function tagOf(face, pixels, letter, words) {
  if (pixels >= WORDS) return words;
  return pixels >= NUMBER && face.state !== "unclear" ? `${letter} ${percent(face.confidence)}` : letter;
}

/**
 * Where each tag hangs, off every other face and tag if it can: "above" its box, "below", or "inside" its upper edge.
 * boxes: { left, top, right, bottom } in pixels of a picture so high; words: what their tags say, "" where none is shown.
 */
export function hang(boxes, words, height) {
  const taken = [];
  return boxes.map((box, i) => {
    if (!words[i]) return "above";
    const others = [...boxes.filter((other) => other !== box), ...taken];
    const spots = { above: box.top - HIGH, below: box.bottom, inside: box.top };
    const tags = Object.entries(spots).map(([spot, top]) => {
      const tag = { left: box.left, top, right: box.left + LETTER * words[i].length + AIR, bottom: top + HIGH };
      const outside = Math.max(0, -tag.top, tag.bottom - height) * (tag.right - tag.left);
      return { spot, tag, hidden: others.reduce((sum, other) => sum + shared(tag, other), outside) };
    });
    const best = tags.reduce((one, other) => (other.hidden < one.hidden ? other : one));
    taken.push(best.tag);
    return best.spot;
  });
}

/** Pixels that two boxes have in common. */
function shared(one, other) {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return wide > 0 && high > 0 ? wide * high : 0;
}
