// Faces over time: which face is which, and a state that rests on the last seconds, as aiducation.vision.smoothing makes it.
import { CutWatch } from "./cuts.js";
import { fitted, sameShape } from "./places.js";
import { Tracker } from "./tracker.js";

/** @typedef {import("./judge.js").Seen} Seen */

/** Seconds after which a frame counts half, and after which a track is forgotten here. */
const HALF_LIFE_S = 1.5,
  KEPT_S = 20 * HALF_LIFE_S;

/** A mean of probabilities in which older frames count less, for each track. */
export class Smoother {
  constructor() {
    this.known = /** @type {Map<number, { time_s: number, weight: number, mean: number[] }>} */ (new Map());
  }

  /**
   * @param {number} track
   * @param {number[]} now
   * @param {number} time_s
   */
  update(track, now, time_s) {
    const before = this.known.get(track);
    const weight = (before?.weight ?? 0) * 0.5 ** (Math.max(time_s - (before?.time_s ?? time_s), 0) / HALF_LIFE_S);
    const mean = now.map((value, k) => ((before?.mean[k] ?? 0) * weight + value) / (weight + 1));
    this.known.set(track, { time_s, weight: weight + 1, mean });
    for (const [one, { time_s: last }] of this.known) if (time_s - last >= KEPT_S) this.known.delete(one);
    return mean;
  }
}

/** What a picture shows, before it is known who is who. @typedef {{ width: number, height: number, scene: import("./scene.js").Colors, faces: (Seen & { look?: import("./appearance.js").Look })[] }} Shown */

/** Cuts, tracks and smoothed probabilities, frame after frame. */
export class Follower {
  constructor() {
    this.tracker = new Tracker();
    this.smoother = new Smoother();
    this.cuts = new CutWatch();
    this.space = /** @type {import("./places.js").Size | null} */ (null); // of the first picture: places are compared there
    this.before = /** @type {import("./places.js").Size | null} */ (null);
  }

  /**
   * The faces of the next frame, smoothed, with their tracks, and whether a cut lies before it: every track ends there but those of
   * faces whose surroundings stay.
   * @param {Shown} shown
   * @param {number} time_s
   */
  follow({ width, height, scene, faces }, time_s) {
    const size = { width, height },
      { before } = this;
    this.space ??= size;
    this.before = size;
    const cut = this.cuts.update(scene, time_s);
    const places = faces.map((face) => fitted(face, size, /** @type {import("./places.js").Size} */ (this.space)));
    const ids = this.tracker.update(places, time_s, {
      stays: cut && faces.map(({ box }) => cut.stays(box)),
      reshaped: before !== null && !sameShape(size, before),
    });
    const followed = faces.map(({ look: _forgotten, ...face }, i) => {
      const { probs, votes } = face;
      const both = probs && this.smoother.update(ids[i], [...probs, ...(votes ?? [])], time_s);
      const smooth = {
        probs: both?.slice(0, probs?.length) ?? null,
        votes: (votes && both?.slice(probs?.length)) ?? null,
      };
      return { id: ids[i], face: { ...face, ...smooth } };
    });
    return { cut: cut !== null, faces: followed };
  }
}
