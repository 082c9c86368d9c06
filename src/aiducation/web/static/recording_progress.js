// A recording on its way: sent, looked at, its figures computed.
import { t } from "./texts.js";
import { card, clock, h, onceButton, show } from "./ui.js";

/**
 * The figures of a long recording take some seconds. Nothing can be cancelled then: it would delete what is done.
 * @param {string} name
 */
export const comingCard = (name) =>
  card(name, h("progress", { "aria-label": t.recording.progress }), h("p", { role: "status" }, t.recording.coming));

/**
 * @param {string} name
 * @param {() => void} oncancel
 */
export function progressCard(name, oncancel) {
  const bar = h("progress", { max: "1", "aria-label": t.recording.progress });
  const words = h("span"),
    left = h("span", { class: "muted" });
  const notice = h("div", { role: "alert" });
  const cancel = h("div", { class: "row end" }, onceButton(t.cancel, oncancel));
  const element = card(name, bar, h("p", { class: "row" }, words, left), notice, cancel);

  /** @param {import("./recording.js").Recording} recording */
  function set({ job, share, silent }) {
    const [part, text, more] = progressOf(job, share);
    if (part === null) bar.removeAttribute("value");
    else bar.value = part;
    words.textContent = text;
    left.textContent = silent ? "" : more;
    const said = silent ?? "";
    if (notice.textContent !== said) show(notice, said && h("div", { class: "notice" }, h("p", {}, said)));
  }
  return { element, set };
}

/**
 * Progress of a recording: 0..1 or null, what is being done, how long it takes.
 * @param {Api.Job | undefined} job
 * @param {number | undefined} share
 * @returns {[number | null, string, string]}
 */
export function progressOf(job, share) {
  if (!job) return share === undefined ? [null, t.recording.waits, ""] : [share, t.recording.uploading, ""];
  if (job.state === "queued") return [null, t.recording.queued(job.before), ""];
  const part = job.total_s ? Math.min(job.done_s / job.total_s, 1) : null;
  const begun = job.done_s > 0 || job.total_s; // before, the file is being opened
  const text = begun ? t.recording.looking(clock(job.done_s), job.total_s ? clock(job.total_s) : "") : "";
  return [part, text, job.left_s === null ? "" : t.recording.left(Math.ceil(job.left_s))];
}
