// The player of a recording: the film, the boxes of the frame that was looked at last, and the controls.
import { getJson } from "./api.js";
import { shownFaces } from "./few.js";
import { faceDetails, probabilities } from "./group.js";
import { chip } from "./look.js";
import { t } from "./texts.js";
import { button, clock, h, toggle } from "./ui.js";
import { viewer } from "./viewer.js";

const WINDOW_S = 120; // seconds of faces that are fetched together
const SPEEDS = [0.5, 1, 2, 4, 8];

/**
 * visible(state) says which faces are not dimmed; onmove(seconds) follows the time, onchoose(track_id or null) the face that is
 * held on to.
 */
export function player(job, summary, { seconds, visible, onmove, onchoose }) {
  const faces = faceWindows(job.links.faces, summary);
  let chosen = null,
    shownAt = null,
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
  const speed = h(
    "select",
    {
      "aria-label": t.recording.speed,
      onchange: () => {
        video.playbackRate = Number(speed.value);
      },
    },
    SPEEDS.map((x) => h("option", { value: String(x), selected: x === 1 }, `${x} ×`)),
  );
  const sound = toggle(t.recording.sound, false, (on) => {
    video.muted = !on;
  });
  const controls = h("div", { class: "player" }, play, time, sound, speed);
  const hint = h("p", { class: "muted small" }, t.recording.pointAt);
  const view = viewer({
    details: (face, key) => [
      typeof key === "number" && h("p", { class: "muted small" }, t.recording.track(key)),
      face ? faceDetails(face) : trackDetails(summary.tracks.find((track) => track.track_id === key)),
    ],
    onpin: (key) => {
      chosen = key;
      onchoose(key);
      paint();
    },
  });
  view.put(video);
  if (summary.width) view.shape(summary.width, summary.height);

  for (const name of ["play", "pause"])
    video.addEventListener(name, () => {
      play.textContent = video.paused ? t.recording.play : t.recording.pause;
    });
  for (const name of ["seeked", "loadeddata"]) video.addEventListener(name, () => moveTo(video.currentTime));
  video.addEventListener("click", () => play.click());
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth) unplayable(); // sound alone
    else if (annotated) view.shape(summary.width, summary.height, (summary.width * video.videoHeight) / video.videoWidth);
  });
  video.addEventListener("error", unplayable);

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

  async function paintFaces(at) {
    const mine = (turn += 1);
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
  function moveTo(at) {
    onmove(at);
    time.textContent = `${clock(at)} / ${clock(seconds)}`;
    paintFaces(at);
  }
  function seek(at) {
    video.currentTime = at;
    moveTo(at);
  }
  /** Hold on to the face of a track, and go to where it is. */
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
    stop: () => {
      running = false;
      video.pause();
      video.removeAttribute("src"); // ends what is still being loaded
      video.load();
    },
  };
}

/** What a face showed over the whole recording. */
function trackDetails(track) {
  if (!track) return null;
  return [
    h("p", { class: "row" }, chip(track.state), h("b", {}, t.states[track.state])),
    h("p", { class: "muted small" }, t.recording.trackMean(track.views)),
    track.probs.neutral !== null && probabilities((state) => track.probs[state]),
  ];
}

/** Index of the last time that is not after `time`. */
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

/** The faces at a time of the recording, fetched piece by piece. */
function faceWindows(address, summary) {
  const pieces = new Map();
  const times = summary.times_s;
  async function piece(number) {
    if (!pieces.has(number)) {
      const part = getJson(`${address}?from_s=${number * WINDOW_S}&to_s=${(number + 1) * WINDOW_S}`).then((answer) =>
        Map.groupBy(answer.faces, (face) => face.time_s),
      );
      part.catch(() => pieces.delete(number));
      pieces.set(number, part);
    }
    return pieces.get(number);
  }
  return {
    /** The last sample before a time, or the one just after it; none where the recording has no picture yet. */
    async at(time) {
      if (!times.length) return null;
      const found = times[lastBefore(times, time)];
      const late = time - found;
      if (late > 2.5 * summary.every_s || late < -0.25) return { time: null, faces: [] };
      const byTime = await piece(Math.floor(found / WINDOW_S)).catch(() => new Map());
      const key = [...byTime.keys()].find((one) => Math.abs(one - found) < 1e-3);
      return { time: found, faces: shownFaces(byTime.get(key) ?? [], summary.group, found) };
    },
  };
}
