// YuNet in the browser: the same search as aiducation.vision.yunet, upright faces alone.
import { blank, crop, reduced, resized, rint } from "./pillow.js";

/** @typedef {import("./pillow.js").Picture} Picture */

/**
 * A face that was found.
 * @typedef {{ box: number[], points: [number, number][], score: number }} Find
 */

/** Runs the network: a tensor (1, 3, H, W) in, an array for each output. @typedef {(pixels: Float32Array, height: number, width: number) => Promise<Record<string, Float32Array>>} Network */

/** What scores at least this is a face. */
export const FACE = 0.6;

const STRIDES = [8, 16, 32];
const SAME_FACE = 0.3;
const TILE = 2048,
  OVERLAP = 256;
const LARGEST = 400,
  SMALL = 640;
const UNDOUBTED = 0.9,
  LEAST_WIDE = 16,
  LOOK_AGAIN = 64,
  LOOK_CLOSELY = 128,
  REACH = 2;

/** @param {Find} one */
export const wide = ({ box }) => box[2] - box[0];

/**
 * Every face in a picture, the largest first.
 * @param {Network} network
 * @param {Picture} picture
 * @param {number} least lowest score that is given
 * @returns {Promise<Find[]>}
 */
export async function detect(network, picture, least) {
  const found = await righted(network, picture, distinct(await atAllSizes(network, picture, least)));
  /** @param {Find} one */
  const area = (one) => wide(one) * (one.box[3] - one.box[1]);
  return found.sort((one, other) => area(other) - area(one));
}

/** Width from which on faces are found in half size as well; see aiducation.vision.detectors. */
export const LARGE = 40;

/**
 * Every face in a picture that follows one in which these were found, searched in half the size; null where one of them is small, or
 * fewer are found than before: then the whole picture has to be searched.
 * @param {Network} network
 * @param {Picture} picture
 * @param {number} least
 * @param {Find[]} known
 */
export async function detectInHalf(network, picture, least, known) {
  const faces = known.filter(({ score }) => score >= FACE);
  if (!faces.length || faces.some((one) => wide(one) < LARGE)) return null;
  const half = (await detect(network, reduced(picture, 2), least)).map((one) => moved(one, (value) => value * 2));
  return half.filter(({ score }) => score >= FACE).length >= faces.length ? half : null;
}

/**
 * The same face may come from two tiles or sizes.
 * @param {Network} network
 * @param {Picture} picture
 * @param {number} least
 */
async function atAllSizes(network, picture, least) {
  const longest = Math.max(picture.width, picture.height);
  const rows = await tiled(network, picture, least);
  let most = longest > TILE ? OVERLAP : LARGEST;
  const found = rows.filter((one) => wide(one) <= most);
  const faces = rows.filter(({ score }) => score >= FACE);
  if (longest <= 2 * SMALL && faces.length && faces.every((one) => wide(one) <= most)) return found;
  for (const side of [TILE, SMALL]) {
    if (side >= longest) continue;
    const factor = side / longest;
    const small = resized(
      picture,
      Math.max(1, rint(picture.width * factor)),
      Math.max(1, rint(picture.height * factor)),
    );
    const seen = (await look(network, small, least)).map((one) => moved(one, (value) => value / factor));
    const next = side > SMALL ? LARGEST / factor : Number.POSITIVE_INFINITY;
    found.push(...seen.filter((one) => wide(one) > 0.7 * most && wide(one) <= next));
    most = next;
  }
  return found;
}

/**
 * @param {Find} find
 * @param {(value: number, axis: number) => number} to
 * @returns {Find}
 */
export const moved = ({ box, points, score }, to) => ({
  box: box.map((value, i) => to(value, i % 2)),
  points: points.map(([x, y]) => [to(x, 0), to(y, 1)]),
  score,
});

/**
 * Faces at the picture's own size.
 * @param {Network} network
 * @param {Picture} picture
 * @param {number} least
 */
async function tiled(network, picture, least) {
  const found = [];
  for (const top of starts(picture.height))
    for (const left of starts(picture.width)) {
      const { width, height } = picture;
      const whole = width <= TILE && height <= TILE;
      const tile = whole
        ? picture
        : crop(picture, [left, top, Math.min(left + TILE, width), Math.min(top + TILE, height)]);
      const rows = await look(network, tile, least);
      found.push(...rows.map((one) => moved(one, (value, axis) => value + (axis ? top : left))));
    }
  return found;
}

/** @param {number} length */
function starts(length) {
  if (length <= TILE) return [0];
  const made = [];
  for (let at = 0; at < length - TILE; at += TILE - OVERLAP) made.push(at);
  return [...made, length - TILE];
}

/**
 * The finds, those of heads that are upside down with what is found in the turned head.
 * @param {Network} network
 * @param {Picture} picture
 * @param {Find[]} rows
 */
export async function righted(network, picture, rows) {
  const heads = rows.filter((one) => one.score >= FACE && one.score < UNDOUBTED && wide(one) >= LEAST_WIDE);
  const turned = await turnedHeads(network, picture, heads, LOOK_AGAIN);
  /** @type {Map<Find, Find>} */
  const better = new Map();
  heads.forEach((head, i) => {
    const found = turned[i];
    if (found && found.score > head.score) better.set(head, found);
  });
  const closely = await turnedHeads(network, picture, [...better.values()], LOOK_CLOSELY);
  for (const [i, [head, found]] of [...better].entries()) better.set(head, closely[i] ?? found);
  return rows.map((row) => better.get(row) ?? row);
}

/**
 * The best find of each head in its turned surroundings, made so many pixels large.
 * @param {Network} network
 * @param {Picture} picture
 * @param {Find[]} heads
 * @param {number} side
 */
async function turnedHeads(network, picture, heads, side) {
  /** @type {(Find | undefined)[]} */
  const best = heads.map(() => undefined);
  if (!heads.length) return best;
  const strip = blank(side * heads.length, side, 4);
  const places = heads.map(({ box: [left, top, right, bottom] }) => ({
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    half: (Math.max(right - left, bottom - top) * REACH) / 2,
  }));
  places.forEach(({ x, y, half }, i) => {
    const head = resized(crop(picture, [rint(x - half), rint(y - half), rint(x + half), rint(y + half)]), side, side);
    for (let row = 0; row < side; row += 1)
      for (let column = 0; column < side; column += 1)
        for (let channel = 0; channel < 3; channel += 1)
          strip.data[(row * strip.width + i * side + column) * 4 + channel] =
            head.data[((side - 1 - row) * side + side - 1 - column) * 4 + channel];
  });
  // The best last, so that it stays.
  for (const one of (await look(network, strip, FACE)).reverse()) {
    const i = Math.min(Math.max(Math.floor((one.box[0] + one.box[2]) / 2 / side), 0), heads.length - 1);
    const { x, y, half } = places[i];
    const back = moved(one, (value, axis) =>
      axis ? y + half - (value * 2 * half) / side : x + half - ((value - side * i) * 2 * half) / side,
    );
    back.box = [back.box[2], back.box[3], back.box[0], back.box[1]];
    const [left, top, right, bottom] = back.box;
    const off = Math.max(Math.abs((left + right) / 2 - x), Math.abs((top + bottom) / 2 - y));
    if (off < half / 2) best[i] = back;
  }
  return best;
}

let room = new Float32Array(0);

/**
 * Zeros for the network, in the memory of the run before where that is as large.
 * @param {number} length
 */
function roomFor(length) {
  if (room.length === length) room.fill(0);
  else room = new Float32Array(length);
  return room;
}

/**
 * One run of the network.
 * @param {Network} network
 * @param {Picture} picture
 * @param {number} least
 * @returns {Promise<Find[]>}
 */
export async function look(network, { width, height, step, data }, least) {
  const wider = Math.ceil(width / 32) * 32,
    higher = Math.ceil(height / 32) * 32;
  const plane = wider * higher;
  const pixels = roomFor(3 * plane);
  for (let y = 0, from = 0; y < height; y += 1)
    for (let x = 0, to = y * wider; x < width; x += 1, to += 1, from += step) {
      pixels[to] = data[from + 2]; // YuNet learned on blue, green, red
      pixels[plane + to] = data[from + 1];
      pixels[2 * plane + to] = data[from];
    }
  const outputs = await network(pixels, higher, wider);
  return distinct(STRIDES.flatMap((stride) => decoded(outputs, stride, wider, least)));
}

/**
 * The finds of one grid, in pixels.
 * @param {Record<string, Float32Array>} outputs
 * @param {number} stride
 * @param {number} width
 * @param {number} least
 */
function decoded(outputs, stride, width, least) {
  const [classes, objects, boxes, points] = ["cls", "obj", "bbox", "kps"].map((kind) => outputs[`${kind}_${stride}`]);
  const columns = Math.floor(width / stride);
  /** @param {number} value */
  const share = (value) => Math.min(Math.max(value, 0), 1);
  const found = /** @type {Find[]} */ ([]);
  for (let cell = 0; cell < classes.length; cell += 1) {
    const score = Math.fround(Math.sqrt(Math.fround(share(classes[cell]) * share(objects[cell]))));
    if (score < Math.fround(least)) continue;
    const x = cell % columns,
      y = Math.floor(cell / columns);
    const cx = (x + boxes[cell * 4]) * stride,
      cy = (y + boxes[cell * 4 + 1]) * stride;
    const w = (Math.exp(boxes[cell * 4 + 2]) * stride) / 2,
      h = (Math.exp(boxes[cell * 4 + 3]) * stride) / 2;
    found.push({
      box: [cx - w, cy - h, cx + w, cy + h],
      points: [0, 2, 4, 6, 8].map((k) => [
        (points[cell * 10 + k] + x) * stride,
        (points[cell * 10 + k + 1] + y) * stride,
      ]),
      score,
    });
  }
  return found;
}

/**
 * The best find of each face, best first.
 * @param {Find[]} rows
 */
export function distinct(rows) {
  const kept = /** @type {Find[]} */ ([]);
  for (const row of [...rows].sort((one, other) => other.score - one.score))
    if (kept.every((one) => overlap(one.box, row.box) <= SAME_FACE)) kept.push(row);
  return kept;
}

/**
 * Area that two boxes share, over the area of both together.
 * @param {number[]} one
 * @param {number[]} other
 */
export function overlap(one, other) {
  const across = Math.min(one[2], other[2]) - Math.max(one[0], other[0]),
    down = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared);
}
