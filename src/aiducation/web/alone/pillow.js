// Pictures as Pillow makes them, to the last bit: what the Python side does before a network sees a face.

/**
 * A picture: `step` bytes a pixel, 1 for gray and 4 for colours, of which the fourth is not used.
 * @typedef {{ width: number, height: number, step: number, data: Uint8Array | Uint8ClampedArray }} Picture
 */

/** @typedef {[number, number, number, number]} Corners left, top, right, bottom */

/** How far a triangle reaches at its own scale. */
const SUPPORT = 1;

/** Bits behind the point of a weight. */
const BITS = 22;

/**
 * @param {number} width
 * @param {number} height
 * @param {number} step
 * @returns {Picture}
 */
export const blank = (width, height, step) => ({ width, height, step, data: new Uint8Array(width * height * step) });

/**
 * Halves go to the even number, as in NumPy.
 * @param {number} value
 */
export function rint(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/**
 * Gray levels of a picture in colours.
 * @param {Picture} picture
 * @returns {Picture}
 */
export function gray({ width, height, step, data }) {
  const made = blank(width, height, 1);
  for (let i = 0, at = 0; i < made.data.length; i += 1, at += step)
    made.data[i] = (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;
  return made;
}

/**
 * A part of a picture; what lies outside is black.
 * @param {Picture} picture
 * @param {Corners} corners whole numbers
 * @returns {Picture}
 */
export function crop(picture, [left, top, right, bottom]) {
  const { width, height, step, data } = picture;
  const made = blank(Math.max(right - left, 0), Math.max(bottom - top, 0), step);
  const from = Math.max(left, 0),
    to = Math.min(right, width);
  if (to <= from) return made;
  for (let y = Math.max(top, 0); y < Math.min(bottom, height); y += 1)
    made.data.set(
      data.subarray((y * width + from) * step, (y * width + to) * step),
      ((y - top) * made.width + from - left) * step,
    );
  return made;
}

/**
 * A part of a gray picture; what lies outside repeats its edge.
 * @param {Picture} picture
 * @param {Corners} corners whole numbers
 * @returns {Picture}
 */
export function padded(picture, [left, top, right, bottom]) {
  const { width, height, data } = picture;
  const made = blank(right - left, bottom - top, 1);
  for (let y = top, i = 0; y < bottom; y += 1) {
    const row = Math.min(Math.max(y, 0), height - 1) * width;
    for (let x = left; x < right; x += 1, i += 1) made.data[i] = data[row + Math.min(Math.max(x, 0), width - 1)];
  }
  return made;
}

/** What a pixel counts that lies so far away, at the scale of the new pixels. @typedef {(away: number) => number} Filter */

/** @type {Filter} */
const triangle = (away) => Math.max(1 - Math.abs(away), 0);
/** @type {Filter} */
const box = (away) => (away > -0.5 && away <= 0.5 ? 1 : 0);

/**
 * Weights of the pixels that each new pixel along one side is made of.
 * @param {number} length
 * @param {number} start
 * @param {number} end
 * @param {number} size
 * @param {Filter} filter
 * @param {number} support how far the filter reaches
 */
function weightsOf(length, start, end, size, filter = triangle, support = SUPPORT) {
  const scale = Math.fround(end - start) / size;
  const wide = Math.max(scale, 1);
  const reach = support * wide;
  const made = [];
  for (let i = 0; i < size; i += 1) {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const last = Math.min(Math.trunc(center + reach + 0.5), length);
    const shares = new Float64Array(Math.max(last - first, 0));
    let sum = 0;
    for (let k = 0; k < shares.length; k += 1) {
      shares[k] = filter((first + k - center + 0.5) * (1 / wide));
      sum += shares[k];
    }
    const weights = new Int32Array(shares.length);
    for (let k = 0; k < shares.length; k += 1)
      weights[k] = Math.trunc(0.5 + (sum ? shares[k] / sum : shares[k]) * 2 ** BITS);
    made.push({ first, weights });
  }
  return made;
}

/**
 * Resample along one side.
 * @param {Picture} picture
 * @param {ReturnType<typeof weightsOf>} parts
 * @param {boolean} across
 * @returns {Picture}
 */
function resampled(picture, parts, across) {
  const { width, height, step, data } = picture;
  const made = across ? blank(parts.length, height, step) : blank(width, parts.length, step);
  const channels = Math.min(step, 3);
  const [along, side] = across ? [step, width * step] : [width * step, step]; // bytes to the next pixel, to the next line
  const [toNext, toLine] = across ? [step, parts.length * step] : [width * step, step];
  const lines = across ? height : width;
  const to = made.data;
  for (let i = 0; i < parts.length; i += 1) {
    const { first, weights } = parts[i];
    for (let line = 0; line < lines; line += 1)
      for (let channel = 0; channel < channels; channel += 1) {
        let at = line * side + first * along + channel;
        let sum = 1 << (BITS - 1);
        for (let k = 0; k < weights.length; k += 1, at += along) sum += data[at] * weights[k];
        to[line * toLine + i * toNext + channel] = Math.min(Math.max(sum >> BITS, 0), 255);
      }
  }
  return made;
}

/**
 * Means of cells of so many pixels; cells at the end may be smaller.
 * @param {Picture} picture
 * @param {number} across
 * @param {number} down
 * @returns {Picture}
 */
export function reduced(picture, across, down = across) {
  const { width, height, step, data } = picture;
  if (across === 2 && down === 2 && width % 2 === 0 && height % 2 === 0) return halved(picture);
  const made = blank(Math.ceil(width / across), Math.ceil(height / down), step);
  for (let y = 0; y < made.height; y += 1)
    for (let x = 0; x < made.width; x += 1) {
      const right = Math.min((x + 1) * across, width),
        bottom = Math.min((y + 1) * down, height);
      const many = (right - x * across) * (bottom - y * down);
      const each = Math.floor(Math.fround(4294967296 / Math.fround(many * 256)));
      for (let channel = 0; channel < Math.min(step, 3); channel += 1) {
        let sum = many >> 1;
        for (let row = y * down; row < bottom; row += 1)
          for (let column = x * across; column < right; column += 1)
            sum += data[(row * width + column) * step + channel];
        made.data[(y * made.width + x) * step + channel] = Math.floor((sum * each) / 2 ** 24);
      }
    }
  return made;
}

/**
 * Means of two by two pixels, as `reduced` makes them: most of a live picture is spent on few loops.
 * @param {Picture} picture with even sides
 * @returns {Picture}
 */
function halved({ width, height, step, data }) {
  const made = blank(width / 2, height / 2, step);
  const to = made.data,
    line = width * step;
  for (let y = 0, at = 0, i = 0; y < height; y += 2, at += line)
    for (let x = 0; x < width; x += 2, at += step)
      for (let channel = 0; channel < step; channel += 1, at += 1, i += 1)
        to[i] = (data[at] + data[at + step] + data[at + line] + data[at + line + step] + 2) >> 2;
  return made;
}

/**
 * A picture, or the part of it in `box`, in another size; a much larger one is first reduced by whole numbers.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {Corners} [box]
 * @param {number} gap how many times larger than wanted the reduced picture is at least
 * @returns {Picture}
 */
export function resized(picture, width, height, box = [0, 0, picture.width, picture.height], gap = 2) {
  let [left, top, right, bottom] = box,
    from = picture;
  if (picture.width === width && picture.height === height && !left && !top && right === width && bottom === height)
    return picture;
  const across = Math.trunc((right - left) / width / gap) || 1,
    down = Math.trunc((bottom - top) / height / gap) || 1;
  if (across > 1 || down > 1) {
    const x = ((right - left) / width) * (SUPPORT - 0.5),
      y = ((bottom - top) / height) * (SUPPORT - 0.5);
    /** @type {Corners} */
    const safe = [
      Math.max(0, Math.trunc(left - x)),
      Math.max(0, Math.trunc(top - y)),
      Math.min(picture.width, Math.ceil(right + x)),
      Math.min(picture.height, Math.ceil(bottom + y)),
    ];
    from = reduced(crop(picture, safe), across, down);
    [left, right] = [(left - safe[0]) / across, (right - safe[0]) / across];
    [top, bottom] = [(top - safe[1]) / down, (bottom - safe[1]) / down];
  }
  [left, top, right, bottom] = [left, top, right, bottom].map(Math.fround);
  const columns = weightsOf(from.width, left, right, width),
    rows = weightsOf(from.height, top, bottom, height);
  const first = rows[0].first,
    end = rows[height - 1].first + rows[height - 1].weights.length;
  let made = crop(from, [0, first, from.width, end]); // only the rows that are needed
  if (from.width !== width || left || right !== width) made = resampled(made, columns, true);
  if (from.height === height && !top && bottom === height) return made;
  return resampled(
    made,
    rows.map((row) => ({ ...row, first: row.first - first })),
    false,
  );
}

/**
 * A picture in another size; each new pixel is the mean of those that it covers.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function boxed(picture, width, height) {
  const half = SUPPORT / 2;
  let made = picture;
  if (picture.width !== width)
    made = resampled(made, weightsOf(picture.width, 0, picture.width, width, box, half), true);
  if (picture.height === height) return made;
  return resampled(made, weightsOf(picture.height, 0, picture.height, height, box, half), false);
}

/**
 * One pixel of so many, along and across.
 * @param {Picture} picture in colours
 * @param {number} many
 * @returns {Picture}
 */
export function every({ width, height, step, data }, many) {
  const made = blank(Math.ceil(width / many), Math.ceil(height / many), step);
  for (let y = 0, to = 0; y < height; y += many)
    for (let x = 0; x < width; x += many, to += step)
      for (let k = 0, at = (y * width + x) * step; k < step; k += 1) made.data[to + k] = data[at + k];
  return made;
}

/**
 * A square of a gray picture that is turned: (x, y) of it is (a x + b y + c, d x + e y + f) of the picture.
 * @param {Picture} picture
 * @param {number} size
 * @param {[number, number, number, number, number, number]} terms a to f
 * @returns {Picture}
 */
export function turned({ width, height, data }, size, [a, b, c, d, e, f]) {
  const made = blank(size, size, 1);
  /** @param {number} x @param {number} y */
  const at = (x, y) => data[y * width + Math.min(Math.max(x, 0), width - 1)];
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c,
        y = d * (column + 0.5) + e * (row + 0.5) + f;
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const left = Math.floor(x - 0.5),
        top = Math.floor(y - 0.5);
      const dx = x - 0.5 - left,
        dy = y - 0.5 - top;
      /** @param {number} line */
      const along = (line) => at(left, line) * (1 - dx) + at(left + 1, line) * dx;
      const upper = along(Math.min(Math.max(top, 0), height - 1));
      const lower = top + 1 >= 0 && top + 1 < height ? along(top + 1) : upper;
      made.data[row * size + column] = upper * (1 - dy) + lower * dy;
    }
  return made;
}
