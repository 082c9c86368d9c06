// Faces that never move: posters, slides, frozen tiles, as aiducation.vision.static_faces finds them.
import { median } from "./median.js";

/** What is needed of a face. @typedef {{ id: number, box: number[], points: number[][] }} Place */

/** Why the face on a poster gets no state. */
export const NOT_MOVING = "not moving";

const STILL_S = 20,
  LOOKS = 8,
  STRAY = 0.02,
  MOST_LOOKS = 0.8;

/**
 * The value below which so many of the values lie, between two of them where need be.
 * @param {Float64Array} list in order
 * @param {number} share
 */
function quantile(list, share) {
  const at = (list.length - 1) * share;
  const low = Math.floor(at);
  return list[low] + (at - low) * ((list[low + 1] ?? list[low]) - list[low]);
}

/** Knows which faces have not moved for ``STILL_S``, from frame to frame. */
export class StillWatch {
  constructor() {
    this.known = /** @type {Map<number, { counted_s: number, time_s: number, points: number[][] }[]>} */ (new Map());
    this.stood_s = 0;
    this.before_s = 0;
    this.last = /** @type {Map<number, number>} */ (new Map());
  }

  /**
   * Since when each track of the next frame is still, in seconds; those that are not are not in it. While the whole picture
   * stands, nothing can be told: this time does not count.
   * @param {{ time_s: number, standing: boolean, faces: Place[] }} frame all places in one space
   * @returns {Map<number, number>}
   */
  since({ time_s, standing, faces }) {
    const passed_s = time_s - this.before_s;
    this.before_s = time_s;
    if (standing) {
      this.stood_s += passed_s;
      return this.last;
    }
    const counted_s = time_s - this.stood_s;
    const since = /** @type {Map<number, number>} */ (new Map());
    for (const { id, box, points } of faces) {
      const looks = this.known.get(id) ?? [];
      this.known.set(id, looks);
      looks.push({ counted_s, time_s, points });
      while (looks.length > LOOKS && looks[1].counted_s <= counted_s - STILL_S) looks.shift();
      if (looks.length < LOOKS || counted_s - looks[0].counted_s < STILL_S) continue;
      const side = Math.sqrt(Math.max((box[2] - box[0]) * (box[3] - box[1]), 1));
      if (strayOf(looks) < STRAY * side) since.set(id, looks[0].time_s);
    }
    for (const [id, looks] of this.known)
      if (counted_s - looks[looks.length - 1].counted_s >= STILL_S) this.known.delete(id);
    this.last = since;
    return since;
  }
}

/**
 * How far the landmarks of a face are from their usual place in most of its looks, in pixels.
 * @param {{ points: number[][] }[]} looks
 */
function strayOf(looks) {
  const strays = new Float64Array(looks.length),
    values = new Float64Array(looks.length);
  for (let k = 0; k < looks[0].points.length; k += 1) {
    const [usualX, usualY] = [0, 1].map((axis) => {
      for (let i = 0; i < looks.length; i += 1) values[i] = looks[i].points[k][axis];
      return median(values);
    });
    for (let i = 0; i < looks.length; i += 1) {
      const [x, y] = looks[i].points[k];
      strays[i] = Math.max(strays[i], Math.hypot(x - usualX, y - usualY));
    }
  }
  return quantile(strays.sort(), MOST_LOOKS);
}

/** What is said of a face that never moves: nothing. @template {{ why: string, probs: number[] | null, votes: number[] | null }} T @param {T} face @returns {T} */
export const notMoving = (face) => ({ ...face, probs: null, votes: null, why: NOT_MOVING });

/**
 * For each frame of a whole recording the tracks that are still in it, also where only later frames show it.
 * @param {{ time_s: number, standing: boolean, faces: Place[] }[]} frames in order of time
 */
export function stillTracks(frames) {
  const watch = new StillWatch();
  const since = frames.map((frame) => watch.since(frame));
  const from = /** @type {Map<number, number>} */ (new Map());
  const found = /** @type {Set<number>[]} */ ([]);
  for (let i = frames.length - 1; i >= 0; i -= 1) {
    for (const [id, time_s] of since[i]) from.set(id, time_s);
    found[i] = new Set(
      frames[i].faces.filter(({ id }) => frames[i].time_s >= (from.get(id) ?? Infinity)).map(({ id }) => id),
    );
  }
  return found;
}
