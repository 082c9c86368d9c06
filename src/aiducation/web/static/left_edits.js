// Changes of recordings and photos that are not here any more: nothing is lost, and nothing stays unseen.
import { editedKeys, editsOf, forgetEdits } from "./annotations.js";
import { saveAnnotations } from "./label_files.js";
import { t } from "./texts.js";
import { alertOf, arriveAt, button, card, h, show } from "./ui.js";

/** The card; paint(keys) with what is here. */
export function leftEdits() {
  const list = h("ul", { class: "edits" });
  const notice = h("div");
  const entries = () => left.flatMap(editsOf);
  const element = h("div");
  const all = card(
    t.review.left,
    h("p", { class: "muted small" }, t.review.leftHint),
    list,
    notice,
    saveAnnotations({
      entries,
      name: () => t.review.fileName,
      onproblem: (words) => show(notice, alertOf(words)),
    }),
  );
  let left = /** @type {string[]} */ ([]),
    here = /** @type {string[]} */ ([]),
    shown = ""; // what the list says

  /** @param {string[]} keys */
  function paint(keys) {
    here = keys;
    left = editedKeys().filter((key) => !here.includes(key));
    const now = JSON.stringify(left.map((key) => [key, editsOf(key).length]));
    if (now === shown) return; // whoever works here is not disturbed
    shown = now;
    const inside = element.contains(document.activeElement);
    if (element.contains(all) !== left.length > 0) show(element, left.length > 0 && all);
    show(
      list,
      left.map((key) => {
        const found = editsOf(key);
        const name = found[0]?.source ?? t.review.namesOnly;
        const forget = button(t.review.forget, () => {
          forgetEdits(key);
          paint(here);
        });
        forget.setAttribute("aria-label", t.review.forgetName(name));
        return h("li", {}, h("span", {}, `${name}: ${t.review.changes(found.length)} `), forget);
      }),
    );
    if (inside && !element.contains(document.activeElement))
      arriveAt(/** @type {HTMLElement?} */ (element.querySelector("h2") ?? document.querySelector("main h1")));
  }
  return { element, paint };
}
