// How well each face can be seen, as aiducation.vision.quality measures it.
import { crop, resized } from "./pillow.js";

/** @typedef {import("./pillow.js").Picture} Picture */
/** @typedef {import("./yunet.js").Find} Find */

/** @typedef {{ size: number, sharpness: number, brightness: number, contrast: number, yaw: number, roll: number, visible: number }} Quality */

const SIDE = 48;
const CRISP = 0.3;
const HEIGHT_TO_WIDTH = 1.27;
const AT_EDGE = 0.03;

/**
 * Measure one face.
 * @param {Picture} gray
 * @param {Find} find
 * @returns {Quality}
 */
export function assess(gray, { box, points }) {
  return {
    size: Math.min(...sidesOf(box)),
    ...lookOf(insideOf(gray, box)),
    ...poseOf(points),
    visible: visibleOf(box, gray.width, gray.height),
  };
}

/**
 * The first reason not to judge a face, or "".
 * @param {Quality} quality
 * @param {Api.Model["quality"]} limits
 */
export function reasonOf(quality, limits) {
  if (quality.size < limits.min_size) return "too small";
  if (quality.visible < limits.min_visible) return "cut off";
  if (quality.brightness < limits.min_brightness) return "too dark";
  if (quality.brightness > limits.max_brightness) return "too bright";
  if (Math.abs(quality.yaw) > limits.max_yaw) return "turned away";
  if (quality.sharpness < limits.min_sharpness || quality.contrast < limits.min_contrast) return "blurred";
  return "";
}

/** @param {number[]} box */
const sidesOf = ([left, top, right, bottom]) => [Math.max(right - left, 1e-3), Math.max(bottom - top, 1e-3)];

/**
 * 48 x 48 values in 0..1.
 * @param {Picture} gray
 * @param {number[]} box
 */
function insideOf(gray, box) {
  const left = Math.max(Math.floor(box[0]), 0),
    top = Math.max(Math.floor(box[1]), 0);
  const right = Math.min(Math.ceil(box[2]), gray.width),
    bottom = Math.min(Math.ceil(box[3]), gray.height);
  if (right <= left || bottom <= top) return new Float32Array(SIDE * SIDE);
  const { data } = resized(crop(gray, [left, top, right, bottom]), SIDE, SIDE);
  const made = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 1) made[i] = data[i] / 255;
  return made;
}

/**
 * Mean and standard deviation.
 * @param {Float32Array | Float64Array} values
 */
function spread(values) {
  let sum = 0,
    squares = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i];
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i += 1) squares += (values[i] - mean) ** 2;
  return [mean, Math.sqrt(squares / values.length)];
}

/** @param {Float32Array} face */
function lookOf(face) {
  const [brightness, contrast] = spread(face);
  const differences = new Float64Array((SIDE - 4) ** 2);
  for (let y = 2, to = 0; y < SIDE - 2; y += 1)
    for (let x = 2; x < SIDE - 2; x += 1, to += 1) {
      const at = y * SIDE + x;
      differences[to] = face[at] - (face[at - 2 * SIDE] + face[at + 2 * SIDE] + face[at - 2] + face[at + 2]) / 4;
    }
  return { sharpness: Math.min(spread(differences)[1] / (contrast + 0.01) / CRISP, 1), brightness, contrast };
}

/** @param {[number, number][]} points */
function poseOf([rightEye, leftEye, nose, rightMouth, leftMouth]) {
  const across = [leftEye[0] - rightEye[0], leftEye[1] - rightEye[1]];
  const middle = [0, 1].map((k) => (rightEye[k] + leftEye[k] + rightMouth[k] + leftMouth[k]) / 4);
  const down = [0, 1].map((k) => (rightMouth[k] + leftMouth[k] - rightEye[k] - leftEye[k]) / 2);
  const length = Math.max(Math.hypot(down[0], down[1]), 1e-3);
  const offset = ((nose[0] - middle[0]) * down[1] - (nose[1] - middle[1]) * down[0]) / length ** 2;
  return {
    yaw: Math.min(Math.max(offset / 0.5, -1), 1),
    roll: (Math.atan2(across[1], across[0]) * 180) / Math.PI,
  };
}

/**
 * @param {number[]} box
 * @param {number} width
 * @param {number} height
 */
function visibleOf(box, width, height) {
  const sides = sidesOf(box);
  return [width, height].reduce((share, end, k) => {
    const low = box[k],
      high = box[k + 2];
    const inside = Math.min(Math.max(high, 0), end) - Math.min(Math.max(low, 0), end);
    const atEdge = low < AT_EDGE * sides[k] || high > end - AT_EDGE * sides[k];
    const usual = k ? sides[0] * HEIGHT_TO_WIDTH : sides[1] / HEIGHT_TO_WIDTH;
    return (share * inside) / (atEdge ? Math.max(sides[k], usual) : sides[k]);
  }, 1);
}
