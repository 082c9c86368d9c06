// The frames of a span of time, found without going through all the others: a player asks for one span after the other.

/** Times of a result are rounded: a frame of 119.99997 s is that of 120 s. */
const ROUNDED_S = 1e-4;

/**
 * The frames from a time to another one, both included.
 * @template {{ time_s: number }} T
 * @param {T[]} frames in order of time
 * @param {number} from_s
 * @param {number} to_s
 */
export const between = (frames, from_s, to_s) =>
  frames.slice(firstFrom(frames, from_s - ROUNDED_S), firstFrom(frames, to_s + ROUNDED_S));

/**
 * Number of the first frame that is not before a time.
 * @param {{ time_s: number }[]} frames in order of time
 * @param {number} time_s
 */
function firstFrom(frames, time_s) {
  let low = 0,
    high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle].time_s < time_s) low = middle + 1;
    else high = middle;
  }
  return low;
}
