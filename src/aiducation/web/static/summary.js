// A live session that is over: what it was, to be saved or forgotten.
import { getBlob, getJson, remove } from "./api.js";
import { dialectOf, dialectToggle } from "./dialect.js";
import { groupShares } from "./group.js";
import { liveMarks } from "./live_marks.js";
import { model, stayMs } from "./looks.js";
import { changeList } from "./result.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { recordingTimeline } from "./timeline.js";
import { alertOf, button, card, change, clock, download, h, show, tiles } from "./ui.js";

const FORMATS = /** @type {const} */ (["report", "timeline.png", "timeline.csv", "csv", "json"]);

/** @typedef {(typeof FORMATS)[number]} SaveFormat */

/**
 * "live 2026-03-09 14.05": sessions of a day stay apart on the disk.
 * @param {Date} now
 */
export function sessionName(now) {
  /** @param {number} n */
  const two = (n) => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return t.live.fileName(day, `${two(now.getHours())}.${two(now.getMinutes())}`);
}

/**
 * Show the summary of a session with the pictures of its marked moments; onforget() when it is forgotten.
 * @param {HTMLElement} place
 * @param {Api.LiveSession} summary
 * @param {import("./marks.js").Picture[]} pictures
 * @param {() => void} onforget
 * @param {boolean} numbers whether it is a class, of which there were numbers alone
 */
export function showSummary(place, summary, pictures, onforget, numbers = false) {
  const here = `api/live/${encodeURIComponent(summary.session)}`;
  const name = sessionName(new Date());
  const notice = h("div");
  const group = h("div");
  let marked = summary.marks,
    line = /** @type {ReturnType<typeof recordingTimeline> | undefined} */ (undefined);
  const marks = liveMarks(here, summary, (changed) => {
    marked = changed;
    line?.mark(marked); // whoever is at a time stays there
  });
  async function paintGroup() {
    line ??= await showGroup(group, here, summary, marks.move);
    line?.mark(marked);
  }
  let forgetting = false;
  const stay = setInterval(() => getJson(here).catch(({ code }) => code === "not_found" && goneElsewhere()), stayMs());

  function letGo() {
    clearInterval(stay);
    if (numbers) settings.endClass(summary.session);
    else settings.endSession(summary.session);
  }
  /** Another tab has deleted it: what is shown stays until somebody goes on. */
  function goneElsewhere() {
    if (forgetting) return;
    letGo();
    show(notice, alertOf(t.live.forgotten));
  }

  /** @param {SaveFormat} format */
  async function save(format) {
    try {
      download(
        await getBlob(`${here}/${format}?${new URLSearchParams(dialectOf(format))}`),
        name + model.formats[format].ending,
      );
    } catch (problem) {
      show(notice, alertOf(problem.message));
    }
  }
  async function forget() {
    if (forgetting) return;
    forgetting = true;
    try {
      await remove(here);
    } catch (problem) {
      forgetting = problem.code === "not_found"; // then it is gone already
      if (!forgetting) {
        show(notice, alertOf(problem.message));
        paintGroup(); // its question may have been broken off
        return;
      }
    }
    letGo();
    onforget();
  }
  async function savePictures() {
    for (const { time, jpeg } of pictures) download(await jpeg, `${name} ${clock(time).replaceAll(":", ".")}.jpg`);
  }

  change(
    place,
    card(
      t.live.over,
      tiles(
        t.live.tiles(
          clock(summary.seconds),
          summary.frames,
          summary.faces_at_a_time,
          summary.marks.length,
          numbers ? t.room.samples : undefined,
        ),
      ),
      marks.element,
      h("h3", {}, t.save.title),
      notice,
      h(
        "div",
        { class: "row" },
        FORMATS.map((format) => button(t.save[format], () => save(format))),
        pictures.length > 0 && button(t.live.savePictures(pictures.length), savePictures),
      ),
      dialectToggle(),
      h("p", { class: "muted small" }, t.live.keptAfter(model, numbers ? t.room.keptAfter : undefined)),
      h("div", { class: "row" }, button(t.live.another, forget)),
    ),
    group,
  );
  paintGroup();
}

/**
 * Show the group over the whole session; gives its timeline.
 * @param {HTMLElement} place
 * @param {string} here
 * @param {Api.LiveSession} summary
 * @param {(time: number) => void} onseek
 */
async function showGroup(place, here, summary, onseek) {
  if (!summary.frames) return undefined;
  try {
    const answer = /** @type {Api.Summary} */ (await getJson(`${here}/summary`));
    const [group, times] = [/** @type {RecordingGroup} */ (answer.group), answer.times_s];
    const line = recordingTimeline(group, Math.max(summary.seconds, 1), onseek);
    show(
      place,
      h(
        "div",
        { class: "split" },
        h(
          "div",
          {},
          card(
            t.recording.overTime,
            line.element,
            h("p", { class: "muted small" }, t.recording.timelineHint(group.changes)),
          ),
        ),
        h(
          "div",
          { class: "side" },
          card(t.live.average, groupShares(group, { looks: times.length })),
          card(t.recording.changes, changeList(group)),
        ),
      ),
    );
    return line;
  } catch (problem) {
    if (problem.name !== "AbortError") show(place, alertOf(problem.message)); // else the session is being deleted
    return undefined;
  }
}
