// Marked times of a live session that is over: more can be marked, and each can be taken back.
import { madeNow } from "./annotations.js";
import { send } from "./api.js";
import { saveAnnotations } from "./label_files.js";
import { model } from "./looks.js";
import { t } from "./texts.js";
import { writtenTime } from "./times.js";
import { alertOf, announce, button, h, show } from "./ui.js";

/** @typedef {Api.LiveSession["marks"]} Marks */

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
    onkeydown: (event) => event.key === "Enter" && mark(),
  });
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
   * @param {Marks} wanted
   * @param {string} said
   */
  async function put(wanted, said) {
    try {
      const answer = await send(`${here}/marks`, { marks: wanted }, "PUT");
      marks = /** @type {Api.LiveSession} */ (await answer.json()).marks;
      show(notice);
      announce(said);
      paint();
      onchange(marks);
    } catch (problem) {
      show(notice, alertOf(problem.message));
    }
  }

  function mark() {
    put([...marks, { time_s: now, note: note.value.trim() }], t.live.markedAt(writtenTime(now)));
    note.value = "";
  }

  function paint() {
    const inside = list.contains(document.activeElement);
    show(
      list,
      marks.map((one, i) => {
        const words = `${writtenTime(one.time_s)} ${one.note || t.live.noNote}`;
        const back = button(
          t.review.takeBack,
          () =>
            put(
              marks.filter((_, k) => k !== i),
              t.review.undone,
            ),
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
