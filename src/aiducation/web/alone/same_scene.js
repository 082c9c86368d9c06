// What two pictures have in common, wherever it lies, as aiducation.vision.cuts measures it. What its numbers rest on stands there.
import { CELL, COLUMNS, cellsOf, FLAT, ROWS } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** The noise of cameras and encoders, as a variance of gray levels. */
export const NOISE = 4;
const CORRELATION = 0.7,
  STILL_THERE = 0.5;
const UP_DOWN = 4,
  SIDEWAYS = 8,
  DIFFERENCE = 0.5,
  LEVELS = 12;
const UNEXPLAINED = 0.05;

/** Share of cells found again below which it may be another scene. */
export const FOUND = 0.36;

/** Where a cell is looked for first, and where as well: down and right. */
const HERE = [[0, 0]],
  BESIDE = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right]));

/**
 * How far the colours of two pictures are apart, wherever they lie: mean levels of red and blue against gray.
 * @param {Scene} one
 * @param {Scene} other
 */
export function recolored(one, other) {
  const apart = [0, 2].map((channel) => {
    const [a, b] = [one, other].map(({ colors, gray }) =>
      gray.map((level, i) => colors[3 * i + channel] - level).sort(),
    );
    return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
  });
  return Math.max(...apart);
}

/**
 * Whether a picture is a weighted mean of two others.
 * @param {Scene} start
 * @param {Scene} between
 * @param {Scene} end
 */
export function mixture(start, between, end) {
  const [first, middle, last] = [start.half, between.half, end.half];
  let length = 1e-6,
    along = 0,
    rest = 0;
  for (let i = 0; i < last.length; i += 1) {
    const way = first[i] - last[i];
    length += way * way;
    along += way * (middle[i] - last[i]);
  }
  const weight = along / length;
  for (let i = 0; i < last.length; i += 1) rest += (middle[i] - last[i] - weight * (first[i] - last[i])) ** 2;
  return weight > 0.15 && weight < 0.85 && rest < UNEXPLAINED * length;
}

/**
 * Share of what the two pictures show that the other shows as well; 1 where the camera stands still.
 * @param {Scene} before
 * @param {Scene} after
 */
export function foundAgain(before, after) {
  if (stillThere(before, after, HERE) >= STILL_THERE) return 1;
  let share = searched(before, after);
  if (share < 2 * FOUND) share = (share + searched(after, before)) / 2;
  return share < FOUND && stillThere(before, after, BESIDE) >= STILL_THERE ? 1 : share;
}

/**
 * Share of the cells that correlate with those at one of the places, whatever the light.
 * @param {Scene} before
 * @param {Scene} after
 * @param {number[][]} places
 */
function stillThere(before, after, places) {
  const { deviations, variances } = after.cells;
  const size = CELL * CELL;
  const best = new Array(variances.length).fill(-1),
    varied = Array.from(variances, (one) => one > FLAT);
  for (const [down, right] of places) {
    const then = down || right ? cellsOf(before.gray, down, right) : before.cells;
    for (let cell = 0; cell < variances.length; cell += 1) {
      let sum = 0;
      for (let i = cell * size; i < (cell + 1) * size; i += 1) sum += deviations[i] * then.deviations[i];
      const spread = then.variances[cell];
      best[cell] = Math.max(best[cell], sum / size / Math.sqrt((variances[cell] + NOISE) * (spread + NOISE)));
      varied[cell] ||= spread > FLAT;
    }
  }
  const many = varied.filter((one) => one).length;
  return many ? best.filter((one, cell) => varied[cell] && one > CORRELATION).length / many : 1;
}

/**
 * Share of the target's cells that are found near their place in the source, colours and all.
 * @param {Scene} source
 * @param {Scene} target
 */
function searched(source, target) {
  const side = CELL / 2;
  const [rows, columns] = [ROWS / 2, COLUMNS / 2];
  let many = 0,
    found = 0;
  for (let top = 0; top < rows; top += side)
    for (let left = 0; left < columns; left += side) {
      const variance = varianceOf(target.half, top, left, side);
      if (variance <= FLAT) continue;
      many += 1;
      let least = Number.POSITIVE_INFINITY;
      for (let y = Math.max(top - UP_DOWN, 0); y <= Math.min(top + UP_DOWN, rows - side); y += 1)
        for (let x = Math.max(left - SIDEWAYS, 0); x <= Math.min(left + SIDEWAYS, columns - side); x += 1)
          least = Math.min(least, distance(source.half, y, x, target.half, top, left, side));
      if (least / (3 * side * side) < DIFFERENCE * variance + LEVELS) found += 1;
    }
  return many ? found / many : 0;
}

/**
 * @param {Float32Array} half
 * @param {number} top
 * @param {number} left
 * @param {number} side
 */
function varianceOf(half, top, left, side) {
  let sum = 0,
    squares = 0;
  for (let y = top; y < top + side; y += 1)
    for (let x = left; x < left + side; x += 1) {
      const at = (y * (COLUMNS / 2) + x) * 3;
      const level = (half[at] + half[at + 1] + half[at + 2]) / 3;
      sum += level;
      squares += level * level;
    }
  return squares / (side * side) - (sum / (side * side)) ** 2;
}

/**
 * @param {Float32Array} one
 * @param {number} y
 * @param {number} x
 * @param {Float32Array} other
 * @param {number} top
 * @param {number} left
 * @param {number} side
 */
function distance(one, y, x, other, top, left, side) {
  let sum = 0;
  for (let row = 0; row < side; row += 1) {
    let a = ((y + row) * (COLUMNS / 2) + x) * 3,
      b = ((top + row) * (COLUMNS / 2) + left) * 3;
    for (let i = 0; i < 3 * side; i += 1, a += 1, b += 1) sum += (one[a] - other[b]) ** 2;
  }
  return sum;
}
