// A recording from file to result: pictures at the sampling interval, tracks, smoothing, faces that never move, the group.
import { about as aboutOf, letGo, sampleOf } from "./api.js";
import { groupOverTime } from "./group_over_time.js";
import { decide, rows } from "./judge.js";
import { _, number } from "./language.js";
import { Follower } from "./live_tracks.js";
import { model } from "./looks.js";
import { fitted, largest } from "./places.js";
import { notMoving, stillTracks } from "./still_faces.js";
import { clock } from "./ui.js";
import { openVideo, UNREADABLE } from "./video_pictures.js";

/** @typedef {import("./judge.js").Seen} Seen */
/**
 * A picture that was looked at, and whether a cut lies before it.
 * @typedef {{
 *   time_s: number,
 *   frame: number | null,
 *   width: number,
 *   height: number,
 *   standing: boolean,
 *   cut: boolean,
 *   faces: { id: number, face: Seen }[],
 * }} Frame
 */

/** Sizes and cuts that are listed in a note at most. */
const LISTED = 6;

/**
 * Everything that was seen of a recording; no picture is in it.
 * @typedef {{
 *   head: Record<string, any> & { every_s: number, duration_s?: number },
 *   frames: { time_s: number, faces: Api.Result["faces"] }[],
 *   about: import("./judge.js").About,
 *   address: string,
 *   duration_s: number,
 * }} Seen_
 */

/**
 * Analyze a recording. What was seen until it was stopped, or until it breaks off, is a result, too.
 * @param {File} file
 * @param {{ every_s: number, signal: AbortSignal, onprogress: (done_s: number, total_s: number) => void }} options
 * @returns {Promise<Seen_>}
 */
export async function analyzeRecording(file, { every_s, signal, onprogress }) {
  const about = await aboutOf();
  const address = URL.createObjectURL(file); // whoever takes the result revokes it
  try {
    return await readRecording(file.name, address, about, { every_s, signal, onprogress });
  } catch (problem) {
    URL.revokeObjectURL(address);
    throw problem;
  }
}

/**
 * @param {string} source
 * @param {string} address
 * @param {import("./judge.js").About} about
 * @param {Parameters<typeof analyzeRecording>[1]} options
 * @returns {Promise<Seen_>}
 */
async function readRecording(source, address, about, { every_s, signal, onprogress }) {
  const video = await openVideo(address, signal);
  const follower = new Follower();
  const frames = /** @type {Frame[]} */ ([]);
  let broken = false;
  try {
    for await (const { time_s, frame, picture } of video.samples(every_s)) {
      const seen = await sampleOf(picture, !frames.length);
      picture.close();
      const { width, height, standing } = seen;
      frames.push({ time_s, frame, width, height, standing, ...follower.follow(seen, time_s) });
      onprogress(time_s, video.duration_s);
    }
  } catch (problem) {
    if (problem.name !== UNREADABLE || !frames.length) throw problem;
    broken = true;
  } finally {
    video.close();
    letGo("recording");
  }
  const space = largest(frames);
  const sure = frames.map((one) => ({
    ...one,
    faces: one.faces
      .filter(({ id }) => follower.tracker.confirmed.has(id))
      .map(({ id, face }) => ({ id, face: fitted(face, one, space) })),
  }));
  const stopped = signal.aborted;
  const head = {
    ...about.head,
    kind: "recording",
    source,
    ...space,
    notes: [
      ...sizeNote(frames, space),
      ...cutNote(frames),
      ...(stopped ? [_("The analysis was stopped before the end of the recording.")] : []),
      ...(broken ? [brokenNote(frames)] : []),
    ],
    every_s,
    times_s: frames.map(({ time_s }) => Number(time_s.toFixed(4))),
    standing_s: frames.filter(({ standing }) => standing).map(({ time_s }) => Number(time_s.toFixed(4))),
    cuts_s: frames.filter(({ cut }) => cut).map(({ time_s }) => Number(time_s.toFixed(4))),
    complete: !stopped && !broken,
    ...(Number.isFinite(video.duration_s) && { duration_s: Number(video.duration_s.toFixed(4)) }),
    decoding: { software: navigator.userAgent, decoder: "browser" },
  };
  return { head, frames: rowsOf(sure, about, source), about, address, duration_s: video.duration_s };
}

/**
 * What a reader should know of a recording whose picture changes its size.
 * @param {Frame[]} frames
 * @param {import("./places.js").Size} space
 */
function sizeNote(frames, { width, height }) {
  const named = [...new Set(frames.map((one) => `${one.width} x ${one.height}`))];
  if (named.length < 2) return [];
  const join = [...named.slice(0, LISTED), ...(named.length > LISTED ? [_("and others")] : [])].join(", ");
  return [
    _(
      "The picture changes its size during the recording ({join}). All boxes are given in pixels of the largest, {width} x {height}; every other picture is fitted into it.",
      { join, width, height },
    ),
  ];
}

/**
 * What a reader should know of a recording with cuts.
 * @param {Frame[]} frames
 */
function cutNote(frames) {
  const times = frames.filter(({ cut }) => cut).map(({ time_s }) => clock(time_s));
  if (!times.length) return [];
  const listed = times.slice(0, LISTED).join(", ") + (times.length > LISTED ? _(" and others") : "");
  if (times.length === 1)
    return [_("The picture cuts to another scene at {listed}; new tracks begin there.", { listed })];
  return [
    _("The picture cuts to another scene {times} times (at {listed}); new tracks begin at each cut.", {
      times: number(times.length),
      listed,
    }),
  ];
}

/** @param {Frame[]} frames */
const brokenNote = (frames) =>
  _("This recording could be read up to {time} only: the rest is missing or damaged, or this browser cannot play it.", {
    time: clock(frames[frames.length - 1].time_s),
  });

/**
 * The rows of each frame; faces that never move get no state.
 * @param {Frame[]} frames
 * @param {import("./judge.js").About} about
 * @param {string} source
 */
function rowsOf(frames, about, source) {
  const still = stillTracks(
    frames.map(({ time_s, standing, faces }) => ({
      time_s,
      standing,
      faces: faces.map(({ id, face }) => ({ id, box: face.box, points: face.points })),
    })),
  );
  return frames.map(({ time_s, frame, faces }, i) => {
    const shown = faces.map(({ id, face }) => (still[i].has(id) ? notMoving(face) : face));
    const tracks = faces.map(({ id }) => id);
    return { time_s, faces: rows(shown, about, { source, frame, time_s, tracks }) };
  });
}

/**
 * The JSON of a recording, for a smallest group.
 * @param {Seen_} seen
 * @param {number} least
 */
export function resultOf({ head, frames }, least) {
  const { group } = groupOverTime(frames, head, least);
  return /** @type {Api.Result} */ ({ ...head, group, faces: frames.flatMap(({ faces }) => faces) });
}

/**
 * The same without the rows, and with tracks, as the player needs it.
 * @param {Seen_} seen
 * @param {number} least
 */
export function summaryOf({ head, frames, about }, least) {
  const { group, hidden } = groupOverTime(frames, head, least);
  const tracks = /** @type {Map<number, any>} */ (new Map());
  frames.forEach(({ time_s, faces }, i) => {
    for (const face of faces) {
      const well = face.p_neutral !== null;
      const state = hidden[i] && well ? "withheld" : face.state;
      const track = tracks.get(face.track_id ?? -1) ?? newTrack(face.track_id ?? -1, time_s, about);
      tracks.set(track.track_id, track);
      track.last_s = time_s;
      track.views += 1;
      track.seen_well += well ? 1 : 0;
      if (well && !hidden[i]) {
        track.shown += 1;
        about.outcomes.forEach((name) => {
          track.sums[name] += face[`p_${name}`] ?? 0;
        });
      }
      const last = track.spans.at(-1);
      if (last && last[2] === state && time_s - last[1] <= model.timing.gap * head.every_s) last[1] = time_s;
      else track.spans.push([time_s, time_s, state]);
    }
  });
  const made = [...tracks.values()].map(({ sums, shown, ...track }) => {
    const probs = about.outcomes.map((name) => (shown ? sums[name] / shown : null));
    const known = shown
      ? decide(/** @type {any} */ ({ why: "", probs, votes: null }), about).state
      : track.seen_well
        ? "withheld"
        : "unclear";
    return { ...track, state: known, probs: Object.fromEntries(about.outcomes.map((name, k) => [name, probs[k]])) };
  });
  return /** @type {Api.Summary} */ (/** @type {unknown} */ ({ ...head, group, tracks: made }));
}

/**
 * @param {number} track_id
 * @param {number} first_s
 * @param {import("./judge.js").About} about
 */
const newTrack = (track_id, first_s, about) => ({
  track_id,
  first_s,
  last_s: first_s,
  views: 0,
  seen_well: 0,
  shown: 0,
  sums: Object.fromEntries(about.outcomes.map((name) => [name, 0])),
  spans: /** @type {any[]} */ ([]),
});
