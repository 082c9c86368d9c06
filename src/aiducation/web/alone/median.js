// The median.

/**
 * The value in the middle of the others in order, or halfway between the two there.
 * @param {ArrayLike<number>} values in any order
 */
export function median(values) {
  const list = Float64Array.from(values).sort();
  const half = list.length >> 1;
  return list.length % 2 ? list[half] : (list[half - 1] + list[half]) / 2;
}
