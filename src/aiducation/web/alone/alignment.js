// From a face that was found to the framing of the training images, as aiducation.vision.alignment cuts it ("upright").
import { padded, reduced, resized, turned } from "./pillow.js";

/** @typedef {import("./pillow.js").Picture} Picture */

export const SIDE = 48;
const TEMPLATE = [
  [15.6, 18.0],
  [32.4, 18.0],
  [24.0, 28.2],
  [17.2, 35.7],
  [30.8, 35.7],
].map((point) => point.map(Math.fround));
const WIDTH = 0.9; // of the square that is cut out, in sides of the training images' square
const SMALL_TILT = 15;

/** @param {number[][]} points */
const middleOf = (points) => [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);

const CENTRE = middleOf(TEMPLATE).map(Math.fround);
const SIZE = TEMPLATE.reduce((sum, [x, y]) => sum + (x - CENTRE[0]) ** 2 + (y - CENTRE[1]) ** 2, 0);

/**
 * 48 x 48 gray levels.
 * @param {Picture} gray
 * @param {[number, number][]} points the five landmarks
 */
export function aligned(gray, points) {
  const degrees = (Math.atan2(points[1][1] - points[0][1], points[1][0] - points[0][0]) * 180) / Math.PI;
  const tilt = Math.abs(degrees) < SMALL_TILT ? 0 : degrees;
  const radians = (tilt * Math.PI) / 180;
  const [mx, my] = middleOf(points);
  const spread = points.reduce((sum, [x, y]) => sum + (x - mx) ** 2 + (y - my) ** 2, 0);
  const scale = Math.sqrt(spread / SIZE);
  const [ox, oy] = CENTRE.map((value) => (SIDE / 2 - value) * scale);
  const x = mx + ox * Math.cos(radians) - oy * Math.sin(radians),
    y = my + oy * Math.cos(radians) + ox * Math.sin(radians);
  return cut(gray, x, y, Math.max((scale * WIDTH * SIDE) / 2, 1), radians).data;
}

/**
 * @param {Picture} gray
 * @param {number} cx
 * @param {number} cy
 * @param {number} half
 * @param {number} radians
 */
function cut(gray, cx, cy, half, radians) {
  const reach = half * (radians ? Math.SQRT2 : 1) + 2;
  const left = Math.floor(cx - reach),
    top = Math.floor(cy - reach);
  let face = padded(gray, [left, top, Math.ceil(cx + reach), Math.ceil(cy + reach)]);
  let x = cx - left,
    y = cy - top;
  if (!radians) return resized(face, SIDE, SIDE, [x - half, y - half, x + half, y + half]);
  const smaller = Math.max(1, Math.trunc((2 * half) / SIDE)); // it is resampled once, by single pixels
  if (smaller > 1) face = reduced(face, smaller);
  x /= smaller;
  y /= smaller;
  const step = (2 * half) / smaller / SIDE;
  const cos = Math.cos(radians) * step,
    sin = Math.sin(radians) * step;
  return turned(face, SIDE, [cos, -sin, x - ((cos - sin) * SIDE) / 2, sin, cos, y - ((sin + cos) * SIDE) / 2]);
}
