// The place and the speed of a head, as aiducation.vision.motion knows them: a Kalman filter in sides of its face.

const FADES_S = 1.5,
  JITTER = 0.12,
  FIRST_SPEED = 1.2,
  CALM = 0.2,
  LEARNED_S = 3;

/** Place and speed of one head, in pixels and seconds. */
export class Motion {
  /**
   * @param {number[]} place its centre
   * @param {number} side of its box
   */
  constructor(place, side) {
    this.place = place;
    this.side = side;
    this.speed = [0, 0];
    this.usual = FIRST_SPEED;
    this.known = [JITTER ** 2, 0, FIRST_SPEED ** 2]; // covariance of place and speed: both places, across, both speeds
  }

  /** Where it should be after some seconds. @param {number} passed_s */
  expected(passed_s) {
    const fades = FADES_S * (1 - Math.exp(-passed_s / FADES_S));
    return this.place.map((value, axis) => value + this.speed[axis] * fades);
  }

  /** Variance of where it is found after some seconds, in squared sides. @param {number} passed_s */
  spread(passed_s) {
    return this.after(passed_s)[0] + JITTER ** 2;
  }

  /**
   * Correct what is known by where it was found.
   * @param {number[]} place
   * @param {number} side
   * @param {number} passed_s
   */
  see(place, side, passed_s) {
    const [pp, ps, ss] = this.after(passed_s);
    const gain = [pp / (pp + JITTER ** 2), ps / (pp + JITTER ** 2)];
    const there = this.expected(passed_s);
    const squares = place.map((value, axis) => ((value - this.place[axis]) / this.side) ** 2);
    const moved = (squares[0] + squares[1]) / 2 - 2 * JITTER ** 2;
    const kept = Math.exp(-passed_s / FADES_S);
    this.speed = this.speed.map((value, axis) => value * kept + gain[1] * (place[axis] - there[axis]));
    this.place = there.map((value, axis) => value + gain[0] * (place[axis] - value));
    this.known = [pp - gain[0] * pp, ps - gain[0] * ps, ss - gain[1] * ps];
    const weight = 1 - Math.exp(-passed_s / LEARNED_S);
    const usual = (1 - weight) * this.usual ** 2 + (weight * Math.max(moved, 0)) / Math.max(passed_s, 0.1) ** 2;
    this.usual = Math.min(Math.max(Math.sqrt(usual), CALM), 4 * FIRST_SPEED);
    this.side = 0.6 * this.side + 0.4 * side;
  }

  /** The covariance after some seconds. @param {number} passed_s */
  after(passed_s) {
    const kept = Math.exp(-passed_s / FADES_S);
    const reach = FADES_S * (1 - kept);
    const both = FADES_S * (1 - kept) ** 2;
    const far = FADES_S ** 2 * ((2 * passed_s) / FADES_S - 3 + 4 * kept - kept ** 2);
    const [pp, ps, ss] = this.known;
    const noise = this.usual ** 2;
    return [
      pp + 2 * reach * ps + reach ** 2 * ss + noise * far,
      kept * (ps + reach * ss) + noise * both,
      kept ** 2 * ss + noise * (1 - kept ** 2),
    ];
  }
}
