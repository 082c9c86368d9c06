// Faces over time: which face is which, and a state that rests on the last seconds, as aiducation.vision.smoothing makes it.
import { rows } from "./judge.js";
import { overlap } from "./yunet.js";

/** @typedef {import("./judge.js").Seen} Seen */
/** @typedef {{ id: number, box: number[], time_s: number, weight: number, mean: number[] | null, looks: number, sure: boolean }} Track */

/** Seconds after which a frame counts half. */
const HALF_LIFE_S = 1.5;
/** Boxes that share at least this much of both are one face; a track is forgotten after so many seconds. */
const SAME = 0.2,
  KEPT_S = 3;
/** A face counts once it was found with this score, or at so many looks in a row. */
const STRONG = 0.8,
  IN_A_ROW = 6;

/**
 * Gives a function that takes the faces of the next frame and gives its rows.
 * @param {import("./judge.js").About} about
 */
export function follower(about) {
  let tracks = /** @type {Track[]} */ ([]),
    next = 0,
    before_s = Number.POSITIVE_INFINITY;

  /**
   * @param {Seen[]} faces
   * @param {number} time_s
   * @param {{ width: number, height: number }} _size
   * @param {{ source: string, frame: number | null, time_s: number | null }} of
   */
  return (faces, time_s, _size, of) => {
    if (time_s < before_s) tracks = []; // another session has begun
    before_s = time_s;
    const free = new Set(tracks);
    const pairs = faces
      .flatMap((face) => tracks.map((track) => ({ face, track, shared: overlap(face.box, track.box) })))
      .filter(({ shared }) => shared >= SAME)
      .sort((one, other) => other.shared - one.shared);
    const known = /** @type {Map<Seen, Track>} */ (new Map());
    for (const { face, track } of pairs)
      if (free.has(track) && !known.has(face)) {
        free.delete(track);
        known.set(face, track);
      }
    const shown = faces.flatMap((face) => {
      const track = known.get(face) ?? { id: next++, box: [], time_s, weight: 0, mean: null, looks: 0, sure: false };
      if (!known.has(face)) tracks.push(track);
      track.box = face.box;
      track.looks += 1;
      track.sure ||= face.score >= STRONG || track.looks >= IN_A_ROW;
      const probs = face.probs && smoothed(track, face.probs, time_s);
      track.time_s = time_s;
      return track.sure ? [{ face: { ...face, probs }, id: track.id }] : [];
    });
    tracks = tracks.filter((track) => (track.sure ? time_s - track.time_s < KEPT_S : track.time_s === time_s));
    return rows(
      shown.map(({ face }) => face),
      about,
      { ...of, tracks: shown.map(({ id }) => id) },
    );
  };
}

/**
 * The mean of a track's probabilities, in which older frames count less.
 * @param {Track} track
 * @param {number[]} now
 * @param {number} time_s
 */
function smoothed(track, now, time_s) {
  const weight = track.weight * 0.5 ** (Math.max(time_s - track.time_s, 0) / HALF_LIFE_S);
  const mean = track.mean ?? now;
  track.mean = now.map((value, k) => (mean[k] * weight + value) / (weight + 1));
  track.weight = weight + 1;
  return track.mean;
}
