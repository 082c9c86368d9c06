// A live session: frames out, faces in, until it is stopped; what was seen stays in memory until it is saved.

import { drawAnonymized } from "./anonymizing.js";
import { getJson } from "./api.js";
import { keepPlaying } from "./cameras.js";
import { connection } from "./connection.js";
import { frameSender } from "./frames.js";
import { faceDetails, groupNow } from "./group.js";
import { model } from "./looks.js";
import { momentMarker } from "./marks.js";
import { runsHere } from "./running_sessions.js";
import { settings } from "./settings.js";
import { fewSwitch, shownFaces } from "./small_groups.js";
import { showSummary } from "./summary.js";
import { t } from "./texts.js";
import { liveTimeline } from "./timeline.js";
import { alertOf, announce, button, card, change, clock, h, show } from "./ui.js";
import { viewer } from "./viewer.js";

/** @typedef {{ pictures: boolean, anonymize: Anonymize }} Choices */

const SHOWN_S = 300; // seconds of the moving timeline
const LAST_WORDS_MS = 5000; // in which the server sums a stopped session up; then it is asked in another way

/**
 * Run a stream of pictures through the server and show it in `place`; `begin(message)` is called when it is over, see alertOf.
 * @param {HTMLElement} place
 * @param {MediaStream} stream
 * @param {"camera" | "screen"} source
 * @param {Choices} choices
 * @param {(message?: string | string[]) => void} begin
 */
export function runSession(place, stream, source, choices, begin) {
  let paused = false,
    stopping = false,
    gone = false, // the camera was taken away
    open = false, // the states of few people are shown
    offered = /** @type {number | null} */ (null), // how many people the switch names
    letOthersKnow = /** @type {(() => void) | null} */ (null), // that it does not run any more
    over = false;

  const video = h("video", {
    srcObject: stream,
    autoplay: true,
    playsinline: true,
    muted: true,
    "aria-label": t.live.player,
    class: choices.anonymize && "behind", // it plays on, unseen
  });
  const cover = h("canvas", { hidden: !choices.anonymize, role: "img", "aria-label": t.live.player });
  const view = viewer({ details: (face) => face && faceDetails(face) });
  // With covered faces the covered picture: a newer one may be on its way, in which the faces have moved.
  const marks = momentMarker({
    send: (message) => link.send(message),
    picture: choices.pictures && (() => (choices.anonymize ? cover : frames.canvas)),
  });
  const screen = screenOf(view, choices, marks, { stop, pause });
  view.put(video, cover);
  const letRest = keepPlaying(video, () => !over && !paused && !stopping);
  change(place, screen.element);
  tell(t.live.connecting);

  const link = connection(source, {
    onready() {
      const id = /** @type {string} */ (link.id());
      settings.keepSession(id); // so that a reload finds it
      letOthersKnow ??= runsHere(id);
      if (stopping) {
        link.send({ type: "stop" }); // the connection broke before the server had heard it
        return;
      }
      if (open) regroup(open); // the server may not have heard it
      tell(paused ? t.live.paused : t.live.running);
      frames.restart(); // also when paused: the server counts anew
      if (paused) frames.stop();
    },
    onbroken() {
      frames.stop();
      tell(t.live.connecting);
    },
    ongone: giveUp,
    onrefused(code, words) {
      const id = link.id();
      if (id && code === "not_found") settings.endSession(id);
      end();
      begin(id && code === "not_found" ? t.live.forgotten : words);
    },
    onblocked() {
      end();
      begin(t.live.blocked);
    },
    onmessage: heard,
  });
  const frames = frameSender(video, (blob) => !over && link.send(blob));
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", taken);
  if (track.readyState === "ended") setTimeout(taken); // before anybody listened

  /**
   * Show how it is going; only what changes rarely is said aloud.
   * @param {string} words
   */
  function tell(words) {
    screen.status.textContent = words;
    announce(words);
  }

  /** @param {Exclude<Api.LiveMessage, Api.LiveHello>} message */
  function heard(message) {
    if (over) return;
    if (message.type === "frame") saw(message);
    else if (message.type === "marked") screen.line.mark(marks.marked(message));
    else if (message.type === "summary") finished(message);
    else if (screen.notice.textContent !== message.error.message) show(screen.notice, alertOf(message.error.message)); // said once, however many pictures are refused
    if ("number" in message && message.number) frames.answered(message.number);
  }

  /** @param {Api.LiveFrame} message */
  function saw(message) {
    marks.saw(message);
    show(screen.notice);
    // The frame that was looked at: nothing newer is shown, because nobody was found in it yet.
    if (choices.anonymize) drawAnonymized(cover, frames.canvas, message, { all: choices.anonymize === "all" });
    view.shape(message.width, message.height); // a shared window may be resized
    view.draw(shownFaces(message.faces, message.group), message.width, message.height);
    screen.group.paint(message.group);
    paintSwitch(message.group);
    screen.line.add(message.time_s, message.group);
    const latency = frames.latency();
    if (paused || stopping || latency === null) return;
    const words = t.live.status(clock(message.time_s), message.faces.length, Math.round(latency));
    show(screen.status, h("span", { class: "dot" }), words);
  }

  function pause() {
    if (stopping) return;
    paused = !paused;
    screen.pause.textContent = paused ? t.live.goOn : t.live.pause;
    if (paused) {
      video.pause(); // boxes and picture stay those of one moment
      frames.stop();
    } else
      video.play().then(
        () => paused || stopping || frames.go(),
        () => {},
      );
    if (link.open()) tell(paused ? t.live.paused : t.live.running);
  }

  /**
   * The switch stays the same element whatever it says: the number of faces changes while somebody presses it.
   * @param {Group} group
   */
  function paintSwitch(group) {
    const wanted = open || group.states_withheld !== null ? group.found : null;
    if (wanted === offered) return;
    offered = wanted;
    const made = wanted !== null && fewSwitch(group, Math.max(wanted, 1), open, regroup);
    const words = made && screen.few.querySelector("label")?.lastChild;
    if (words) words.textContent = made.textContent;
    else show(screen.few, made);
  }

  /** @param {boolean} on */
  function regroup(on) {
    open = on;
    link.send({ type: "min_group", value: settings.minGroup(open) });
  }

  function taken() {
    gone = source === "camera" && !stopping; // who ends the sharing of a screen knows why there is no picture any more
    stop();
  }

  /** The camera goes off at once, whatever becomes of the connection. */
  async function stop() {
    if (over || stopping) return;
    stopping = true;
    frames.stop();
    dark();
    tell(t.live.ending);
    if (link.send({ type: "stop" })) setTimeout(giveUp, LAST_WORDS_MS);
    else await giveUp();
  }

  /**
   * The connection is broken, but the server may still have what was seen.
   * @param {string} [words] why the server lets nobody in
   */
  async function giveUp(words) {
    if (over) return;
    const id = link.id();
    end();
    if (!id) return begin(gone ? t.live.gone : stopping ? "" : words || t.problem.unreachable);
    try {
      finished(/** @type {Api.LiveSession} */ (await getJson(`api/live/${encodeURIComponent(id)}`)));
    } catch (problem) {
      begin(problem.code === "not_found" ? t.live.forgotten : t.live.lost);
    }
  }

  function dark() {
    for (const one of stream.getTracks()) one.stop();
  }

  function end() {
    over = true;
    letOthersKnow?.();
    letRest();
    frames.stop();
    dark();
    video.srcObject = null;
    for (const canvas of [frames.canvas, cover]) canvas.width = 0; // they hold the last picture
    link.close();
  }

  /** @param {Api.LiveSession} summary */
  function finished(summary) {
    end();
    announce(t.live.over);
    showSummary(place, summary, marks.pictures, begin);
    if (gone) place.prepend(alertOf(t.live.gone));
  }

  return { stop, running: () => !over };
}

/**
 * What is on the screen while it runs.
 * @param {ReturnType<typeof viewer>} view
 * @param {Choices} choices
 * @param {ReturnType<typeof momentMarker>} marks
 * @param {{ stop: () => void, pause: () => void }} listeners
 */
function screenOf(view, choices, marks, { stop, pause }) {
  const parts = {
    element: h("div"),
    notice: h("div"),
    status: h("p", { class: "live-status" }),
    group: groupNow(h("p", { class: "muted" }, t.live.waiting)),
    few: h("div"),
    line: liveTimeline(SHOWN_S),
    pause: button(t.live.pause, pause),
  };
  view.element.classList.add("live-stage");
  show(
    parts.element,
    h("h2", { class: "visually-hidden" }, t.live.view),
    parts.notice,
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        view.element,
        parts.status,
        h("div", { class: "row" }, parts.pause, button(t.live.stop, stop, "main"), marks.controls),
      ),
      h(
        "div",
        { class: "side" },
        card(t.group.titleNow, parts.group.element, parts.few),
        card(t.live.marks, marks.list, h("p", { class: "muted small" }, t.live.kept(choices.pictures, model))),
        view.card,
      ),
      card(t.live.lastMinutes(SHOWN_S / 60), parts.line.element),
    ),
  );
  return parts;
}
