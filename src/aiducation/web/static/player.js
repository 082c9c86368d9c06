// The result of a recording: player and timeline in step, tracks, moments, downloads.
import { getJson, STAY_MS } from "./api.js";
import { faceDetails, groupShares } from "./group.js";
import { chip, order } from "./look.js";
import { overlay } from "./overlay.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { lane, recordingTimeline } from "./timeline.js";
import { button, clock, h, show, toggle } from "./ui.js";

const DOWNLOADS = ["report", "timeline.png", "timeline.csv", "csv", "json", "video"];
const WINDOW_S = 120; // seconds of faces that are fetched together

/**
 * Player, timeline, tracks, moments, downloads; gives a function that stops it all.
 * onagain(seconds) asks for the same with other figures, from a time on; ondelete() forgets it.
 */
export function showResult(place, job, summary, { at = 0, onagain, ondelete }) {
  const seconds = Math.max(summary.times_s.at(-1) ?? 0, job.total_s ?? 0, 1);
  const faces = faceWindows(job.links.faces, summary);
  const hidden = new Set();
  const visible = (state) => !hidden.has(state);
  let chosen = null,
    shownAt = null,
    running = true;

  const video = h("video", {
    src: job.links.source,
    preload: "metadata",
    playsinline: true,
    muted: true,
    "aria-label": t.recording.player(summary.source),
  });
  const layer = overlay({ onpick: paintFace, onpress: (face) => choose(face.track_id) });
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
    [0.5, 1, 2, 4, 8].map((x) => h("option", { value: String(x), ...(x === 1 && { selected: true }) }, `${x} ×`)),
  );
  const sound = toggle(t.recording.sound, false, (on) => {
    video.muted = !on;
  });
  const controls = h("div", { class: "player" }, play, time, sound, speed);
  const frame = h("div", { class: "frame" }, video, layer.element);
  const stage = h("div", { class: "stage" }, frame);
  const faceCard = h("section", { class: "card face-card" });
  const line = recordingTimeline(summary.group, seconds, (at) => seek(at));
  const tracks = h("div", { class: "tracks", role: "group", "aria-label": t.recording.tracks });
  const legend = h("div", { class: "legend", role: "group", "aria-label": t.recording.filter });

  for (const name of ["play", "pause"])
    video.addEventListener(name, () => {
      play.textContent = video.paused ? t.recording.play : t.recording.pause;
    });
  video.addEventListener("click", () => play.click());
  video.addEventListener("error", () => {
    controls.hidden = true;
    show(stage, h("div", { class: "placeholder" }, h("p", {}, t.recording.unplayable)));
  });

  function paintFace(face) {
    show(
      faceCard,
      h("h2", {}, t.face.title),
      face
        ? [
            face.track_id !== null && h("p", { class: "muted small" }, t.recording.track(face.track_id)),
            faceDetails(face),
          ]
        : h("p", { class: "muted" }, t.recording.pointAt),
    );
  }
  function choose(track) {
    chosen = chosen === track ? null : track;
    shownAt = null;
    paintFaces(video.currentTime);
    paintTracks();
  }
  async function paintFaces(time) {
    const near = await faces.at(time);
    if (!running || !near || near.time === shownAt) return;
    shownAt = near.time;
    layer.draw(near.faces, summary.width, summary.height, {
      chosen,
      visible: (face) => visible(face.state) && (chosen === null || face.track_id === chosen),
    });
  }
  function paintLegend() {
    show(
      legend,
      order().map((state) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(visible(state)),
            onclick: () => {
              hidden.has(state) ? hidden.delete(state) : hidden.add(state);
              shownAt = null;
              line.paint(visible);
              paintLegend();
              paintTracks();
              paintFaces(video.currentTime);
            },
          },
          chip(state),
          t.states[state],
        ),
      ),
    );
  }
  function paintTracks() {
    const some = summary.tracks.filter((track) => track.spans.some(([, , state]) => visible(state)));
    const at = tracks.scrollTop;
    show(
      tracks,
      some.length
        ? some.map((track) =>
            h(
              "button",
              {
                type: "button",
                class: "track",
                "aria-pressed": String(track.track_id === chosen),
                onclick: () => {
                  choose(track.track_id);
                  if (chosen !== null && (video.currentTime < track.first_s || video.currentTime > track.last_s))
                    seek(track.first_s);
                },
              },
              h(
                "span",
                { class: "who" },
                chip(track.state),
                h("span", {}, t.recording.trackTimes(clock(track.first_s), clock(track.last_s))),
              ),
              lane(track, seconds, visible),
            ),
          )
        : h("p", { class: "muted" }, t.recording.noTracks),
    );
    tracks.scrollTop = at;
  }
  function moveTo(at) {
    line.move(at);
    time.textContent = `${clock(at)} / ${clock(seconds)}`;
    paintFaces(at);
  }
  function seek(at) {
    video.currentTime = at;
    moveTo(at);
  }
  function tick() {
    if (!running) return;
    if (!video.paused) moveTo(video.currentTime);
    requestAnimationFrame(tick);
  }
  for (const name of ["seeked", "loadeddata"]) video.addEventListener(name, () => moveTo(video.currentTime));

  const { moments } = summary.group;
  show(
    place,
    h(
      "section",
      { class: "row", "aria-label": t.recording.about },
      h("h2", {}, summary.source),
      h("span", { class: "muted" }, t.recording.looked(clock(seconds), summary.times_s.length, summary.every_s)),
    ),
    summary.notes.length > 0 &&
      h(
        "div",
        { class: "notice" },
        summary.notes.map((note) => h("p", {}, note)),
      ),
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        stage,
        controls,
        h("section", { class: "card after" }, h("h2", {}, t.recording.overTime), line.element, legend),
        h(
          "section",
          { class: "card" },
          h("h2", {}, t.recording.tracks),
          h("p", { class: "muted small" }, t.recording.tracksHint),
          tracks,
        ),
      ),
      h(
        "div",
        {},
        h(
          "section",
          { class: "card" },
          h("h2", {}, t.group.titleTime),
          groupShares(summary.group),
          toggle(t.smallGroups, settings.smallGroups, (on) => {
            settings.smallGroups = on;
            onagain(video.currentTime);
          }),
        ),
        h(
          "section",
          { class: "card" },
          h("h2", {}, t.recording.moments),
          moments.length
            ? h(
                "ul",
                { class: "moments" },
                moments.map((m) =>
                  h(
                    "li",
                    {},
                    h(
                      "button",
                      { type: "button", onclick: () => seek(m.time_s) },
                      h("b", {}, clock(m.time_s)),
                      chip(m.outcome),
                      h("span", {}, t.recording.moment(t.states[m.outcome], m.before, m.after)),
                    ),
                  ),
                ),
              )
            : h("p", { class: "muted" }, t.recording.noMoments),
        ),
        faceCard,
        h(
          "section",
          { class: "card" },
          h("h2", {}, t.save.title),
          h(
            "div",
            { class: "row" },
            DOWNLOADS.filter((name) => job.links[name]).map((name) =>
              h(
                "a",
                { class: "button", href: `${job.links[name]}?min_group=${summary.group.min_group}`, download: true },
                t.save[name],
              ),
            ),
          ),
          h("p", { class: "muted small" }, t.recording.kept),
          h("div", { class: "row" }, button(t.recording.remove, ondelete, "danger")),
        ),
      ),
    ),
  );
  paintFace(null);
  paintLegend();
  paintTracks();
  if (at) seek(at);
  else moveTo(0);
  requestAnimationFrame(tick);
  const stay = setInterval(() => getJson(job.links.self).catch(() => {}), STAY_MS);
  return () => {
    running = false;
    clearInterval(stay);
    video.pause();
  };
}

/** The faces at a time of the recording, fetched piece by piece. */
function faceWindows(address, summary) {
  const pieces = new Map();
  const times = summary.times_s;
  async function piece(number) {
    if (!pieces.has(number)) {
      const part = getJson(`${address}?from_s=${number * WINDOW_S}&to_s=${(number + 1) * WINDOW_S}`).then(
        ({ faces }) => {
          const byTime = new Map();
          for (const face of faces) byTime.set(face.time_s, [...(byTime.get(face.time_s) ?? []), face]);
          return byTime;
        },
      );
      part.catch(() => pieces.delete(number));
      pieces.set(number, part);
    }
    return pieces.get(number);
  }
  return {
    /** The last frame that was looked at before a time, or the one just after it. */
    async at(time) {
      let low = 0,
        high = times.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (times[middle] <= time + 0.02) low = middle;
        else high = middle - 1;
      }
      if (!times.length) return null;
      const found = times[low];
      if (Math.abs(found - time) > 2.5 * summary.every_s) return { time: null, faces: [] };
      const byTime = await piece(Math.floor(found / WINDOW_S)).catch(() => new Map());
      const key = [...byTime.keys()].find((one) => Math.abs(one - found) < 1e-3);
      return { time: found, faces: byTime.get(key) ?? [] };
    },
  };
}
