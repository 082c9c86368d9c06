// Pictures of several sizes in one recording, as aiducation.geometry and aiducation.observations.picture_space fit them together.

/** @typedef {{ width: number, height: number }} Size */

/**
 * Whether two pictures have the same ratio of width to height, up to 2 %.
 * @param {Size} one
 * @param {Size} other
 */
export const sameShape = (one, other) =>
  Math.abs(one.width * other.height - one.height * other.width) <= 0.02 * one.height * other.width;

/**
 * The size with the most pixels; of several the one that occurs most often, then the first.
 * @param {Size[]} sizes
 * @returns {Size}
 */
export function largest(sizes) {
  const counts = /** @type {Map<string, { size: Size, many: number }>} */ (new Map());
  for (const { width, height } of sizes) {
    const name = `${width} x ${height}`;
    counts.set(name, { size: { width, height }, many: (counts.get(name)?.many ?? 0) + 1 });
  }
  /** @param {Size} size */
  const pixels = ({ width, height }) => width * height;
  const best = [...counts.values()].reduce(
    (one, other) => ((pixels(other.size) - pixels(one.size) || other.many - one.many) > 0 ? other : one),
    { size: { width: 0, height: 0 }, many: 0 },
  );
  return best.size;
}

/**
 * A face where it lies once its picture is fitted into another.
 * @template {{ box: number[], points: [number, number][] }} T
 * @param {T} face
 * @param {Size} size of its picture
 * @param {Size} space of the other one
 * @returns {T}
 */
export function fitted(face, size, space) {
  if (size.width === space.width && size.height === space.height) return face;
  const scale = Math.min(space.width / Math.max(size.width, 1), space.height / Math.max(size.height, 1));
  const [left, top] = [(space.width - size.width * scale) / 2, (space.height - size.height * scale) / 2];
  /** @param {number[]} values x and y, in turn */
  const moved = (values) => values.map((value, i) => Math.fround(value * scale + (i % 2 ? top : left)));
  return { ...face, box: moved(face.box), points: face.points.map(moved) };
}
