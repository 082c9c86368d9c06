// One face after the other, and what can be said of it: with the mouse, a finger, or single keys.
import { boxOf, isAbout, isLost, labels, madeNow, person, round } from "./annotations.js";
import { facePicture } from "./face_picture.js";
import { percent } from "./language.js";
import { chip, colorOf, inkOf, model } from "./looks.js";
import { isWriting, labelOfKey, stateButtons } from "./state_buttons.js";
import { t } from "./texts.js";
import { alertOf, announce, button, clock, dress, h, show } from "./ui.js";

/** @typedef {import("./label_items.js").Item} Item */

const AHEAD = 3; // pictures that are loaded before they are needed

/**
 * The card that shows faces; onchange() after each label.
 * @param {Item[]} items
 * @param {{ shown: boolean, onchange: () => void }} options
 */
export function labelCard(items, { shown, onchange }) {
  const skipped = /** @type {Set<Item>} */ (new Set());
  const history = /** @type {Item[]} */ ([]); // what was labelled or skipped since the page was loaded
  let current = /** @type {Item | null} */ (null),
    turn = 0;

  const picture = facePicture(t.label.pictures);
  const where = h("p", { class: "muted small" });
  const answer = h("p", { class: "row answer", hidden: !shown });
  const notice = h("div");
  const note = h("input", { type: "text", maxlength: "400", "aria-label": t.label.note, placeholder: t.label.note });
  const undoButton = keyed(t.label.undo, "Z", undo);
  const skipButton = keyed(t.label.skip, "S", skip);
  const words = h("p", { class: "row progress-words" });
  const bar = h("progress", { max: String(Math.max(items.length, 1)), "aria-label": t.label.progress });
  const counts = h("ul", { class: "counts", "aria-label": t.label.counts });
  const stage = h("div", { class: "label-stage" }, picture.large);
  const finished = h(
    "div",
    { class: "card", hidden: true },
    h("h2", {}, t.label.finished),
    h("p", {}, t.label.finishedHint),
  );
  const heading = h("h2", { class: "visually-hidden" }, t.label.face);
  const tools = h(
    "div",
    { class: "side" },
    stateButtons(t.label.question, say),
    answer,
    h("div", { class: "row" }, undoButton, skipButton),
    h("label", { class: "note" }, note),
    h("p", { class: "muted small keys" }, t.label.keys),
    h("div", { class: "place" }, picture.whole, where),
  );
  const work = h("div", { class: "split labelling", tabindex: "-1" }, h("div", {}, stage), tools);
  const element = h(
    "section",
    { "aria-label": t.label.face },
    heading,
    h("div", { class: "label-progress" }, bar, words, counts),
    notice,
    work,
    finished,
  );

  /** @param {Item} item */
  const labelOf = (item) =>
    labels
      .all()
      .findLast((one) => one.annotator === (person.name || undefined) && isAbout(one, item.source, item.face));
  const isDone = (/** @type {Item} */ item) => labelOf(item) !== undefined;

  /** The first face without a label; those that were skipped come last. */
  const next = () =>
    items.find((item) => !isDone(item) && !skipped.has(item)) ?? items.find((item) => !isDone(item)) ?? null;

  /** @param {string} label */
  function say(label) {
    if (!current) return;
    labels.add({
      kind: "state",
      state: /** @type {any} */ (label),
      ...madeNow(current.source),
      ...targetOf(current),
      box: boxOf(current.face),
      chosen: /** @type {any} */ (current.chosen),
      ...(shown && { answer_shown: true }),
      ...(note.value.trim() && { note: note.value.trim() }),
    });
    history.push(current);
    skipped.delete(current);
    note.value = "";
    announce(t.label.said(t.label.states[label]));
    go(next());
    onchange();
  }

  function skip() {
    if (!current) return;
    skipped.delete(current); // to the end of those that were skipped
    skipped.add(current);
    history.push(current);
    const others = items.filter((item) => !isDone(item) && item !== current);
    const ahead = others.filter((item) => !skipped.has(item));
    go(ahead[0] ?? [...skipped].find((item) => item !== current) ?? current);
  }

  /** Take the last label back, or show the face that was skipped last; after a reload, labels are taken back one by one. */
  function undo() {
    const last = history.pop() ?? lastLabelled();
    if (!last) return;
    const label = labelOf(last);
    if (label) labels.remove((one) => one.made_at === label.made_at && isAbout(one, last.source, last.face));
    skipped.delete(last);
    announce(t.label.undone);
    go(last);
    onchange();
  }

  function lastLabelled() {
    const done = items.flatMap((item) => {
      const label = labelOf(item);
      return label ? [{ item, at: label.made_at ?? "" }] : [];
    });
    return done.sort((a, b) => (a.at < b.at ? 1 : -1))[0]?.item;
  }

  /** @param {Item | null} item */
  function go(item) {
    current = item;
    paintProgress();
    const inside = work.contains(document.activeElement);
    work.hidden = !item;
    finished.hidden = Boolean(item);
    if (!item) {
      if (inside) focusOn(finished);
      return;
    }
    paint(item);
    for (const other of items.filter((one) => !isDone(one) && one !== item).slice(0, AHEAD))
      other.picture().catch(() => {});
  }

  /** @param {Item} item */
  async function paint(item) {
    turn += 1;
    const mine = turn;
    stage.ariaBusy = "true";
    show(where, item.face.time_s === null ? item.source : t.label.at(item.source, clock(item.face.time_s)));
    if (shown) paintAnswer(item);
    try {
      const source = await item.picture();
      if (mine !== turn) return;
      picture.draw(source, item.size, item.face);
      show(notice, isLost() && alertOf(t.label.lost));
    } catch (problem) {
      if (mine !== turn) return;
      picture.clear();
      show(notice, alertOf(problem.message));
    }
    stage.ariaBusy = "false";
    stage.dataset.face = String(items.indexOf(item));
  }

  /** @param {Item} item */
  function paintAnswer({ face }) {
    const state = model.outcomes.reduce((one, other) => (probOf(face, other) > probOf(face, one) ? other : one));
    show(
      answer,
      h("span", { class: "muted" }, t.label.modelSays),
      chip(/** @type {State} */ (state)),
      h("span", {}, `${t.label.states[state]} ${percent(probOf(face, state))}`),
    );
    dress(answer, inkOf(/** @type {State} */ (state)));
  }

  function paintProgress() {
    const done = items.filter(isDone);
    const random = items.filter(({ chosen }) => chosen === "random");
    bar.value = done.length;
    show(
      words,
      t.label.done(done.length, items.length),
      h("span", { class: "muted" }, t.label.random(random.filter(isDone).length, random.length)),
    );
    const given = done.map((item) => labelOf(item)?.state);
    show(
      counts,
      model.labelling.labels.map((label) =>
        h(
          "li",
          { style: label === "cannot_tell" ? {} : { "--c": colorOf(/** @type {State} */ (label)) } },
          `${t.label.states[label]} `,
          h("b", {}, String(given.filter((one) => one === label).length)),
        ),
      ),
    );
    undoButton.disabled = !history.length && !done.length;
  }

  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event)) return;
    const label = labelOfKey(event);
    const act = label ? () => say(label) : { s: skip, z: undo, backspace: undo }[event.key.toLowerCase()];
    if (!act || event.repeat) return;
    event.preventDefault();
    act();
  });
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter") focusOn(work);
  });

  go(next());
  return { element, begin: () => focusOn(work.hidden ? finished : work), isDone, labelOf };
}

/** @param {HTMLElement} element */
function focusOn(element) {
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/**
 * A button with its key.
 * @param {string} words
 * @param {string} key
 * @param {() => void} onclick
 */
function keyed(words, key, onclick) {
  const one = button([words, h("kbd", { "aria-hidden": "true" }, key)], onclick);
  one.setAttribute("aria-keyshortcuts", key.toLowerCase());
  return one;
}

/** @param {Item} item */
const targetOf = ({ face }) =>
  face.time_s === null
    ? { face: face.face }
    : {
        ...(face.track_id !== null && { track_id: face.track_id }),
        from_s: round(face.time_s),
        to_s: round(face.time_s),
      };

/**
 * @param {Api.Result["faces"][number]} face
 * @param {string} outcome
 */
const probOf = (face, outcome) => face[/** @type {`p_${Measured}`} */ (`p_${outcome}`)] ?? 0;
