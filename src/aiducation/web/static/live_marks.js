// Marked times of a live session that is over: more can be marked, and each can be taken back.
import { madeNow } from "./annotations.js";
import { send } from "./api.js";
import { saveAnnotations } from "./label_files.js";
import { model } from "./looks.js";
import { t } from "./texts.js";
import { writtenTime } from "./times.js";
import { alertOf, announce, button, h, inTurn, show } from "./ui.js";

/** @typedef {Api.LiveSession["marks"]} Marks */

/**
 * @param {Marks[number]} one
 * @param {Marks[number]} other
 */
const isSame = (one, other) => one.time_s === other.time_s && one.note === other.note;

/**
 * The list with its tools; move(time) says where the timeline is, onchange(marks) follows each change.
 * @param {string} here address of the session
 * @param {Api.LiveSession} session
 * @param {(marks: Marks) => void} onchange
 */
export function liveMarks(here, session, onchange) {
  let { marks } = session,
    now = 0;
  const notice = h("div");
  const list = h("ul", { class: "edits" });
  const where = h("p", { class: "muted small" });
  const note = h("input", {
    type: "text",
    maxlength: String(model.server_limits.note_letters),
    placeholder: t.review.eventNote,
    "aria-label": t.review.eventLabel,
    onkeydown: (event) => event.key === "Enter" && !event.repeat && mark(),
  });
  const soon = inTurn();
  const file = saveAnnotations({
    entries: () =>
      marks.map((one) => ({
        kind: /** @type {const} */ ("event"),
        ...madeNow(session.source),
        from_s: one.time_s,
        note: one.note || t.live.noNote,
      })),
    name: () => t.live.marksFile,
    onproblem: (words) => show(notice, alertOf(words)),
    recordings: true,
  });

  /**
   * Change the list as it is when all earlier changes have arrived; gives whether the server has it.
   * @param {(before: Marks) => Marks} change
   * @param {string} said
   */
  async function put(change, said) {
    let there = false;
    await soon(async () => {
      try {
        const answer = await send(`${here}/marks`, { marks: change(marks) }, "PUT");
        marks = /** @type {Api.LiveSession} */ (await answer.json()).marks;
        there = true;
        show(notice);
        announce(said);
        paint();
        onchange(marks);
      } catch (problem) {
        show(notice, alertOf(problem.message));
      }
    });
    return there;
  }

  async function mark() {
    const one = { time_s: now, note: note.value.trim() };
    const add = (/** @type {Marks} */ before) =>
      before.some((other) => isSame(other, one)) ? before : [...before, one];
    if ((await put(add, t.live.markedAt(writtenTime(now)))) && note.value.trim() === one.note) note.value = "";
  }

  function paint() {
    const inside = list.contains(document.activeElement);
    show(
      list,
      marks.map((one) => {
        const words = `${writtenTime(one.time_s)} ${one.note || t.live.noNote}`;
        const back = button(
          t.review.takeBack,
          () => put((before) => before.filter((other) => !isSame(other, one)), t.review.undone),
          "plain",
        );
        back.setAttribute("aria-label", t.review.takeBackName(words));
        return h("li", {}, h("span", {}, words), back);
      }),
    );
    file.hidden = !marks.length;
    if (inside) note.focus();
  }

  /** @param {number} time */
  function move(time) {
    now = Math.round(time * 100) / 100;
    where.textContent = t.live.markHere(writtenTime(now));
  }

  move(0);
  paint();
  const element = h(
    "div",
    {},
    h("h3", {}, t.live.marks),
    list,
    notice,
    h("div", { class: "row" }, note, button(t.live.mark, mark)),
    where,
    file,
  );
  return { element, move };
}
