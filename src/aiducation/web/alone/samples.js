// What the pictures of a recording show, one after the other, as aiducation.vision.frame_looks finds it.
import { appearance } from "./appearance.js";
import { judge, LEAST_SCORE } from "./judge.js";
import { colorsOf } from "./scene.js";
import { detect, detectInHalf } from "./yunet.js";

/** @typedef {import("./pillow.js").Picture} Picture */
/** @typedef {import("./judge.js").Seen & { look: import("./appearance.js").Look }} Face */

/** Every how many pictures one is searched in full size, and their pixels. */
const TOGETHER = 12,
  PIXELS_TOGETHER = 100_000_000;

/**
 * What a picture shows: its faces with their appearance, what may be a face, and the colours by which cuts are found.
 * @typedef {{
 *   width: number,
 *   height: number,
 *   scene: import("./scene.js").Colors,
 *   faces: Face[],
 *   low_confidence: number[][],
 * }} Shown
 */

/**
 * @param {Picture} one
 * @param {Picture | null} other
 */
const sameSize = (one, other) => one.width === other?.width && one.height === other.height;

/**
 * @param {Picture} picture
 * @param {Awaited<ReturnType<typeof judge>>} seen
 * @returns {Shown}
 */
export function shownOf(picture, { faces, low_confidence }) {
  const { width, height } = picture;
  const boxes = faces.map(({ box }) => box);
  const looks = appearance(picture, boxes);
  const withLooks = faces.map((face, i) => ({ ...face, look: looks[i] }));
  return { width, height, scene: colorsOf(picture), faces: withLooks, low_confidence };
}

/** The last picture with what it shows: one that stands shows the same. */
export class Last {
  constructor() {
    this.picture = /** @type {Picture | null} */ (null);
    this.shown = /** @type {Shown | null} */ (null);
  }

  /**
   * @param {Picture} picture
   * @param {() => Promise<Shown>} look finds out what it shows
   * @returns {Promise<Shown & { standing: boolean }>}
   */
  async next(picture, look) {
    const { picture: before, shown } = this;
    const standing = before !== null && sameSize(picture, before) && same(picture.data, before.data);
    this.shown = standing && shown ? shown : await look();
    this.picture = picture;
    return { ...this.shown, standing };
  }
}

/** The pictures of one recording. */
export class Samples {
  /**
   * @param {import("./judge.js").Networks} networks
   * @param {import("./judge.js").About} about
   */
  constructor(networks, about) {
    this.networks = networks;
    this.about = about;
    this.number = 0;
    this.first = /** @type {{ picture: Picture, faces: Face[] } | null} */ (null); // searched in full size
    this.last = new Last();
  }

  /**
   * What the next picture shows.
   * @param {Picture} picture
   */
  async next(picture) {
    const { width, height } = picture;
    const together = Math.min(Math.max(Math.floor(PIXELS_TOGETHER / (width * height)), 1), TOGETHER);
    if (this.number % together === 0) this.first = null;
    this.number += 1;
    return this.last.next(picture, () => this.seen(picture));
  }

  /** @param {Picture} picture */
  async seen(picture) {
    const known = this.first && sameSize(picture, this.first.picture) ? this.first.faces : [];
    const seen = await judge(this.networks, this.about, picture, false, async (network) => {
      const half = await detectInHalf(network, picture, LEAST_SCORE, known);
      return half ?? detect(network, picture, LEAST_SCORE);
    });
    const shown = shownOf(picture, seen);
    this.first ??= { picture, faces: shown.faces };
    return shown;
  }
}

/**
 * @param {Uint8Array | Uint8ClampedArray} levels
 * @param {Uint8Array | Uint8ClampedArray} others
 */
function same(levels, others) {
  for (let i = 0; i < levels.length; i += 1) if (levels[i] !== others[i]) return false;
  return true;
}
