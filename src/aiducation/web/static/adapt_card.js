// Adapting the model to labelled faces: offered once there are enough, with scores on people who were held out.
import { postJson } from "./api.js";
import { percent, points } from "./language.js";
import { model } from "./looks.js";
import { t } from "./texts.js";
import { alertOf, announce, button, card, download, h, show, tableWith } from "./ui.js";

/** @typedef {import("./annotations.js").Entry} Entry */
/** @typedef {import("./label_items.js").Item} Item */

const FILE = "adapted.onnx";

/**
 * The card; paint(items) after each label.
 * @param {{ labelOf: (item: Item) => Entry | undefined }} options
 */
export function adaptCard({ labelOf }) {
  const place = h("div", { class: "below", "aria-live": "polite" });
  const begin = button("", adapt, "main");
  const more = h("p", { class: "muted" });
  const element = card(t.adapt.title, h("p", {}, t.adapt.lead), more, h("div", { class: "row" }, begin), place);
  let items = /** @type {Item[]} */ ([]),
    busy = false;

  /** Faces with a state that the model knows. */
  const usable = () => items.filter((item) => model.outcomes.includes(/** @type {any} */ (labelOf(item)?.state)));

  /** @param {Item[]} now */
  function paint(now) {
    items = now;
    const n = usable().length;
    const missing = model.labelling.least_faces - n;
    begin.hidden = missing > 0;
    more.hidden = missing <= 0;
    more.textContent = t.adapt.more(Math.max(missing, 1));
    begin.textContent = t.adapt.begin(n);
  }

  async function adapt() {
    if (busy) return;
    busy = true;
    begin.ariaDisabled = "true";
    try {
      const faces = await collected(usable());
      show(place, h("p", {}, t.adapt.fitting));
      const found = /** @type {Api.Adapted} */ (await postJson("api/adapt", { faces, name: "adapted" }));
      tell(found);
    } catch (problem) {
      show(place, alertOf(problem.message));
    }
    busy = false;
    begin.ariaDisabled = null;
  }

  /** @param {Item[]} wanted */
  async function collected(wanted) {
    const faces = [];
    for (const [i, item] of wanted.entries()) {
      show(place, h("p", {}, t.adapt.collecting(i, wanted.length)));
      const pixels = await item.pixels();
      if (pixels) faces.push({ pixels, state: labelOf(item)?.state, person: item.person });
    }
    return faces;
  }

  /** @param {Api.Adapted} found */
  function tell(found) {
    const { better, notes, model: file } = found;
    const held = /** @type {any} */ (found.held_out);
    announce(better ? t.adapt.better : t.adapt.notBetter);
    show(
      place,
      h("p", {}, h("b", {}, better ? t.adapt.better : t.adapt.notBetter)),
      scoresOf(held),
      h("p", { class: "muted small" }, t.adapt.heldOut(held.faces, held.people)),
      notes.map((note) => h("p", { class: "small" }, note)),
      file && [
        h(
          "div",
          { class: "row" },
          button(t.adapt.download, () => download(bytesOf(file), FILE), "main"),
        ),
        h("p", { class: "small" }, t.adapt.use(FILE), " ", t.adapt.local),
      ],
    );
  }
  return { element, paint };
}

/** @param {any} held */
function scoresOf(held) {
  const rows = /** @type {const} */ (["balanced_accuracy", "accuracy", "calibration_error"]).map((name) => {
    const { before, after, difference } = held[name];
    const measure =
      t.adapt.measures[name === "balanced_accuracy" && "other" in held.recall ? "balanced_accuracy_with_other" : name];
    if (!difference) return [measure, percent(before), percent(after), ...points(after - before)];
    const [value, low, high] = points(difference.estimate, difference.low, difference.high);
    const gap = t.adapt.interval(value, low, high);
    return [measure, percent(before.estimate), percent(after.estimate), gap];
  });
  return tableWith(Object.values(t.adapt.columns), rows);
}

/** @param {string} base64 */
const bytesOf = (base64) =>
  new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "application/octet-stream" });
