// Colours of hair and clothes, by which a track tells two people apart, as aiducation.vision.appearance takes them. Never stored.

/** @typedef {import("./pillow.js").Picture} Picture */

/** Shares of colours around the head and on the chest; null where too little of it is inside. @typedef {(number[] | null)[]} Look */

/** Levels of brightness, of red and of blue against brightness that are told apart. */
const LEVELS = [6, 5, 5],
  COLOURS = 150;

/** Head and chest in sides of the face from the middle of its lower edge: left, upper, right and lower edge. */
const PARTS = [
  [-0.6, -1.35, 0.6, 0.0],
  [-0.9, 0.25, 0.9, 1.35],
];

const POINTS = 8,
  LEAST_INSIDE = 0.3,
  USUAL_LIGHT = 0.5;

const ROOTS = Float32Array.from({ length: 256 }, (_none, level) => Math.sqrt(Math.fround(level / 255)));

/**
 * The appearance of each face.
 * @param {Picture} picture in colours
 * @param {number[][]} boxes
 * @returns {Look[]}
 */
export function appearance(picture, boxes) {
  const gain = USUAL_LIGHT / Math.max(lightOf(picture), USUAL_LIGHT / 4);
  return boxes.map((box) => PARTS.map((part) => colours(picture, box, part, gain)));
}

/** The mean root of some pixels. @param {Picture} picture */
function lightOf({ width, height, step, data }) {
  const across = Math.max(Math.floor(width / 64), 1),
    down = Math.max(Math.floor(height / 64), 1);
  let sum = 0,
    count = 0;
  for (let y = 0; y < height; y += down)
    for (let x = 0; x < width; x += across)
      for (let channel = 0; channel < 3; channel += 1, count += 1) sum += ROOTS[data[(y * width + x) * step + channel]];
  return sum / count;
}

/**
 * @param {Picture} picture
 * @param {number[]} box
 * @param {number[]} part
 * @param {number} gain that brings the picture to its usual light
 */
function colours({ width, height, step, data }, [left, top, right, bottom], part, gain) {
  const side = Math.sqrt(Math.max((right - left) * (bottom - top), 1));
  const middle = [(left + right) / 2, bottom];
  const edges = part.map((value, i) => value * side + middle[i % 2]);
  /** @param {number} axis */
  const places = (axis) =>
    Array.from({ length: POINTS }, (_none, i) =>
      Math.trunc(edges[axis] + (i / (POINTS - 1)) * (edges[axis + 2] - edges[axis])),
    );
  const columns = places(0).filter((x) => x >= 0 && x < width),
    rows = places(1).filter((y) => y >= 0 && y < height);
  const inside = columns.length * rows.length;
  if (inside / POINTS ** 2 < LEAST_INSIDE) return null;
  const shares = new Array(COLOURS).fill(0);
  for (const y of rows)
    for (const x of columns) {
      const at = (y * width + x) * step;
      const red = ROOTS[data[at]] * gain,
        green = ROOTS[data[at + 1]] * gain,
        blue = ROOTS[data[at + 2]] * gain;
      add(shares, red, blue, (red + green + blue) / 3);
    }
  return shares.map((one) => one / inside);
}

/**
 * A point between two colours counts for both.
 * @param {number[]} shares
 * @param {number} red
 * @param {number} blue
 * @param {number} bright
 */
function add(shares, red, blue, bright) {
  const [light, reds, blues] = LEVELS;
  const a = between(bright * 6 - 0.5, light),
    b = between((red - bright) * 10 + 2, reds),
    c = between((blue - bright) * 10 + 2, blues);
  const lowA = Math.min(Math.trunc(a), light - 2),
    lowB = Math.min(Math.trunc(b), reds - 2),
    lowC = Math.min(Math.trunc(c), blues - 2);
  for (let corner = 0; corner < 8; corner += 1) {
    const upA = corner >> 2,
      upB = (corner >> 1) & 1,
      upC = corner & 1;
    const cell = ((lowA + upA) * reds + lowB + upB) * blues + lowC + upC;
    shares[cell] += Math.abs(1 - upA - (a - lowA)) * Math.abs(1 - upB - (b - lowB)) * Math.abs(1 - upC - (c - lowC));
  }
}

/**
 * @param {number} value
 * @param {number} levels
 */
const between = (value, levels) => Math.min(Math.max(value, 0), levels - 1);

/**
 * How different two appearances are: 0 alike, 1 without a colour in common; null where that is unknown.
 * @param {Look} one
 * @param {Look} other
 */
export function unlikeness(one, other) {
  const known = one.flatMap((part, i) => {
    const theirs = other[i];
    return part && theirs ? [1 - part.reduce((sum, share, k) => sum + Math.sqrt(share * theirs[k]), 0)] : [];
  });
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

/**
 * The mean of several appearances.
 * @param {Look[]} looks
 * @returns {Look}
 */
export const meanOf = (looks) =>
  PARTS.map((_none, i) => {
    const known = looks.flatMap((look) => (look[i] ? [/** @type {number[]} */ (look[i])] : []));
    return known.length
      ? known[0].map((_share, k) => known.reduce((sum, part) => sum + part[k], 0) / known.length)
      : null;
  });
