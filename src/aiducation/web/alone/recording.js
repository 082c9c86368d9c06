// Recordings, on a page that is alone: the browser decodes them, the worker judges the faces, and no picture is kept.
import { keepAnswer } from "./api.js";
import { dropZone, strip } from "./files.js";
import { between } from "./frames_between.js";
import { model } from "./looks.js";
import { analyzeRecording, resultOf, summaryOf } from "./recordings.js";
import { showResult } from "./result.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { alertOf, announce, card, change, clock, h, onceButton, toggle } from "./ui.js";

const EVERY_S = [0.2, 0.5, 1, 2, 5];

/**
 * A recording that was chosen.
 * @typedef {{
 *   name: string,
 *   file: File,
 *   every_s: number,
 *   open: boolean,
 *   stop: AbortController,
 *   begun?: number,
 *   done_s?: number,
 *   total_s?: number,
 *   seen?: import("./recordings.js").Seen_,
 *   problem?: string,
 * }} Recording
 */

let last = Promise.resolve(), // one recording at a time
  numbers = 0;

/** @param {{ onphotos: (files: File[]) => void }} listeners */
export function recordingPage({ onphotos }) {
  let recordings = /** @type {Recording[]} */ ([]),
    current = /** @type {Recording | null} */ (null),
    shown = /** @type {unknown[]} */ ([]),
    every_s = model.timing.every_s,
    open = false,
    stopResult = () => {};
  const zone = dropZone({ ...t.recording.drop(model), accept: "video/*", onfiles: (files) => take(files) });
  const row = strip({ label: t.recording.strip, tell, onchoose: choose });
  const place = h("div");
  /** @type {HTMLSelectElement} */
  const every = h(
    "select",
    {
      onchange: () => {
        every_s = Number(every.value);
      },
    },
    EVERY_S.map((s) => h("option", { value: String(s), selected: s === every_s }, t.recording.everyOption(s))),
  );
  const choices = h(
    "details",
    { class: "choices", open: true },
    h("summary", {}, t.recording.options),
    h(
      "div",
      { class: "options" },
      h("label", { class: "field" }, t.recording.every, every),
      toggle(t.few.option(settings.usualGroup), open, (on) => {
        open = on;
      }),
    ),
  );

  /** @param {Recording} recording */
  function tell({ name, seen, problem, done_s }) {
    if (problem) return { name, words: t.recording.failed };
    if (seen) return { name, words: t.recording.ready };
    return { name, words: done_s === undefined ? t.recording.waits : t.recording.looking(clock(done_s), "") };
  }

  /**
   * @param {File[]} files
   * @param {boolean} sure
   */
  function take(files, sure = false) {
    const pictures = sure ? [] : files.filter((file) => file.type.startsWith("image/"));
    if (pictures.length) onphotos(pictures);
    const more = files
      .filter((file) => !pictures.includes(file))
      .map((file) => ({ name: file.name, file, every_s, open, stop: new AbortController() }));
    if (!more.length) return;
    recordings.push(...more);
    choices.open = false;
    choose(more[0]);
    for (const one of more) last = last.then(() => analyze(one));
  }

  /** @param {Recording} recording */
  async function analyze(recording) {
    if (!recordings.includes(recording)) return; // taken off the list while it waited
    recording.begun = performance.now();
    try {
      recording.seen = await analyzeRecording(recording.file, {
        every_s: recording.every_s,
        signal: recording.stop.signal,
        onprogress(done_s, total_s) {
          Object.assign(recording, { done_s, total_s });
          paint();
        },
      });
      if (recordings.includes(recording)) announce(t.recording.done(recording.name));
      else URL.revokeObjectURL(recording.seen.address); // taken off the list meanwhile
    } catch (problem) {
      if (recording.stop.signal.aborted) return forget(recording); // before its first picture: there is nothing to show
      const unreadable = problem instanceof DOMException || problem.code === "unreadable";
      recording.problem = unreadable ? t.recording.notForThisBrowser : problem.message;
    }
    paint();
  }

  /** @param {Recording} recording */
  function choose(recording) {
    current = recording;
    paint();
  }

  /** @param {Recording} recording */
  function forget(recording) {
    recording.stop.abort();
    if (recording.seen) URL.revokeObjectURL(recording.seen.address);
    recordings = recordings.filter((one) => one !== recording);
    if (current === recording) current = recordings.at(-1) ?? null;
    paint();
  }

  function paint() {
    zone.slim(recordings.length > 0);
    row.paint(recordings, current);
    const part = !current ? "nothing" : current.problem ? "problem" : current.seen ? "result" : "progress";
    if (part === "progress" && shown[0] === current && shown[1] === part) {
      /** @type {(() => void)} */ (shown[2])();
      return;
    }
    if (shown[0] === current && shown[1] === part) return;
    stopResult();
    stopResult = () => {};
    shown = [current, part];
    if (!current) change(place);
    else if (current.problem) paintProblem(current, current.problem);
    else if (current.seen) paintResult(current, current.seen, 0);
    else paintProgress(current);
  }

  /**
   * @param {Recording} recording
   * @param {string} words
   */
  function paintProblem(recording, words) {
    const off = onceButton(t.recording.unlist, () => forget(recording));
    change(place, card(recording.name, alertOf(words), h("div", { class: "row" }, off)));
  }

  /** @param {Recording} recording */
  function paintProgress(recording) {
    const bar = h("progress", { max: "1", "aria-label": t.recording.progress });
    const words = h("span"),
      left = h("span", { class: "muted" });
    const stop = onceButton(t.cancel, () => (recording.begun ? recording.stop.abort() : forget(recording)));
    change(
      place,
      card(recording.name, bar, h("p", { class: "row" }, words, left), h("div", { class: "row end" }, stop)),
    );
    const set = () => {
      const { done_s, total_s, begun } = recording;
      if (done_s === undefined || !total_s || begun === undefined) {
        words.textContent = t.recording.waits;
        return;
      }
      bar.value = Math.min(done_s / total_s, 1);
      words.textContent = t.recording.looking(clock(done_s), clock(total_s));
      const took_s = (performance.now() - begun) / 1000;
      left.textContent = done_s > 2 ? t.recording.left(Math.ceil((took_s / done_s) * (total_s - done_s))) : "";
    };
    shown = [recording, "progress", set];
    set();
  }

  /**
   * @param {Recording} recording
   * @param {import("./recordings.js").Seen_} seen
   * @param {number} at where the player begins, in seconds
   */
  function paintResult(recording, seen, at) {
    stopResult();
    const least = settings.minGroup(recording.open);
    const id = `local/${numbers++}`;
    const summary = summaryOf(seen, least);
    const endFaces = keepAnswer(`${id}/faces`, (options) => {
      const frames = between(seen.frames, Number(options.get("from_s")), Number(options.get("to_s")));
      return { times_s: frames.map(({ time_s }) => time_s), faces: frames.flatMap(({ faces }) => faces) };
    });
    const endJson = keepAnswer(`${id}/json`, () => resultOf(seen, least));
    const job = /** @type {Api.Job} */ (
      /** @type {unknown} */ ({
        id,
        total_s: seen.duration_s,
        min_group: least,
        anonymize: false,
        links: { source: seen.address, faces: `${id}/faces`, self: id, json: `${id}/json` },
      })
    );
    const stopShown = showResult(place, job, summary, {
      at,
      open: recording.open,
      onagain: (seconds, on) => {
        recording.open = on;
        paintResult(recording, seen, seconds);
      },
      ondelete: () => forget(recording),
      onreview: () => {},
    });
    stopResult = () => {
      stopShown();
      endFaces(); // they hold the whole result
      endJson();
    };
  }

  return {
    element: h(
      "div",
      {},
      h("div", { class: "page-head" }, h("h1", {}, t.recording.title), h("p", {}, t.recording.lead)),
      zone.element,
      choices,
      row.element,
      place,
    ),
    take,
    running: () => recordings.some(({ problem }) => !problem), // this page alone has results
  };
}
