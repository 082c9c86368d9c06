// Cuts: where a recording continues with another scene, as aiducation.vision.cuts finds them. What its numbers rest on stands there.
import { median } from "./median.js";
import { rint } from "./pillow.js";
import { sameShape } from "./places.js";
import { FOUND, foundAgain, mixture, NOISE, recolored } from "./same_scene.js";
import { COLUMNS, ROWS, Scene } from "./scene.js";

const SURELY = 0.2,
  USUAL = 0.65,
  COLORS = 4,
  OTHER_COLORS = 15;
const DISSOLVE_S = [0.9, 1.7];
const MEMORY_S = 5;
const SAME_PLACE = 0.8,
  SAME_LEVEL = 25,
  AROUND = 0.5;

/** A cut between two pictures. */
export class Cut {
  /**
   * @param {Scene} before
   * @param {Scene} after
   */
  constructor(before, after) {
    this.before = before;
    this.after = after;
  }

  /**
   * Whether a face stands in a part of the picture that is the same before and after: a camera beside slides.
   * @param {number[]} box in pixels of the picture after the cut
   */
  stays([left, top, right, bottom]) {
    const across = COLUMNS / this.after.width,
      down = ROWS / this.after.height;
    const wide = Math.max((right - left) * across * (1 + 2 * AROUND), 8),
      high = Math.max((bottom - top) * down * (1 + 2 * AROUND), 8);
    const x = ((left + right) * across) / 2,
      y = ((top + bottom) * down) / 2;
    /** @param {number} middle @param {number} length @param {number} end */
    const ends = (middle, length, end) =>
      [middle - length / 2, middle + length / 2].map((one) => Math.min(Math.max(rint(one), 0), end));
    const part = [ends(x, wide, COLUMNS), ends(y, high, ROWS)];
    const [before, after] = [this.before, this.after].map((scene) => deviationsIn(scene, part));
    if (before.values.length < 3 * 16) return false;
    const gap = Math.max(...before.means.map((one, channel) => Math.abs(one - after.means[channel])));
    /** @param {Float64Array} one @param {Float64Array} other */
    const product = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0) / one.length;
    const [own, theirs] = [before.values, after.values];
    const alike = product(own, theirs) / Math.sqrt((product(own, own) + NOISE) * (product(theirs, theirs) + NOISE));
    return gap < SAME_LEVEL && alike > SAME_PLACE;
  }
}

/**
 * The colours of a part of a picture against their means.
 * @param {Scene} scene
 * @param {number[][]} part first and last column, first and last row
 */
function deviationsIn({ colors }, [[left, right], [top, bottom]]) {
  const pixels = Math.max(right - left, 0) * Math.max(bottom - top, 0);
  const values = new Float64Array(3 * pixels),
    means = [0, 0, 0];
  for (let row = top, to = 0; row < bottom; row += 1)
    for (let at = (row * COLUMNS + left) * 3; at < (row * COLUMNS + right) * 3; at += 1, to += 1) {
      values[to] = colors[at];
      means[to % 3] += colors[at] / pixels;
    }
  return { values: values.map((value, i) => value - means[i % 3]), means };
}

/** Finds the cuts in pictures that come one after the other, from the past alone. */
export class CutWatch {
  constructor() {
    this.past = /** @type {{ time_s: number, scene: Scene, share: number }[]} */ ([]); // and the share of cells found again
  }

  /**
   * The cut between the picture before and this one, if there is one.
   * @param {import("./scene.js").Colors} colors of the next picture
   * @param {number} time_s later than before
   */
  update(colors, time_s) {
    const scene = new Scene(colors);
    if (!scene.saysSomething) return null;
    while (this.past.length > 1 && this.past[1].time_s < time_s - MEMORY_S) this.past.shift();
    const before = this.past.at(-1)?.scene;
    if (!before) return this.goOn(scene, time_s, 1);
    if (!sameShape(before, scene)) {
      const cut = recolored(before, scene) > OTHER_COLORS; // nothing is at its place: the colours decide alone
      this.past = [];
      this.goOn(scene, time_s, 1);
      return cut ? new Cut(before, scene) : null;
    }
    const share = foundAgain(before, scene);
    const cut =
      another(before, scene, share, median(this.past.map((one) => one.share))) || this.dissolved(scene, time_s);
    if (cut) this.past = [];
    this.goOn(scene, time_s, cut ? 1 : share);
    return cut ? new Cut(before, scene) : null;
  }

  /**
   * @param {Scene} scene
   * @param {number} time_s
   * @param {number} share
   */
  goOn(scene, time_s, share) {
    this.past.push({ time_s, scene, share });
    return null;
  }

  /**
   * Whether one of the pictures between about a second ago and now is a mixture of the two ends.
   * @param {Scene} scene
   * @param {number} time_s
   */
  dissolved(scene, time_s) {
    const [least, most] = DISSOLVE_S;
    const from = this.past.findLastIndex((one) => time_s - one.time_s >= least && time_s - one.time_s <= most);
    if (from < 0) return false;
    const start = this.past[from].scene;
    const mixed = this.past.slice(from + 1).some((one) => mixture(start, one.scene, scene));
    return mixed && foundAgain(start, scene) < FOUND;
  }
}

/**
 * Whether what was found again is so little that the scenes are two.
 * @param {Scene} before
 * @param {Scene} after
 * @param {number} share
 * @param {number} usual
 */
const another = (before, after, share, usual) =>
  share < SURELY || (share < Math.min(FOUND, USUAL * usual) && recolored(before, after) > COLORS);
