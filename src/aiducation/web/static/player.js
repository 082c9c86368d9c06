// The player of a recording: the film, the boxes of the frame that was looked at last, and the controls.
import { boxOf } from "./annotations.js";
import { alignedOf, getJson, reachable } from "./api.js";
import { faceDetails, probabilities } from "./group.js";
import { number } from "./language.js";
import { chip, model } from "./looks.js";
import { offers } from "./offers.js";
import { shownFaces } from "./small_groups.js";
import { t } from "./texts.js";
import { button, clock, h, toggle } from "./ui.js";
import { viewer } from "./viewer.js";
import { whyButton } from "./why.js";

const WINDOW_S = 120; // seconds of faces that are fetched together
const SPEEDS = [0.5, 1, 2, 4, 8];

/**
 * visible(state) says which faces are not dimmed; onmove(seconds) follows the time, onchoose(track_id or null) the face that is
 * held on to.
 * @param {Api.Job} job
 * @param {Api.Summary} result
 * @param {{
 *   seconds: number,
 *   visible: (state: State) => boolean,
 *   onmove: (seconds: number) => void,
 *   onchoose: (id: number | null) => void,
 * }} options
 */
export function player(job, result, { seconds, visible, onmove, onchoose }) {
  let summary = result,
    faces = faceWindows(job.links.faces, summary);
  let chosen = /** @type {number | null} */ (null),
    shownAt = /** @type {number | null} */ (null),
    turn = 0,
    annotated = false, // the video of the result, because the browser cannot play the recording
    running = true;

  const video = h("video", {
    src: job.links.source,
    preload: "metadata",
    playsinline: true,
    muted: true,
    "aria-label": t.recording.player(summary.source),
  });
  const play = button(t.recording.play, () => (video.paused ? video.play().catch(() => {}) : video.pause()), "main");
  const time = h("span", { class: "num time" });
  /** @type {HTMLSelectElement} */
  const speed = h(
    "select",
    {
      "aria-label": t.recording.speed,
      onchange: () => {
        video.playbackRate = Number(speed.value);
      },
    },
    SPEEDS.map((x) => h("option", { value: String(x), selected: x === 1 }, `${number(x)} ×`)),
  );
  const sound = toggle(t.recording.sound, false, (on) => {
    video.muted = !on;
  });
  const controls = h("div", { class: "player" }, play, time, sound, speed);
  const hint = h("p", { class: "muted small" }, t.recording.pointAt);
  const view = viewer({
    details: (face, key) => [
      typeof key === "number" && h("p", { class: "muted small" }, t.recording.track(key)),
      face
        ? [faceDetails(face, summary.group.view), key === chosen && why(face)]
        : trackDetails(
            summary.tracks.find((track) => track.track_id === key),
            summary.group.view,
          ),
    ],
    onpin: (key) => {
      chosen = typeof key === "number" ? key : null; // faces of a recording have tracks
      onchoose(chosen);
      paint();
    },
  });
  /**
   * Nobody's face is shown where faces were to be anonymized.
   * @param {Face} face
   */
  const why = (face) =>
    job.anonymize || !offers.server
      ? null
      : whyButton(face, async () => {
          video.pause(); // the card tells of one picture
          return (await alignedOf(job.links.self, face.time_s ?? 0, boxOf(face))).faces[0]?.pixels;
        });
  view.put(video);
  if (summary.width) view.shape(summary.width, summary.height);

  for (const name of ["play", "pause"])
    video.addEventListener(name, () => {
      play.textContent = video.paused ? t.recording.play : t.recording.pause;
    });
  // When it pauses, too: a slow browser may have painted nothing since the film came to this picture.
  for (const name of ["seeked", "loadeddata", "pause"]) video.addEventListener(name, () => moveTo(video.currentTime));
  video.addEventListener("click", () => play.click());
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth)
      unplayable(); // sound alone
    else if (annotated)
      view.shape(summary.width, summary.height, (summary.width * video.videoHeight) / video.videoWidth);
  });
  video.addEventListener("error", async () => {
    const lost = video.error?.code === MediaError.MEDIA_ERR_NETWORK || !(await reachable());
    if (running) (lost ? interrupted : unplayable)();
  });

  /** The server or the network is away: the film goes on where it was when somebody asks for it. */
  function interrupted() {
    const at = video.currentTime,
      said = hint.textContent ?? "";
    const again = button(t.again, () => {
      hint.textContent = said;
      video.load();
      video.currentTime = at;
      moveTo(at);
    });
    hint.replaceChildren(t.problem.unreachable, " ", again);
  }

  /** The annotated video plays everywhere; boxes are drawn in it. */
  function unplayable() {
    if (!running) return;
    if (job.links.video && !annotated) {
      annotated = true;
      const at = video.currentTime;
      video.src = job.links.video;
      video.currentTime = at;
      view.element.classList.add("drawn");
      hint.textContent = t.recording.playsAnnotated;
      return;
    }
    controls.hidden = hint.hidden = true;
    view.say(t.recording.unplayable);
  }

  /** @param {number} at */
  async function paintFaces(at) {
    turn += 1;
    const mine = turn;
    const near = await faces.at(at);
    if (!running || mine !== turn || !near || near.time === shownAt) return;
    shownAt = near.time;
    view.draw(
      near.faces,
      summary.width,
      summary.height,
      (face, key) => visible(face.state) && (chosen === null || key === chosen),
    );
  }
  function paint() {
    shownAt = null;
    paintFaces(video.currentTime);
  }
  /** @param {number} at */
  function moveTo(at) {
    onmove(at);
    time.textContent = `${clock(at)} / ${clock(seconds)}`;
    paintFaces(at);
  }
  /** @param {number} at */
  function seek(at) {
    video.currentTime = at;
    moveTo(at);
  }
  /**
   * Hold on to the face of a track, and go to where it is.
   * @param {Track} track
   */
  function choose({ track_id: id, first_s: first, last_s: last }) {
    view.pin(chosen === id ? null : id);
    if (chosen !== null && (video.currentTime < first || video.currentTime > last)) seek(first);
  }
  function tick() {
    if (!running) return;
    if (!video.paused) moveTo(video.currentTime);
    requestAnimationFrame(tick);
  }
  requestAnimationFrame(tick);

  return {
    element: h("div", {}, view.element, controls, hint),
    card: view.card,
    choose,
    paint,
    seek,
    time: () => video.currentTime,
    /**
     * Show a result that was changed, at the time that is shown.
     * @param {Api.Summary} changed
     */
    update(changed) {
      summary = changed;
      faces = faceWindows(job.links.faces, summary);
      if (chosen !== null && !summary.tracks.some((track) => track.track_id === chosen)) view.pin(null);
      paint();
    },
    stop: () => {
      running = false;
      video.pause();
      video.removeAttribute("src"); // ends what is still being loaded
      video.load();
    },
  };
}

/**
 * What a face showed over the whole recording.
 * @param {Track | undefined} track
 * @param {string | undefined} view
 */
function trackDetails(track, view) {
  if (!track) return null;
  return [
    h("p", { class: "row" }, chip(track.state), h("b", {}, t.states[track.state])),
    h("p", { class: "muted small" }, t.recording.trackMean(track.views)),
    track.probs.neutral !== null && probabilities((state) => track.probs[state], view),
  ];
}

/**
 * Index of the last time that is not after `time`.
 * @param {number[]} times
 * @param {number} time
 */
export function lastBefore(times, time) {
  let low = 0,
    high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time + 0.02) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The faces at a time of the recording, fetched piece by piece.
 * @param {string} address
 * @param {Api.Summary} summary
 */
function faceWindows(address, summary) {
  const pieces = /** @type {Map<number, ReturnType<typeof piece>>} */ (new Map());
  const times = summary.times_s;
  /**
   * @param {number} number
   * @returns {Promise<Map<number, Api.Result["faces"]>>}
   */
  async function piece(number) {
    const known = pieces.get(number);
    if (known) return known;
    const part = getJson(`${address}?from_s=${number * WINDOW_S}&to_s=${(number + 1) * WINDOW_S}`).then((answer) =>
      Map.groupBy(/** @type {Api.Faces} */ (answer).faces, (face) => face.time_s ?? 0),
    );
    part.catch(() => pieces.delete(number));
    pieces.set(number, part);
    return part;
  }
  return {
    /**
     * The last sample before a time, or the one just after it; none where the recording has no picture yet.
     * @param {number} time
     * @returns {Promise<{ time: number | null, faces: Face[] } | null>}
     */
    async at(time) {
      if (!times.length) return null;
      const found = times[lastBefore(times, time)];
      const late = time - found;
      if (late > model.timing.gap * summary.every_s || late < -0.25) return { time: null, faces: [] };
      const byTime = await piece(Math.floor(found / WINDOW_S)).catch(() => null);
      if (!byTime) return { time: null, faces: [] }; // not known now; asked for again when somebody comes back
      const key = [...byTime.keys()].find((one) => Math.abs(one - found) < 1e-3);
      return { time: found, faces: shownFaces(byTime.get(key ?? -1) ?? [], summary.group, found) };
    },
  };
}
