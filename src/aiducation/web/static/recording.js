// Recordings: choose, send, wait, see. The server looks at one after the other; closing the page stops none.

import { agreedOf, editsOf, forgetEdits } from "./annotations.js";
import { getJson, getRecording, postRecording, recordingAt, remove } from "./api.js";
import { onAssumed, sameAssumed } from "./assumed.js";
import { dropZone, strip } from "./files.js";
import { model, stayMs, viewNow } from "./looks.js";
import { optionsOf } from "./recording_options.js";
import { comingCard, progressCard } from "./recording_progress.js";
import { showResult } from "./result.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { alertOf, announce, button, card, change, clock, h, onceButton, show } from "./ui.js";

const LOOK_MS = 1000; // between two looks at what is on its way
/**
 * A recording that was chosen, now or on an earlier visit: its job, how much of it was sent, why nothing came of it.
 * @typedef {{
 *   name: string,
 *   id?: string,
 *   job?: Api.Job,
 *   problem?: string,
 *   silent?: string,
 *   share?: number,
 *   upload?: ReturnType<typeof postRecording>,
 *   asked?: number,
 *   leaving?: boolean,
 *   open?: boolean,
 *   file?: File,
 *   assumed?: object,
 * }} Recording
 */

/** @typedef {import("./recording_options.js").Choices} Choices */

const OVER = ["done", "failed", "cancelled"];

/** @param {{ onphotos: (files: File[]) => void, onreview: (id: string) => void }} listeners */
export function recordingPage({ onphotos, onreview }) {
  const recordings = /** @type {Recording[]} */ ([]);
  const options = /** @type {Choices} */ ({
    every_s: model.timing.every_s,
    anonymize: false,
    video: false,
    few: false,
  });
  let current = /** @type {Recording | null} */ (null),
    shown = /** @type {[Recording | null, string] | []} */ ([]), // which recording, and what of it
    progress = /** @type {ReturnType<typeof progressCard> | null} */ (null),
    stopResult = () => {},
    edited = "", // the changes that are in the result that is shown
    sending = Promise.resolve();

  const zone = dropZone({
    ...t.recording.drop(model),
    sample: "recording",
    accept: ["video/*", ...model.endings.recording].join(),
    onfiles: (files) => take(files),
  });
  const row = strip({ label: t.recording.strip, tell, onchoose: choose });
  const choices = h(
    "details",
    { class: "choices", open: true },
    h("summary", {}, t.recording.options),
    optionsOf(options),
  );
  const place = h("div");
  const otherwise = h("div"); // in the result: what was chosen since
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.recording.title), h("p", {}, t.recording.lead)),
    zone.element,
    choices,
    row.element,
    place,
  );

  /** @param {Recording} recording */
  function tell({ name, job, problem, share }) {
    if (problem) return { name, words: t.recording.failed };
    if (!job) return { name, words: share === undefined ? t.recording.waits : t.recording.sending };
    if (job.state === "queued") return { name, words: t.recording.waits };
    return { name, words: job.state === "done" ? t.recording.ready : t.recording.looking(clock(job.done_s), "") };
  }

  /**
   * @param {File[]} files
   * @param {boolean} sure
   */
  function take(files, sure = false) {
    const pictures = sure ? [] : files.filter((file) => file.type.startsWith("image/"));
    if (pictures.length) onphotos(pictures);
    const videos = files.filter((file) => !pictures.includes(file));
    if (!videos.length) return;
    const more = videos.map((file) => /** @type {Recording} */ ({ name: file.name }));
    recordings.push(...more);
    choose(more[0]);
    for (const [i, recording] of more.entries())
      sending = sending.then(() => send(recording, videos[i], { ...options }));
  }

  /**
   * @param {Recording} recording
   * @param {File} file
   * @param {Choices} chosen
   */
  async function send(recording, file, chosen) {
    if (!recordings.includes(recording)) return; // taken off the list while it waited
    Object.assign(recording, { share: 0, file, assumed: settings.assumed() });
    const { few, ...asked } = chosen;
    recording.open = few;
    const upload = postRecording(file, { ...asked, min_group: settings.minGroup(few) }, (share) => {
      recording.share = share;
      paint();
    });
    recording.upload = upload;
    try {
      const job = await upload.promise;
      settings.keepRecording(job.id, recording.name);
      Object.assign(recording, { id: job.id, job, asked: performance.now() });
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.code === "is_photo") {
        takeOff(recording);
        paint();
        onphotos([file]);
        return;
      }
      recording.problem = problem.message;
    }
    paint();
  }

  /** Ask for what is on its way, and now and then for the others, so that the server keeps them. */
  async function watch() {
    for (const recording of [...recordings]) {
      const { id, job, problem, asked } = recording;
      const skip = !id || problem || isLeaving(recording);
      const calm = job && OVER.includes(job.state) && performance.now() - (asked ?? 0) < stayMs();
      if (!skip && !calm) await look(recording);
    }
    if (page.isConnected) onshown();
    setTimeout(watch, LOOK_MS);
  }

  /** @param {Recording} recording */
  async function look(recording) {
    const before = recording.job?.state;
    const id = recording.id ?? "";
    try {
      const job = await getRecording(id);
      recording.job = job;
      if (isLeaving(recording)) return;
      Object.assign(recording, { asked: performance.now(), silent: "" });
      const { state, error } = job;
      if (state === "done" && before && before !== "done") announce(t.recording.done(recording.name));
      if (state === "failed") {
        await forget(recording).catch(() => {}); // else the server forgets it by itself, later
        recording.problem = error?.message;
      }
      if (state === "cancelled") {
        leave(recording);
        return;
      }
    } catch (problem) {
      if (isLeaving(recording)) return;
      if (problem.code === "not_found") {
        recording.problem = t.recording.gone;
        settings.dropRecording(id);
      } else recording.silent = problem.code === "proxy" ? problem.message : t.recording.silent;
    }
    paint();
  }

  /**
   * Being deleted, or off the list already.
   * @param {Recording} recording
   */
  const isLeaving = (recording) => recording.leaving || !recordings.includes(recording);

  /** @param {Recording} recording */
  async function forget({ id }) {
    if (!id) return;
    try {
      await remove(recordingAt(id));
    } catch (problem) {
      if (problem.code !== "not_found") throw problem; // else it is gone already
    }
    forgetEdits(id); // names of people, too
    settings.dropRecording(id);
  }

  /**
   * Stop it, delete it, and only when the server has done so take it off the list.
   * @param {Recording} recording
   */
  async function leave(recording) {
    if (isLeaving(recording)) return;
    recording.leaving = true;
    if (recording === current) stopResult(); // nothing is loaded any more of what is being deleted
    await recording.upload?.stop();
    await recording.upload?.promise.catch(() => {}); // sent whole, it has an id soon, by which it is deleted
    try {
      await forget(recording);
    } catch (problem) {
      shown = []; // its problem may be shown already, and be another one
      choose(Object.assign(recording, { problem: problem.message, leaving: false }));
      return;
    }
    takeOff(recording);
    paint();
  }

  /** @param {Recording} recording */
  function takeOff(recording) {
    const index = recordings.indexOf(recording);
    if (index >= 0) recordings.splice(index, 1);
    if (recording === current) current = recordings.at(-1) ?? null;
  }

  /** @param {Recording} recording */
  function choose(recording) {
    current = recording;
    paint();
  }

  function paint() {
    zone.slim(recordings.length > 0);
    choices.open ||= !recordings.length;
    row.paint(recordings, current);
    const part = !current
      ? "nothing"
      : current.problem
        ? "problem"
        : current.job?.state === "done"
          ? "result"
          : "progress";
    if (shown[0] !== current || shown[1] !== part) {
      stopResult();
      stopResult = () => {};
      if (current && !shown[0]) choices.open = false;
      shown = [current, part];
      if (!current) change(place);
      else if (part === "problem") paintProblem(current);
      else if (part === "result") {
        change(place, comingCard(current.name));
        paintResult(current);
      } else paintProgress(current);
    }
    if (part === "progress" && current) progress?.set(current);
  }

  /** @param {Recording} recording */
  function paintProblem(recording) {
    change(
      place,
      card(
        recording.name,
        h("p", { role: "alert" }, recording.problem),
        h(
          "div",
          { class: "row" },
          onceButton(t.recording.unlist, () => leave(recording)),
        ),
      ),
    );
  }

  /** @param {Recording} recording */
  function paintProgress(recording) {
    progress = progressCard(recording.name, () => leave(recording));
    change(place, progress.element);
  }

  /**
   * @param {Recording} recording
   * @param {number} at where the player begins, in seconds
   */
  async function paintResult(recording, at = 0) {
    shown = [recording, "result"]; // of several questions about it the last one counts, whichever is answered first
    const mine = shown;
    const job = /** @type {Api.Job} */ (recording.job);
    try {
      const { links } = job;
      edited = editsNow(recording);
      const summary = await getJson(`${links.summary}?min_group=${settings.minGroup(recording.open)}`);
      if (mine !== shown) return; // something else was chosen meanwhile
      stopResult();
      stopResult = showResult(place, job, summary, {
        at,
        open: Boolean(recording.open),
        onagain: (seconds, open) => {
          recording.open = open;
          paintResult(recording, seconds);
        },
        ondelete: () => leave(recording),
        onreview: () => onreview(recording.id ?? ""),
        notice: otherwise,
      });
      paintOtherwise(recording, summary);
    } catch (problem) {
      if (mine !== shown || isLeaving(recording)) return;
      if (problem.code !== "not_found") paintAgain(recording, problem.message, () => paintResult(recording, at));
      else {
        recording.problem = t.recording.gone;
        paint();
      }
    }
  }

  /**
   * Say that a result was made with other states or expected shares than are chosen now, and offer to make it again.
   * @param {Recording} recording
   * @param {Api.Summary} summary
   */
  function paintOtherwise({ file, assumed }, summary) {
    const same = file ? sameAssumed(assumed) : summary.group.view === viewNow();
    const again = file && button(t.assumed.again, () => take([file], true));
    const words = file ? t.assumed.other : `${t.assumed.other} ${t.assumed.choose}`;
    show(
      otherwise,
      !same && h("div", { class: "notice" }, h("p", {}, words), again && h("div", { class: "row" }, again)),
    );
  }

  /**
   * The result is there, only not now.
   * @param {Recording} recording
   * @param {string} words
   * @param {() => void} again
   */
  function paintAgain(recording, words, again) {
    stopResult();
    change(place, card(recording.name, alertOf(words), h("div", { class: "row" }, onceButton(t.again, again))));
  }

  /** Take over what an earlier visit or another tab has sent or deleted. */
  function sync() {
    const kept = settings.recordings();
    for (const { id, name } of kept) if (!recordings.some((one) => one.id === id)) recordings.push({ id, name });
    for (const one of recordings.filter(({ id, problem }) => id && !problem && !kept.some((other) => other.id === id)))
      takeOff(one);
    current ??= recordings.at(-1) ?? null;
    paint();
  }

  /** The changes of a result; "" as long as the server may not know all of them. */
  const editsNow = (/** @type {Recording} */ { id = "" }) => (agreedOf(id)?.waiting ? "" : JSON.stringify(editsOf(id)));

  /** A result that was corrected meanwhile, here or in another tab, is asked for again. */
  function onshown() {
    if (!current || shown[1] !== "result") return;
    const now = editsNow(current);
    if (now && edited !== now) paintResult(current);
  }

  onAssumed(() => current && shown[1] === "result" && paintResult(current));
  addEventListener("storage", sync);
  sync();
  watch();
  const running = () => recordings.some(({ id, problem, leaving }) => !id && !problem && !leaving); // not received yet
  return { element: page, take, shown: onshown, running };
}
