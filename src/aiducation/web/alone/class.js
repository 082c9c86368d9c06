// A class, as a student sees it: the picture of the camera stays here, and once a second five numbers go to the server of the class.
import { about, letGo, look } from "./api.js";
import { cameraChoice, keepPlaying, wanted } from "./cameras.js";
import { classSocket, serverAt } from "./class_socket.js";
import { probabilities } from "./group.js";
import { place as here } from "./place.js";
import { t } from "./texts.js";
import { alertOf, announce, button, card, change, h, onceButton, show } from "./ui.js";

const LONGEST_SIDE = 640; // of the frames that are looked at: one face, near the camera

/**
 * Milliseconds between two messages: at least, because students are told that numbers are sent once a second; at most, because the
 * server counts nobody of whom it heard nothing for so long.
 */
const EVERY_MS = 1000,
  RARELY_MS = 10_000;

const PATIENCE = 10; // pictures in a row that could not be analyzed, after which this page leaves the class

/** What the camera is asked for: one picture a second is looked at, and more pictures cost the device's battery. */
const SMALL = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 5 } };

/** What survives a reload of this tab, and nothing else: the code, and by which key the server knows this page. */
const KEY = "aiducation-class";

/** @typedef {{ code: string, member: string | null }} Kept */

/** @returns {Kept | null} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Kept | null} what */
function keep(what) {
  try {
    if (what) sessionStorage.setItem(KEY, JSON.stringify(what));
    else sessionStorage.removeItem(KEY);
  } catch {
    /* private mode: a reload begins anew */
  }
}

export function classPage() {
  const place = h("div");
  const server = here.classServer ?? "";
  const name = serverAt(server).host;
  const camera = cameraChoice();
  let running = /** @type {ReturnType<typeof run> | null} */ (null),
    typed = "", // stays when a code was wrong, or the camera was not allowed
    asked = /** @type {object | null} */ (null); // while the browser asks whether the camera is allowed

  /** @param {string} message */
  function begin(message = "") {
    running = asked = null;
    const before = kept();
    const possible = Boolean(navigator.mediaDevices);
    camera.paint(); // once one was allowed, the browser tells which there are
    /** @type {HTMLInputElement} */
    const code = h("input", {
      type: "text",
      value: typed || (before?.code ?? ""),
      maxlength: "20",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      oninput: ready,
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !join.disabled && join.click(),
    });
    const box = h("input", { type: "checkbox", onchange: ready });
    const join = onceButton(t.room.join, () => open({ code: typed, member: null }), "main");
    join.disabled = true;
    function ready() {
      typed = code.value.trim();
      join.disabled = !possible || !box.checked || !typed;
    }
    change(
      place,
      message && alertOf(message),
      !possible && h("div", { class: "notice" }, h("p", {}, t.live.insecureHere)),
      before?.member &&
        h(
          "div",
          { class: "notice" },
          h("p", {}, t.room.again(before.code)),
          h(
            "div",
            { class: "row" },
            onceButton(t.room.goOn, () => open(before), "main"),
            button(t.room.leave, () => {
              keep(null);
              begin();
            }),
          ),
        ),
      h(
        "div",
        { class: "two" },
        card(
          t.room.sent,
          h(
            "ul",
            {},
            t.room.told(name).map((words) => h("li", {}, words)),
          ),
        ),
        card(
          t.room.consent,
          h("div", { class: "notice" }, h("p", {}, t.legal)),
          h("p", {}, h("label", { class: "field" }, t.room.enter, code)),
          camera.element,
          h("p", {}, h("label", { class: "switch agree" }, box, h("span", {}, t.room.yes))),
          h("div", { class: "row" }, join),
        ),
      ),
    );
  }

  /** @param {Kept} who */
  async function open(who) {
    if (!navigator.mediaDevices) return begin();
    if (asked) return; // one question at a time, one class at a time
    const mine = {};
    asked = mine;
    let stream = /** @type {MediaStream | null} */ (null);
    try {
      const options = await wanted();
      stream = await navigator.mediaDevices.getUserMedia({ ...options, video: { ...options.video, ...SMALL } });
      const { judge } = await about();
      if (mine !== asked) return;
      running = run(place, stream, server, { ...who, judge }, begin);
      stream = null; // it is the class's now
    } catch (error) {
      if (mine !== asked) return; // nobody waits for it any more
      const refused = t.live.refused.camera[error.name] ?? t.live.refused.other.camera(error.message || error.name);
      begin(stream ? error.message : refused);
    } finally {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }
  }

  /** The student looks at another page: that is leaving the class. A reload is not; it asks whether to join again. */
  function stop() {
    if (running) running.leave(t.room.left);
    else if (asked) begin();
  }

  begin();
  const head = h("div", { class: "page-head" }, h("h1", {}, t.room.joinTitle), h("p", {}, t.room.joinLead));
  return { element: h("div", {}, head, place), stop };
}

/**
 * Look at the camera and send numbers until the student leaves or the class is over.
 * @param {HTMLElement} place
 * @param {MediaStream} stream
 * @param {string} server
 * @param {Kept & { judge: string }} who
 * @param {(message?: string) => void} begin
 */
function run(place, stream, server, who, begin) {
  let over = false,
    every_ms = EVERY_MS,
    frame = 0,
    failed = 0, // pictures in a row that could not be analyzed
    sent = 0,
    timer = 0;
  const video = h("video", { srcObject: stream, autoplay: true, playsinline: true, muted: true, class: "preview" });
  video.setAttribute("aria-label", t.room.preview);
  const letRest = keepPlaying(video, () => !over);
  const taken = document.createElement("canvas");
  const status = h("p", { role: "status" }, t.room.joining),
    among = h("p"),
    keeps = h("p", { class: "muted small" }),
    last = h("div", {}, h("p", { class: "muted" }, t.live.waiting)),
    count = h("p", { class: "muted small" });
  change(
    place,
    h(
      "div",
      { class: "split" },
      card(
        t.room.title,
        status,
        video,
        h("p", { class: "muted small" }, t.room.preview),
        among,
        keeps,
        h(
          "div",
          { class: "row" },
          button(t.room.leave, () => leave(t.room.left), "main"),
        ),
      ),
      h("div", { class: "side" }, card(t.room.lastSent, last, count)),
    ),
  );

  const socket = classSocket(server, who, {
    joined(said) {
      keep({ code: who.code, member: said.member });
      // Whatever the server asks for, not more than was agreed to: a timer without a number, or with a huge one, does not wait.
      every_ms = Math.min(Math.max(Number(said.every_s) * 1000 || 0, EVERY_MS), RARELY_MS);
      tell(t.room.joined(who.code));
      among.textContent = said.people ? t.room.among(said.people) : "";
      keeps.textContent = t.room.keeps(said.keep_s);
    },
    broken: (before) => tell(before || sent ? t.room.broken : t.room.unreachable(serverAt(server).host)),
    refused(words, code) {
      if (code === "not_found") keep(null);
      end(words);
    },
    over() {
      keep(null);
      end(t.room.over);
    },
  });

  /** @param {string} words */
  function tell(words) {
    if (status.textContent !== words) status.textContent = words;
  }

  async function next() {
    if (video.videoWidth && !video.paused) {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
      taken.width = Math.round(video.videoWidth * scale);
      taken.height = Math.round(video.videoHeight * scale);
      taken.getContext("2d")?.drawImage(video, 0, 0, taken.width, taken.height);
      try {
        const picture = await createImageBitmap(taken);
        if (over) {
          picture.close(); // the student has left meanwhile: nobody looks at this picture any more
          return;
        }
        saw((await look(picture, { time_s: performance.now() / 1000, frame, least: 1 })).faces);
        frame += 1;
        failed = 0;
      } catch (problem) {
        failed += 1;
        if (failed >= PATIENCE) leave(problem.message);
      }
    }
    if (!over) timer = setTimeout(next, every_ms); // counted from the sending: never two messages within a second
  }

  /**
   * Of several faces the nearest is the student's; of the others nothing is sent.
   * @param {Api.Result["faces"]} faces
   */
  function saw(faces) {
    if (over) return;
    /** @param {Api.Result["faces"][number]} face */
    const area = (face) => (face.right - face.left) * (face.bottom - face.top);
    const mine = faces.reduce((best, one) => (best && area(best) >= area(one) ? best : one), faces.at(0));
    const probs = mine && mine.p_neutral !== null ? numbersOf(mine) : null;
    if (!socket.tell(probs)) return; // what is shown is what was sent
    if (probs) sent += 1;
    show(last, probs && mine ? probabilities((state) => mine[`p_${state}`], "states") : h("p", {}, t.room.noFace));
    count.textContent = t.room.count(sent);
  }

  /** @param {string} words */
  function leave(words) {
    if (over) return;
    keep(null);
    socket.leave();
    end(words);
  }

  /** @param {string} words */
  function end(words) {
    if (over) return;
    over = true;
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    letRest();
    letGo("camera");
    video.srcObject = null;
    taken.width = taken.height = 0; // it holds the last picture
    announce(words);
    begin(words);
  }

  const [track] = stream.getVideoTracks();
  const gone = () => leave(t.room.gone);
  track.addEventListener("ended", gone);
  if (track.readyState === "ended") setTimeout(gone); // before anybody listened
  next();
  return { leave };
}

/**
 * The five probabilities of a face, in the order of the table.
 * @param {Api.Result["faces"][number]} face
 */
const numbersOf = (face) =>
  Object.entries(face)
    .filter(([name]) => name.startsWith("p_"))
    .map(([, value]) => Number(value));
