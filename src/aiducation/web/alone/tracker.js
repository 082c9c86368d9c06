// The same number for the same face over time, as aiducation.vision.tracker gives it: by place, motion, size and appearance.
import { meanOf, unlikeness } from "./appearance.js";
import { worthIt } from "./assignment.js";
import { Motion } from "./motion.js";

/** @typedef {import("./yunet.js").Find} Find */
/** @typedef {import("./appearance.js").Look} Look */
/** @typedef {{ number: number, motion: Motion, seen_s: number, looks: number, missed: number, past: [number, Look][] }} Track */

const STRONG = 0.8,
  IN_A_ROW = 6,
  PATIENCE_S = 5;
const NEW = 3.5,
  HEAVY = 3,
  GROWS = 0.12,
  GROWS_PER_S = 0.15,
  MOST_GROWTH = Math.log(2),
  UNSURE = 0.3;
const EITHER = 0.07,
  UNIT = 0.035,
  AGAINST = 8,
  REMEMBERED = 4;
/** For a picture of another shape, which may lay out anew what it shows; and sides of a face that may go on over a cut. */
const FREE_GROWTH = 0.3,
  FREE = 1,
  STAYS = 0.5;

/** @param {number[]} box */
const centreOf = (box) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
/** @param {number[]} box */
const sideOf = (box) => Math.sqrt(Math.max((box[2] - box[0]) * (box[3] - box[1]), 1e-6));

export class Tracker {
  constructor() {
    /** The tracks that are faces; others may be chance. */
    this.confirmed = /** @type {Set<number>} */ (new Set());
    this.tracks = /** @type {Track[]} */ ([]);
    this.numbers = /** @type {Set<number>} */ (new Set());
  }

  /**
   * The numbers of what was seen at a time.
   * @param {(Find & { look?: Look })[]} faces
   * @param {number} time_s later than before
   * @param {{ stays?: boolean[] | null, reshaped?: boolean }} [change] where there is a cut, which faces may go on over it,
   *   while every other track ends; whether the picture has another shape than the one before
   */
  update(faces, time_s, { stays = null, reshaped = false } = {}) {
    const centres = faces.map(({ box }) => centreOf(box)),
      sides = faces.map(({ box }) => sideOf(box));
    const ids = /** @type {number[]} */ (faces.map(() => -1));
    this.tracks = this.tracks.filter((track) =>
      this.confirmed.has(track.number) ? time_s - track.seen_s <= PATIENCE_S : !track.missed,
    );
    for (const track of this.tracks) track.missed += 1;
    for (const strong of [true, false])
      for (const confirmed of [true, false]) {
        const rows = faces.flatMap(({ score }, i) =>
          score >= STRONG === strong && ids[i] < 0 && (!stays || stays[i]) ? [i] : [],
        );
        const open = this.tracks.filter((track) => track.missed && this.confirmed.has(track.number) === confirmed);
        const cost = open.map((track) => {
          const look = track.past.length && !reshaped ? meanOf(track.past.map(([, one]) => one)) : undefined;
          return rows.map((i) =>
            stays && awayFrom(track, centres[i]) > STAYS
              ? Number.POSITIVE_INFINITY
              : costOf(track, centres[i], sides[i], time_s, reshaped) + weightOf(look, faces[i].look),
          );
        });
        const pairs = worthIt(cost);
        const unsure = unsureOf(pairs, cost);
        for (const [i, j] of pairs)
          if (!unsure.has(i)) {
            ids[rows[j]] = open[i].number;
            open[i].missed = 0;
          }
        const ended = new Set([...unsure].map((i) => open[i]));
        this.tracks = this.tracks.filter((track) => !ended.has(track));
      }
    faces.forEach(({ score, look }, i) => {
      this.see(ids, i, centres[i], sides[i], score, time_s, look);
    });
    if (stays) this.tracks = this.tracks.filter((track) => !track.missed);
    return ids;
  }

  /**
   * @param {number[]} ids
   * @param {number} i
   * @param {number[]} centre
   * @param {number} side
   * @param {number} score
   * @param {number} time_s
   * @param {Look} [look]
   */
  see(ids, i, centre, side, score, time_s, look) {
    let track = this.tracks.find(({ number }) => number === ids[i]);
    if (track) track.motion.see(centre, side, Math.max(time_s - track.seen_s, 1e-3));
    else {
      ids[i] = this.newNumber();
      track = { number: ids[i], motion: new Motion(centre, side), seen_s: time_s, looks: 0, missed: 0, past: [] };
      this.tracks.push(track);
    }
    track.seen_s = time_s;
    track.looks += 1;
    track.missed = 0;
    track.past = track.past.filter(([then_s]) => then_s >= time_s - PATIENCE_S);
    if (look?.some((part) => part))
      track.past = [...track.past, /** @type {[number, Look]} */ ([time_s, look])].slice(-REMEMBERED);
    if (score >= STRONG || track.looks >= IN_A_ROW) this.confirmed.add(track.number);
  }

  /** A random number below a million, so that it says nothing, not even who came first. */
  newNumber() {
    let number = 0;
    do number = 1 + (crypto.getRandomValues(new Uint32Array(1))[0] % 999_999);
    while (this.numbers.has(number));
    this.numbers.add(number);
    return number;
  }
}

/**
 * How far a detection is from where a track was seen last, in sides of its face.
 * @param {Track} track
 * @param {number[]} centre
 */
const awayFrom = ({ motion }, centre) =>
  Math.hypot(motion.place[0] - centre[0], motion.place[1] - centre[1]) / motion.side;

/**
 * What it costs to go on with a detection instead of beginning a new track.
 * @param {Track} track
 * @param {number[]} centre
 * @param {number} side
 * @param {number} time_s
 * @param {boolean} reshaped
 */
function costOf({ motion, seen_s }, centre, side, time_s, reshaped) {
  const [free, grows] = reshaped ? [FREE ** 2, FREE_GROWTH] : [0, 0];
  const passed = time_s - seen_s;
  const growth = Math.abs(Math.log(side / motion.side));
  if (growth > MOST_GROWTH) return Number.POSITIVE_INFINITY;
  const expected = motion.expected(passed),
    spread = motion.spread(passed);
  const distance = Math.hypot(expected[0] - centre[0], expected[1] - centre[1]) / Math.sqrt(motion.side * side);
  const cost = ((HEAVY + 2) / 2) * Math.log1p(distance ** 2 / ((spread + free) * HEAVY)) + Math.log(spread);
  return cost + 0.5 * (growth / (GROWS + grows + GROWS_PER_S * passed)) ** 2 - NEW;
}

/**
 * What appearances add to the cost; 0 where they are not known.
 * @param {Look} [known]
 * @param {Look} [look]
 */
function weightOf(known, look) {
  const apart = known && look ? unlikeness(known, look) : null;
  return apart === null ? 0 : Math.min((apart - EITHER) / UNIT, AGAINST);
}

/**
 * Rows of pairs that could as well have changed their partners: nobody can tell, so both tracks end.
 * @param {[number, number][]} pairs
 * @param {number[][]} cost
 */
function unsureOf(pairs, cost) {
  const found = /** @type {Set<number>} */ (new Set());
  pairs.forEach(([a, c], n) => {
    for (const [b, d] of pairs.slice(n + 1))
      if (cost[a][d] + cost[b][c] - cost[a][c] - cost[b][d] < UNSURE) found.add(a).add(b);
  });
  return found;
}
