// Faces of a live picture, looked for around their last places alone: in the picture's own size, so that they look to the network as
// they do in the whole picture.
import { blank, crop } from "./pillow.js";
import { distinct, FACE, look, moved, righted, wide } from "./yunet.js";

/** @typedef {import("./yunet.js").Find} Find */
/** @typedef {import("./pillow.js").Picture} Picture */

/** A part of the picture, and where it lies in the picture that the network gets. @typedef {{ left: number, top: number, width: number, height: number, x: number, y: number }} Cell */

/** The network's largest step in pixels: a part that begins at such a place has the same grid as the whole picture. */
const STEP = 32;

/** What is searched around a face, in its sides to each of them, and in pixels at least. */
const AROUND = 0.3,
  LEAST_AROUND = 24;

/** Faces wider than this are searched in smaller copies as well; and the share of the whole picture up to which parts are quicker. */
const WIDEST = 300,
  QUICKER = 0.7;

/**
 * Every face in a picture that follows one in which these were found; null where the whole picture has to be searched, because there
 * were none, they fill most of the picture, or fewer are found than before.
 * @param {import("./yunet.js").Network} network
 * @param {Picture} picture
 * @param {number} least lowest score that is given
 * @param {Find[]} known
 * @returns {Promise<Find[] | null>}
 */
export async function detectNear(network, picture, least, known) {
  const faces = known.filter(({ score }) => score >= FACE);
  if (!faces.length || faces.some((one) => wide(one) > WIDEST)) return null;
  const { cells, width, height } = packed(faces.map((face) => cellOf(face)));
  if (width * height > QUICKER * picture.width * picture.height) return null;
  const parts = blank(width, height, picture.step);
  for (const cell of cells) copy(picture, cell, parts);
  const found = (await look(network, parts, least)).flatMap((one) => {
    const x = (one.box[0] + one.box[2]) / 2,
      y = (one.box[1] + one.box[3]) / 2;
    const cell = cells.find(
      (part) => x >= part.x && x < part.x + part.width && y >= part.y && y < part.y + part.height,
    );
    return cell ? [moved(one, (value, axis) => value + (axis ? cell.top - cell.y : cell.left - cell.x))] : [];
  });
  const near = distinct(found.filter(({ box }) => faces.some((face) => isNear(box, face.box))));
  if (near.filter(({ score }) => score >= FACE).length < faces.length) return null;
  return righted(network, picture, near);
}

/**
 * Whether the middle of one box lies in another.
 * @param {number[]} one
 * @param {number[]} other
 */
function isNear(one, other) {
  const x = (one[0] + one[2]) / 2,
    y = (one[1] + one[3]) / 2;
  return x > other[0] && x < other[2] && y > other[1] && y < other[3];
}

/**
 * The part of the picture around a face.
 * @param {Find} face
 * @returns {Cell}
 */
function cellOf({ box: [left, top, right, bottom] }) {
  const more = Math.max(AROUND * Math.max(right - left, bottom - top), LEAST_AROUND);
  const [x, y] = [left, top].map((value) => Math.floor((value - more) / STEP) * STEP);
  const [width, height] = [right - x, bottom - y].map((value) => Math.ceil((value + more) / STEP) * STEP);
  return { left: x, top: y, width, height, x: 0, y: 0 };
}

/**
 * The parts in rows, the highest first, so that little between them stays empty; and the size of all together.
 * @param {Cell[]} parts
 */
function packed(parts) {
  const sorted = [...parts].sort((one, other) => other.height - one.height);
  const widest = Math.max(...sorted.map(({ width }) => width));
  let sum = 0,
    best = inRows(sorted, widest);
  for (const { width } of sorted) {
    sum += width;
    const made = inRows(sorted, Math.max(sum, widest));
    if (made.width * made.height < best.width * best.height) best = made;
  }
  return best;
}

/**
 * @param {Cell[]} sorted
 * @param {number} most width of a row
 */
function inRows(sorted, most) {
  let [x, y, high, width] = [0, 0, 0, 0];
  const cells = sorted.map((cell) => {
    if (x + cell.width > most) [x, y, high] = [0, y + high, 0];
    const placed = { ...cell, x, y };
    x += cell.width;
    high = Math.max(high, cell.height);
    width = Math.max(width, x);
    return placed;
  });
  return { cells, width, height: y + high };
}

/**
 * @param {Picture} picture
 * @param {Cell} cell
 * @param {Picture} to
 */
function copy(picture, { left, top, width, height, x, y }, to) {
  const { data, step } = crop(picture, [left, top, left + width, top + height]);
  for (let row = 0; row < height; row += 1)
    to.data.set(data.subarray(row * width * step, (row + 1) * width * step), ((y + row) * to.width + x) * step);
}
