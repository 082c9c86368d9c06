// What the camera shows, picture after picture: who is who, which faces never move, and in which size faces are searched.
import { judge, LEAST_SCORE, rows } from "./judge.js";
import { Follower } from "./live_tracks.js";
import { detectNear } from "./nearby.js";
import { fitted } from "./places.js";
import { Last, shownOf } from "./samples.js";
import { notMoving, StillWatch } from "./still_faces.js";
import { detect } from "./yunet.js";

/** @typedef {import("./pillow.js").Picture} Picture */

/** The whole picture is searched so often, in seconds, for new faces; between that, only around those that are known. */
const FULL_EVERY_S = 1;

/** What is known of the pictures before: the faces of the last one, and when the whole picture was searched. */
const newSession = () => ({
  follower: new Follower(),
  watch: new StillWatch(),
  last: new Last(),
  full_s: Number.NEGATIVE_INFINITY,
  faces: /** @type {import("./yunet.js").Find[]} */ ([]),
});

/** The pictures of a camera. Frame 0 begins another session: each page with a camera has a clock of its own. */
export class LivePictures {
  /**
   * @param {import("./judge.js").Networks} networks
   * @param {import("./judge.js").About} about
   */
  constructor(networks, about) {
    this.networks = networks;
    this.about = about;
    this.session = newSession();
  }

  /**
   * The rows of the next picture: faces of tracks that are faces by now, the still ones without a state.
   * @param {Picture} picture
   * @param {{ source: string, time_s: number, frame: number }} of
   */
  async next(picture, { source, time_s, frame }) {
    if (frame === 0) this.forget();
    const { follower, watch, last } = this.session;
    const shown = await last.next(picture, () => this.look(picture, time_s));
    const sure = follower.follow(shown, time_s).faces.filter(({ id }) => follower.tracker.confirmed.has(id));
    const places = sure.map(({ id, face }) => ({ id, ...fitted(face, shown, follower.space ?? shown) }));
    const still = watch.since({ time_s, standing: shown.standing, faces: places });
    const faces = sure.map(({ id, face }) => (still.has(id) ? notMoving(face) : face));
    const tracks = sure.map(({ id }) => id);
    return { low_confidence: shown.low_confidence, faces: rows(faces, this.about, { source, time_s, frame, tracks }) };
  }

  /** Let go of the last picture, and of everything that was known of those before it. */
  forget() {
    this.session = newSession();
  }

  /**
   * @param {Picture} picture
   * @param {number} time_s
   */
  async look(picture, time_s) {
    const { session } = this;
    const known = time_s - session.full_s < FULL_EVERY_S ? session.faces : [];
    const seen = await judge(this.networks, this.about, picture, false, async (network) => {
      const near = await detectNear(network, picture, LEAST_SCORE, known);
      if (!near) session.full_s = time_s;
      return near ?? detect(network, picture, LEAST_SCORE);
    });
    session.faces = seen.faces;
    return shownOf(picture, seen);
  }
}
