// Live: choose a camera, or a screen or window to share.
import { anonymizeSwitches } from "./anonymizing.js";
import { getJson } from "./api.js";
import { assumedChoice } from "./assumed.js";
import { cameraChoice, mustChoose, wanted } from "./cameras.js";
import { runsInSomeTab } from "./running_sessions.js";
import { sampleButton, sampleStream } from "./sample.js";
import { runSession } from "./session.js";
import { settings } from "./settings.js";
import { showSummary } from "./summary.js";
import { t } from "./texts.js";
import { alertOf, button, change, h, onceButton, show, toggle } from "./ui.js";

const AGAIN_MS = 5000; // after which a server that did not answer is asked again for the earlier session

export function livePage() {
  const place = h("div");
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.live.title), h("p", {}, t.live.lead)),
    place,
  );
  const choices = { pictures: false, anonymize: /** @type {Anonymize} */ (false) };
  let session = /** @type {ReturnType<typeof runSession> | null} */ (null),
    asked = /** @type {object | null} */ (null), // while the browser asks whether the picture is allowed
    turn = 0; // of what is shown here
  const camera = cameraChoice();
  const assumed = assumedChoice();
  const earlier = h("div"); // a session that was running when the page was left

  /** @param {string | string[]} message */
  function begin(message = "") {
    session = asked = null;
    turn += 1;
    const mine = turn;
    const trial = sampleButton("recording", async (file) => {
      const stream = await sampleStream(file);
      if (mine === turn && !asked && page.isConnected) run(stream, "screen");
      else dark(stream); // something else was begun while it was on its way
    });
    findEarlier(mine);
    const possible = Boolean(navigator.mediaDevices);
    const sharing = possible && Boolean(navigator.mediaDevices.getDisplayMedia);
    change(
      place,
      message && alertOf(message),
      !sharing && h("div", { class: "notice" }, h("p", {}, possible ? t.live.noSharing : t.live.insecure)),
      h(
        "div",
        { class: "drop" },
        h("p", { class: "lead" }, t.live.choose),
        h("p", { class: "muted small" }, t.live.chooseHint),
        h(
          "div",
          { class: "row" },
          ready(
            onceButton(t.live.camera, () => start("camera"), "main"),
            possible,
          ),
          ready(
            onceButton(t.live.screen, () => start("screen"), "main"),
            sharing,
          ),
          trial.button,
        ),
        camera.element,
        trial.notice,
      ),
      earlier,
      h(
        "div",
        { class: "options" },
        toggle(t.live.pictures, choices.pictures, (on) => {
          choices.pictures = on;
        }),
        anonymizeSwitches(t.live, choices.anonymize, (what) => {
          choices.anonymize = what;
        }),
      ),
      assumed,
    );
  }

  /** @param {"camera" | "screen"} source */
  async function start(source) {
    const mine = {};
    asked = mine;
    let stream;
    try {
      stream =
        source === "camera"
          ? await navigator.mediaDevices.getUserMedia(await wanted())
          : await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 5 }, audio: false });
    } catch (error) {
      if (mine === asked) begin(refusal(source, error));
      return;
    }
    const choose = mine === asked && source === "camera" && (await mustChoose());
    if (mine !== asked || choose) dark(stream);
    if (mine !== asked) return;
    if (choose) {
      begin(t.live.several); // only now the browser tells which cameras there are
      camera.focus();
    } else run(stream, source);
  }

  /**
   * @param {MediaStream} stream
   * @param {"camera" | "screen"} source
   */
  function run(stream, source) {
    turn += 1;
    session = runSession(place, stream, source, choices, begin);
  }

  /**
   * The server keeps what sessions have seen: the last one that runs in no tab is offered after a reload, and when a server that was
   * away answers again; when it is deleted, the one before it.
   * @param {number} mine the turn for which it is asked
   */
  async function findEarlier(mine) {
    if (mine !== turn) return;
    show(earlier);
    let later = false; // whether one of them may be offered then
    for (const id of settings.sessions()) {
      if (await runsInSomeTab(id)) {
        later = true;
        continue;
      }
      try {
        const summary = /** @type {Api.LiveSession} */ (await getJson(`api/live/${encodeURIComponent(id)}`));
        if (mine === turn) offer(summary);
        return;
      } catch (problem) {
        if (problem.code === "not_found") settings.endSession(id);
        else later = true;
      }
    }
    if (later) setTimeout(() => findEarlier(mine), AGAIN_MS);
  }

  /** @param {Api.LiveSession} summary */
  function offer(summary) {
    const look = button(t.live.showSession, () => showSummary(place, summary, [], begin));
    show(earlier, h("div", { class: "notice" }, h("p", {}, t.live.keptSession), h("div", { class: "row" }, look)));
  }

  begin();
  function stop() {
    if (session) session.stop();
    else if (asked) begin(); // a picture that is allowed later is not wanted any more
  }
  return { element: page, stop, running: () => Boolean(session?.running()) };
}

/** @param {MediaStream} stream */
function dark(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * Why the browser gave no picture, and what to do.
 * @param {"camera" | "screen"} source
 * @param {Error} error
 */
function refusal(source, { name, message }) {
  const feature = source === "camera" ? "camera" : "display-capture";
  if (document.featurePolicy?.allowsFeature(feature) === false) return t.live.forbidden(feature);
  return t.live.refused[source][name] ?? t.live.refused.other[source](message || name);
}

/**
 * @param {HTMLButtonElement} one
 * @param {boolean} possible
 */
function ready(one, possible) {
  one.disabled = !possible;
  return one;
}
