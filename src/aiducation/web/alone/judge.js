// From pixels to rows of faces, as the photo answer of the API has them. Runs in the worker; nothing here knows the page.
import { aligned, SIDE } from "./alignment.js";
import { median } from "./median.js";
import { gray } from "./pillow.js";
import { assess, reasonOf } from "./quality.js";
import { doubted } from "./second_look.js";
import { detect, FACE } from "./yunet.js";

/** @typedef {import("./pillow.js").Picture} Picture */
/** @typedef {import("./yunet.js").Find} Find */

/**
 * What the package says of the answers, in numbers: about.json.
 * @typedef {{
 *   outcomes: Measured[],
 *   model_outcomes: number,
 *   temperature: number,
 *   weights: number[] | null,
 *   split: number[],
 *   split_temperature: number,
 *   camera_temperature: number,
 *   threshold: number,
 *   shown: Record<string, Measured[]>,
 *   emotions: string[],
 *   vote_temperature: number,
 *   least_votes: number,
 *   expressions: Record<string, string>,
 *   cover_logit: number | null,
 *   limits: Api.Model["quality"],
 *   judge: string,
 *   head: Pick<Api.Result, "generator" | "schema_version" | "model" | "settings">,
 * }} About
 */

/**
 * The two networks.
 * @typedef {{
 *   detector: import("./yunet.js").Network,
 *   classifier: (faces: Float32Array, n: number) => Promise<Record<string, Float32Array>>,
 * }} Networks
 */

/** A face with what is said of it. @typedef {Find & { quality: import("./quality.js").Quality, why: string, probs: number[] | null, votes: number[] | null }} Seen */

/** Detections from here on may be faces: they are covered where faces are, and nothing is said of them. */
export const LEAST_SCORE = 0.2;

/** The reason of weak finds that the second look does not confirm. */
const DOUBTFUL = "maybe no face";

/** The reason of a face of which too much is hidden. */
const COVERED = "covered";

/** Votes of FER+: the eight emotions, unknown, not a face. */
const VOTES = 10;

/** Probabilities below this count as this much. */
const TINY = 1e-9;

/**
 * What one picture shows.
 * @param {Networks} networks
 * @param {About} about
 * @param {Picture} picture
 * @param {boolean} again look at weak finds a second time, as in a photo
 * @param {(network: import("./yunet.js").Network) => Promise<Find[]>} search how faces are found
 */
export async function judge(
  networks,
  about,
  picture,
  again,
  search = (network) => detect(network, picture, LEAST_SCORE),
) {
  const found = await search(networks.detector);
  const levels = gray(picture);
  const faces = /** @type {Seen[]} */ (
    found
      .filter(({ score }) => score >= FACE)
      .map((find) => {
        const quality = assess(levels, find);
        return { ...find, quality, why: reasonOf(quality, about.limits), probs: null, votes: null };
      })
  );
  if (again) {
    const unsure = await doubted(
      networks.detector,
      picture,
      faces.filter(({ why }) => !why),
    );
    for (const face of faces) if (unsure.has(face)) face.why = DOUBTFUL;
  }
  const asked = faces.filter(({ why }) => !why);
  if (asked.length) {
    const pixels = new Float32Array(asked.length * SIDE * SIDE);
    asked.forEach(({ points }, i) => {
      const face = aligned(levels, points);
      for (let k = 0, to = i * SIDE * SIDE; k < face.length; k += 1, to += 1) pixels[to] = face[k] / 255;
    });
    const made = await networks.classifier(pixels, asked.length);
    /** @param {string} name @param {number} width @param {number} i */
    const row = (name, width, i) => [...made[name].subarray(i * width, (i + 1) * width)];
    asked.forEach((face, i) => {
      if (made.covered && about.cover_logit !== null && made.covered[i] > about.cover_logit) {
        face.why = COVERED;
        return;
      }
      face.probs = probsOf(row("logits", about.model_outcomes, i), about);
      if (made.votes)
        face.votes = shares(row("votes", VOTES, i), about.vote_temperature).slice(0, about.emotions.length);
    });
  }
  const maybe = found.filter(({ score }) => score < FACE).map(({ box }) => box.map((value) => round(value, 1)));
  return { faces, low_confidence: maybe };
}

/**
 * Probabilities of the five outcomes, under the assumptions.
 * @param {number[]} logits
 * @param {About} about
 */
function probsOf(logits, about) {
  const raw = shares(logits, about.temperature);
  let made = about.outcomes.map((_outcome, k) => raw[k] ?? 0);
  const { weights } = about;
  if (!weights) return made;
  made = normal(made.map((one, k) => Math.max(one, TINY) * weights[k]));
  const pair = about.split.map((k) => made[k]);
  const together = pair.reduce((sum, one) => sum + one, 0);
  const parts = tempered(pair, about.split_temperature);
  about.split.forEach((k, i) => {
    made[k] = together * parts[i];
  });
  return tempered(made, about.camera_temperature);
}

/**
 * The softmax of logits.
 * @param {number[]} logits
 * @param {number} temperature
 */
function shares(logits, temperature) {
  const largest = Math.max(...logits);
  return normal(logits.map((one) => Math.exp((one - largest) / temperature)));
}

/** @param {number[]} values */
function normal(values) {
  const sum = Math.max(
    values.reduce((all, one) => all + one, 0),
    TINY ** 2,
  );
  return values.map((one) => one / sum);
}

/**
 * @param {number[]} probs
 * @param {number} temperature
 */
const tempered = (probs, temperature) => normal(probs.map((one) => one ** (1 / temperature)));

/**
 * State, expression, reason and confidence of a face.
 * @param {Seen} face
 * @param {About} about
 */
export function decide({ why, probs, votes }, { outcomes, shown, threshold, ...about }) {
  const merged = Object.entries(shown).map(([state, parts]) => ({
    state,
    share: probs ? parts.reduce((sum, part) => sum + probs[outcomes.indexOf(part)], 0) : Number.NaN,
  }));
  const best = merged.reduce((one, other) => (other.share > one.share ? other : one));
  const reason = why || (best.share >= threshold ? null : "not sure");
  const confidence = probs ? round(best.share, 4) : null;
  const state = reason ? "unclear" : best.state;
  return { state, expression: state === "other" ? expressionOf(votes, about) : null, reason, confidence };
}

/**
 * What a face of another expression shows, if enough raters would name it.
 * @param {number[] | null} votes
 * @param {Pick<About, "emotions" | "expressions" | "least_votes">} about
 */
function expressionOf(votes, { emotions, expressions, least_votes }) {
  const named = Object.entries(expressions).map(([emotion, word]) => ({
    word,
    share: votes ? round(votes[emotions.indexOf(emotion)], 4) : 0,
  }));
  const best = named.reduce((one, other) => (other.share > one.share ? other : one));
  return best.share >= least_votes ? best.word : null;
}

/**
 * The faces as rows of the JSON.
 * @param {Seen[]} faces
 * @param {About} about
 * @param {{ source: string, frame: number | null, time_s: number | null, tracks?: number[] }} of
 * @returns {Api.Result["faces"]}
 */
export function rows(faces, about, { source, frame, time_s, tracks }) {
  const made = faces.map((face, number) => {
    const { box, points, score, quality, probs, votes } = face;
    const [left, top, right, bottom] = box.map((value) => round(value, 1));
    return {
      source,
      frame,
      time_s,
      face: number,
      track_id: tracks?.[number] ?? null,
      ...decide(face, about),
      ...Object.fromEntries(about.outcomes.map((name, k) => [`p_${name}`, probs ? round(probs[k], 4) : null])),
      ...Object.fromEntries(about.emotions.map((name, k) => [`v_${name}`, votes ? round(votes[k], 4) : null])),
      left,
      top,
      right,
      bottom,
      score: round(score, 3),
      size: round(quality.size, 3),
      sharpness: round(quality.sharpness, 3),
      brightness: round(quality.brightness, 3),
      contrast: round(quality.contrast, 3),
      yaw: round(quality.yaw, 3),
      roll: round(quality.roll, 3),
      visible: round(quality.visible, 3),
      landmarks: points.map((point) => point.map((value) => round(value, 1))),
    };
  });
  return /** @type {Api.Result["faces"]} */ (/** @type {unknown} */ (made));
}

/**
 * A number with so many decimals.
 * @param {number} value
 * @param {number} digits
 */
export const round = (value, digits) => Number(value.toFixed(digits));

/** A face belongs to a row if its middle lies within so many heights of a face from the row's middle. */
const SAME_ROW = 0.5;

/**
 * The faces as one reads: row after row from above, in a row from left to right.
 * @template {Find} T
 * @param {T[]} faces
 * @returns {T[]}
 */
export function inReadingOrder(faces) {
  /** @param {T} face @param {number} k */
  const middle = ({ box }, k) => (box[k] + box[k + 2]) / 2;
  /** @param {T} face */
  const high = ({ box }) => box[3] - box[1];
  const lines = /** @type {T[][]} */ ([]);
  for (const face of [...faces].sort((one, other) => middle(one, 1) - middle(other, 1))) {
    const line = lines.at(-1);
    if (line) {
      const y = line.reduce((sum, one) => sum + middle(one, 1), 0) / line.length;
      const most = Math.max(median(line.map(high)), high(face));
      if (middle(face, 1) - y <= SAME_ROW * most) {
        line.push(face);
        continue;
      }
    }
    lines.push([face]);
  }
  return lines.flatMap((line) => line.sort((one, other) => middle(one, 0) - middle(other, 0)));
}
