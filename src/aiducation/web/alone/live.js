// Live from the camera, on a page that is alone: pictures go to the worker and nowhere else, and nothing is kept.
import { anonymizeSwitches, drawAnonymized } from "./anonymizing.js";
import { letGo, look } from "./api.js";
import { cameraChoice, keepPlaying, wanted } from "./cameras.js";
import { faceDetails, groupNow } from "./group.js";
import { _, number } from "./language.js";
import { settings } from "./settings.js";
import { fewSwitch, shownFaces } from "./small_groups.js";
import { t } from "./texts.js";
import { liveTimeline } from "./timeline.js";
import { alertOf, announce, button, card, change, clock, h, onceButton, show } from "./ui.js";
import { viewer } from "./viewer.js";

const LONGEST_SIDE = 1280; // of the frames that are looked at, in pixels
const SHOWN_S = 300; // seconds of the moving timeline
const EVERY_MS = 100; // between two frames at least
const [PATIENCE, AGAIN_MS] = [10, 500]; // pictures in a row that could not be analyzed until it ends, and the pause after one

export function livePage() {
  const place = h("div");
  const camera = cameraChoice();
  let hide = /** @type {Anonymize} */ (false),
    session = /** @type {ReturnType<typeof run> | null} */ (null),
    asked = /** @type {object | null} */ (null); // while the browser asks whether the camera is allowed

  /** @param {string} message */
  function begin(message = "") {
    session = asked = null;
    const start = onceButton(t.live.camera, open, "main");
    start.disabled = !navigator.mediaDevices;
    camera.paint(); // once one was allowed, the browser tells which there are
    change(
      place,
      message && alertOf(message),
      !navigator.mediaDevices && h("div", { class: "notice" }, h("p", {}, t.live.insecureHere)),
      h(
        "div",
        { class: "drop" },
        h("p", { class: "lead" }, _("Point the camera at the class. The pictures stay in this browser.")),
        h("div", { class: "row" }, start),
        camera.element,
      ),
      h(
        "div",
        { class: "options" },
        anonymizeSwitches(t.live, hide, (what) => {
          hide = what;
        }),
      ),
    );
  }

  async function open() {
    const mine = {};
    asked = mine;
    try {
      const stream = await navigator.mediaDevices.getUserMedia(await wanted());
      if (mine === asked) session = run(place, stream, hide, begin);
      else for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      if (mine === asked)
        begin(t.live.refused.camera[error.name] ?? t.live.refused.other.camera(error.message || error.name));
    }
  }

  function stop() {
    if (session) session.stop();
    else if (asked) begin(); // a camera that is allowed later is not wanted any more
  }

  begin();
  const head = h(
    "div",
    { class: "page-head" },
    h("h1", {}, t.live.title),
    h("p", {}, _("See how a class seems to do while it is taught. Nothing is kept, and nothing leaves this device.")),
  );
  return { element: h("div", {}, head, place), stop, running: () => session !== null };
}

/**
 * Show what the camera sees until it is stopped.
 * @param {HTMLElement} place
 * @param {MediaStream} stream
 * @param {Anonymize} hide
 * @param {(message?: string) => void} begin
 */
function run(place, stream, hide, begin) {
  const began = performance.now();
  let over = false,
    open = false,
    frame = 0,
    failed = 0, // pictures in a row that could not be analyzed
    offered = /** @type {number | null} */ (null),
    took = /** @type {number | null} */ (null);
  const video = h("video", {
    srcObject: stream,
    autoplay: true,
    playsinline: true,
    muted: true,
    class: hide && "behind",
  });
  video.setAttribute("aria-label", t.live.player);
  const taken = document.createElement("canvas"); // the frame that is looked at
  const cover = h("canvas", { hidden: !hide, role: "img", "aria-label": t.live.player });
  const view = viewer({ details: (face) => face && faceDetails(face) });
  const status = h("p", { class: "live-status" }, t.live.waiting),
    notice = h("div"),
    group = groupNow(h("p", { class: "muted" }, t.live.waiting)),
    few = h("div"),
    line = liveTimeline(SHOWN_S);
  const letRest = keepPlaying(video, () => !over);
  view.put(video, cover);
  view.element.classList.add("live-stage");
  change(
    place,
    h("h2", { class: "visually-hidden" }, t.live.view),
    notice,
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        view.element,
        status,
        h(
          "div",
          { class: "row" },
          button(t.live.stop, () => stop(), "main"),
        ),
      ),
      h("div", { class: "side" }, card(t.group.titleNow, group.element, few), view.card),
      card(t.live.lastMinutes(SHOWN_S / 60), line.element),
    ),
  );

  async function next() {
    if (over) return;
    if (!video.videoWidth || video.paused) {
      setTimeout(next, EVERY_MS);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    taken.width = Math.round(video.videoWidth * scale);
    taken.height = Math.round(video.videoHeight * scale);
    taken.getContext("2d")?.drawImage(video, 0, 0, taken.width, taken.height);
    const start = performance.now();
    try {
      const picture = await createImageBitmap(taken);
      if (over) {
        picture.close(); // it was stopped meanwhile: nobody looks at this picture any more
        return;
      }
      const time_s = (start - began) / 1000;
      saw(await look(picture, { time_s, frame, least: settings.minGroup(open) }), time_s);
      frame += 1;
      failed = 0;
    } catch (problem) {
      failed += 1;
      if (failed >= PATIENCE)
        stop(problem.message); // nobody is filmed for nothing
      else if (!over && notice.textContent !== problem.message) show(notice, alertOf(problem.message)); // said once
    }
    if (over) return;
    const ms = performance.now() - start;
    if (frame > 1 && !failed) took = took === null ? ms : 0.8 * took + 0.2 * ms; // the first one waits for the networks
    setTimeout(next, failed ? AGAIN_MS : Math.max(0, EVERY_MS - ms));
  }

  /**
   * @param {Api.Result} result
   * @param {number} time_s
   */
  function saw(result, time_s) {
    if (over) return;
    if (hide) drawAnonymized(cover, taken, result, { all: hide === "all" });
    show(notice);
    view.shape(result.width, result.height);
    view.draw(shownFaces(result.faces, result.group), result.width, result.height);
    group.paint(result.group);
    paintSwitch(result.group);
    line.add(time_s, result.group);
    if (took === null) return;
    const rate = _("{n} pictures a second", { n: number(1000 / Math.max(took, EVERY_MS)) });
    show(
      status,
      h("span", { class: "dot" }),
      `${t.live.status(clock(time_s), result.faces.length, Math.round(took))} · ${rate}`,
    );
  }

  /** @param {Group} now */
  function paintSwitch(now) {
    const people = open || now.states_withheld !== null ? now.found : null;
    if (people === offered) return;
    offered = people;
    const at = few.contains(document.activeElement);
    show(
      few,
      people !== null &&
        fewSwitch(now, Math.max(people, 1), open, (on) => {
          open = on;
        }),
    );
    if (at) few.querySelector("input")?.focus(); // whoever works there with the keyboard stays there
  }

  /** @param {string} message why it ends, unless somebody has ended it */
  function stop(message = "") {
    if (over) return;
    over = true;
    for (const track of stream.getTracks()) track.stop();
    letRest();
    letGo("camera");
    video.srcObject = null;
    for (const canvas of [taken, cover]) canvas.width = canvas.height = 0; // they hold the last picture
    announce(t.live.over);
    begin(message);
  }

  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => stop(t.live.gone)); // the camera was taken away
  next();
  return { stop };
}
