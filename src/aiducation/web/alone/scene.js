// A picture as cuts are looked for in it: 96x56 colours, as aiducation.vision.cuts makes them. Held for some seconds, never stored.
import { boxed, every } from "./pillow.js";

/** @typedef {import("./pillow.js").Picture} Picture */

export const ROWS = 56,
  COLUMNS = 96,
  CELL = 8;

/** Variance of gray levels below which a cell is flat and says nothing. */
export const FLAT = 16;

/**
 * What is compared.
 * @typedef {{
 *   colors: Uint8Array | Uint8ClampedArray,
 *   width: number,
 *   height: number,
 * }} Colors three levels a pixel, and the size of the whole picture
 */

/**
 * The colours of a picture.
 * @param {Picture} picture
 * @returns {Colors}
 */
export function colorsOf(picture) {
  const { width, height } = picture;
  const step = Math.max(Math.min(Math.floor(height / (2 * ROWS)), Math.floor(width / (2 * COLUMNS))), 1);
  const small = boxed(every(picture, step), COLUMNS, ROWS);
  const colors = new Uint8Array(ROWS * COLUMNS * 3);
  for (let i = 0, at = 0; i < colors.length; i += 3, at += small.step)
    for (let k = 0; k < 3; k += 1) colors[i + k] = small.data[at + k];
  return { colors, width, height };
}

/** Colours with what is computed of them, each when it is first needed. */
export class Scene {
  /** @param {Colors} colors */
  constructor({ colors, width, height }) {
    this.colors = colors;
    this.width = width;
    this.height = height;
    this.kept = /** @type {{ gray?: Float32Array, half?: Float32Array, cells?: Cells }} */ ({});
  }

  /** Gray levels, row after row. */
  get gray() {
    this.kept.gray ??= Float32Array.from(
      { length: ROWS * COLUMNS },
      (_none, i) => 0.299 * this.colors[3 * i] + 0.587 * this.colors[3 * i + 1] + 0.114 * this.colors[3 * i + 2],
    );
    return this.kept.gray;
  }

  /** The colours once more in half the size. */
  get half() {
    this.kept.half ??= halved(this.colors);
    return this.kept.half;
  }

  /** The cells at their own places. */
  get cells() {
    this.kept.cells ??= cellsOf(this.gray, 0, 0);
    return this.kept.cells;
  }

  /** Whether there is anything to compare: a black picture, as between two scenes, has nothing. */
  get saysSomething() {
    const { variances } = this.cells;
    return variances.filter((one) => one > FLAT).length / variances.length > 0.05;
  }
}

/** @param {ArrayLike<number>} colors */
function halved(colors) {
  const made = new Float32Array((ROWS / 2) * (COLUMNS / 2) * 3);
  for (let row = 0, to = 0; row < ROWS; row += 2)
    for (let column = 0; column < COLUMNS; column += 2)
      for (let channel = 0; channel < 3; channel += 1, to += 1) {
        const at = (row * COLUMNS + column) * 3 + channel,
          below = at + COLUMNS * 3;
        made[to] = (colors[at] + colors[at + 3] + colors[below] + colors[below + 3]) / 4;
      }
  return made;
}

/** Gray levels of each cell against their mean, cell after cell, and their variances. @typedef {{ deviations: Float32Array, variances: Float32Array }} Cells */

/**
 * The cells of a picture that is moved by some rows and columns; its edge goes on outside.
 * @param {Float32Array} gray
 * @param {number} down
 * @param {number} right
 * @returns {Cells}
 */
export function cellsOf(gray, down, right) {
  const across = COLUMNS / CELL,
    many = (ROWS / CELL) * across,
    size = CELL * CELL;
  const deviations = new Float32Array(many * size),
    variances = new Float32Array(many);
  /** @param {number} value @param {number} end */
  const inside = (value, end) => Math.min(Math.max(value, 0), end - 1);
  for (let cell = 0; cell < many; cell += 1) {
    const top = Math.floor(cell / across) * CELL + down,
      left = (cell % across) * CELL + right;
    const one = deviations.subarray(cell * size, (cell + 1) * size);
    let sum = 0;
    for (let y = 0, to = 0; y < CELL; y += 1)
      for (let x = 0; x < CELL; x += 1, to += 1) {
        one[to] = gray[inside(top + y, ROWS) * COLUMNS + inside(left + x, COLUMNS)];
        sum += one[to];
      }
    let squares = 0;
    for (let i = 0; i < size; i += 1) {
      one[i] -= sum / size;
      squares += one[i] ** 2;
    }
    variances[cell] = squares / size;
  }
  return { deviations, variances };
}
