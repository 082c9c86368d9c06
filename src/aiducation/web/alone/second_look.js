// Weak finds in a photo are looked at once more, mirrored and enlarged, as aiducation.vision.second_look does.
import { blank, crop, resized, rint } from "./pillow.js";
import { detect } from "./yunet.js";

/** @typedef {import("./pillow.js").Picture} Picture */
/** @typedef {import("./yunet.js").Find} Find */

/** What scores at least this is not doubted. */
const STRONG = 0.8;
const VIEWS = /** @type {[number, boolean][]} */ ([
  [48, true],
  [96, false],
]);
const AGAIN = 0.7;
const REACH = 2.2,
  LONGEST = 1280;
const LEAST = 0.2,
  MOVED = 0.35,
  OTHER_SIZE = 2;

/**
 * The finds that are not confirmed.
 * @param {import("./yunet.js").Network} network
 * @param {Picture} picture
 * @param {Find[]} found those that could be judged
 * @returns {Promise<Set<Find>>}
 */
export async function doubted(network, picture, found) {
  const weak = found.filter(({ score }) => score < STRONG);
  if (!weak.length) return new Set();
  const scores = /** @type {number[][]} */ ([]);
  for (const [width, mirrored] of VIEWS) scores.push(await scoresOf(network, picture, weak, width, mirrored));
  return new Set(weak.filter((_one, i) => (scores[0][i] + scores[1][i]) / 2 < AGAIN));
}

/**
 * What the detector says of each find in a copy in which it is so many pixels wide; 0 where it finds nothing.
 * @param {import("./yunet.js").Network} network
 * @param {Picture} picture
 * @param {Find[]} weak
 * @param {number} width
 * @param {boolean} mirrored
 */
async function scoresOf(network, picture, weak, width, mirrored) {
  const cell = Math.ceil((width * REACH) / 32) * 32;
  const together = Math.max(Math.floor(LONGEST / cell), 1);
  const scores = weak.map(() => 0);
  for (let first = 0; first < weak.length; first += together) {
    const some = weak.slice(first, first + together);
    const strip = blank(cell * some.length, cell, 4);
    some.forEach(({ box }, i) => {
      put(strip, i * cell, around(picture, box, cell, width), mirrored);
    });
    for (const { box, score } of await detect(network, strip, LEAST)) {
      const x = (box[0] + box[2]) / 2,
        y = (box[1] + box[3]) / 2;
      const i = Math.trunc(Math.min(Math.max(Math.floor(x / cell), 0), some.length - 1));
      const off = Math.max(Math.abs(x - (i + 0.5) * cell), Math.abs(y - cell / 2));
      const size = Math.max(box[2] - box[0], box[3] - box[1]) / width;
      if (off < MOVED * width && size < OTHER_SIZE && size > 1 / OTHER_SIZE)
        scores[first + i] = Math.max(scores[first + i], score);
    }
  }
  return scores;
}

/**
 * @param {Picture} picture
 * @param {number[]} box
 * @param {number} cell
 * @param {number} width
 */
function around(picture, [left, top, right, bottom], cell, width) {
  const x = (left + right) / 2,
    y = (top + bottom) / 2;
  const half = (Math.max(right - left, bottom - top) * cell) / width / 2;
  return resized(crop(picture, [rint(x - half), rint(y - half), rint(x + half), rint(y + half)]), cell, cell);
}

/**
 * @param {Picture} strip
 * @param {number} left
 * @param {Picture} copy
 * @param {boolean} mirrored
 */
function put(strip, left, copy, mirrored) {
  for (let y = 0; y < copy.height; y += 1)
    for (let x = 0; x < copy.width; x += 1) {
      const from = (y * copy.width + (mirrored ? copy.width - 1 - x : x)) * 4;
      strip.data.set(copy.data.subarray(from, from + 4), (y * strip.width + left + x) * 4);
    }
}
