// The changes of a result as a list: each can be taken back.
import { saying } from "./annotations.js";
import { t } from "./texts.js";
import { writtenTime } from "./times.js";
import { button, h, show } from "./ui.js";

/** @typedef {import("./annotations.js").Entry} Entry */

/**
 * When a change holds.
 * @param {Entry} entry
 */
function whenOf({ from_s: from, to_s: to }) {
  if (from == null) return "";
  return to == null || to === from ? writtenTime(from) : t.review.span(writtenTime(from), writtenTime(to));
}

/**
 * A change in words.
 * @param {Entry} entry
 * @param {(track: number) => string} nameOf a track
 */
export function wordsOf(entry, nameOf) {
  const words = t.review.words;
  const who = entry.track_id == null ? (entry.person ?? t.face.title) : nameOf(entry.track_id);
  const when = whenOf(entry);
  if (entry.kind === "state") return words.state(who, entry.state ?? "", when);
  if (entry.kind === "exclude") return words.exclude(when, entry.note ?? "");
  if (entry.kind === "event") return words.event(when, entry.note ?? "");
  if (entry.kind === "merge") return words.merge(who, nameOf(entry.into ?? 0));
  if (entry.kind === "split") return words.split(who, when);
  return words.hide(who);
}

/**
 * The list; paint(entries) at once after each change: what is taken back must not be there to be taken back again. onremove(entry)
 * takes one back, onclear() all.
 * @param {{ nameOf: (track: number) => string, onremove: (entry: Entry) => void, onclear: () => void }} options
 */
export function editList({ nameOf, onremove, onclear }) {
  const list = h("ol", { class: "edits" });
  const none = h("p", { class: "muted" }, t.review.none);
  const undo = button(t.review.undo, takeBackLast);
  const clear = button(t.review.clear, onclear, "danger");
  const buttons = h("div", { class: "row" }, undo, clear);
  const element = h("div", {}, none, list, buttons, h("p", { class: "muted small" }, t.review.private));

  let last = /** @type {Entry | undefined} */ (undefined),
    shown = ""; // what the list says

  function takeBackLast() {
    if (last) onremove(last);
  }

  /** @param {Entry[]} entries */
  function paint(entries) {
    last = entries.at(-1);
    const now = JSON.stringify(entries.map((entry) => [wordsOf(entry, nameOf), saying(entry)]));
    if (now === shown) return; // somebody may be pressing one of its buttons
    shown = now;
    const inside = (entries.length ? list : element).contains(document.activeElement);
    show(
      list,
      entries.map((entry) => {
        const words = wordsOf(entry, nameOf);
        const back = button(t.review.takeBack, () => onremove(entry), "plain");
        back.setAttribute("aria-label", t.review.takeBackName(words));
        return h("li", {}, h("span", {}, words), back);
      }),
    );
    none.hidden = entries.length > 0;
    list.hidden = buttons.hidden = !entries.length;
    if (inside) (entries.length ? undo : /** @type {HTMLElement?} */ (document.querySelector("main h1")))?.focus();
  }
  return { element, paint, undo: takeBackLast };
}
