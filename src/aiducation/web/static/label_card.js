// One face after the other, and what can be said of it: with the mouse, a finger, or single keys.
import { boxOf, isAbout, isLost, labels, madeNow, person, round } from "./annotations.js";
import { facePicture } from "./face_picture.js";
import { groupButtons, groupOfKey, stepsOf, wordsOf } from "./group_questions.js";
import { number, percent } from "./language.js";
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
  const steps = stepsOf(); // what is asked of each face: its state, and how it looks
  const skipped = /** @type {Set<Item>} */ (new Set());
  const leftOut = /** @type {Map<Item, Set<string>>} */ (new Map()); // questions about how it looks
  const history = /** @type {{ item: Item, step: string }[]} */ ([]); // what was said or skipped since the page was loaded
  let current = /** @type {Item | null} */ (null),
    step = steps[0],
    turn = 0;

  const picture = facePicture(t.label.pictures);
  const where = h("p", { class: "muted small" });
  const answer = h("p", { class: "row answer", hidden: !shown });
  const notice = h("div");
  const note = h("input", { type: "text", maxlength: "400", "aria-label": t.label.note, placeholder: t.label.note });
  const undoButton = keyed(t.label.undo, "Z", undo);
  const skipButton = keyed(t.label.skip, "S", skip);
  const question = h("div", { class: "question" });
  const keys = h("p", { class: "muted small keys" });
  const words = h("p", { class: "row progress-words" });
  const bar = h("progress", { max: String(Math.max(items.length, 1)), "aria-label": t.label.progress });
  const counts = h("ul", { class: "counts", "aria-label": t.label.counts });
  const stage = h("div", { class: "label-stage" }, picture.large);
  const finished = h(
    "div",
    { class: "card", hidden: true },
    h("h2", {}, t.label.finished),
    h("p", {}, t.label.finishedHint),
    h("div", { class: "row" }, keyed(t.label.undo, "Z", undo)),
  );
  const heading = h("h2", { class: "visually-hidden" }, t.label.face);
  const tools = h(
    "div",
    { class: "side" },
    question,
    answer,
    h("div", { class: "row" }, undoButton, skipButton),
    h("label", { class: "note" }, note),
    keys,
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

  const own = () => labels.all().filter((one) => one.annotator === (person.name || undefined));

  /** @param {Item} item */
  const labelOf = (item) => own().findLast((one) => one.kind === "state" && isAbout(one, item.source, item.face));

  /**
   * What was said of how a face looks; of a recording, it holds for every picture of the same track.
   * @param {Item} item
   * @param {string} attribute
   */
  const groupOf = ({ source, face }, attribute) =>
    own().findLast(
      (one) =>
        one.attribute === attribute &&
        (isAbout(one, source, face) ||
          (face.track_id !== null && one.source === source && one.track_id === face.track_id)),
    );

  /**
   * @param {Item} item
   * @param {string} of a step
   */
  const answerOf = (item, of) => (of === "state" ? labelOf(item) : groupOf(item, of));

  /** The first question about a face that has no answer yet. */
  const stepOf = (/** @type {Item} */ item) =>
    steps.find((one) => !answerOf(item, one) && !leftOut.get(item)?.has(one));
  const isDone = (/** @type {Item} */ item) => stepOf(item) === undefined;

  /** The first face without a label; those that were skipped come last. */
  const next = () =>
    items.find((item) => !isDone(item) && !skipped.has(item)) ?? items.find((item) => !isDone(item)) ?? null;

  /** @param {string} said */
  function say(said) {
    if (!current) return;
    const label = {
      ...(step === "state"
        ? { kind: /** @type {const} */ ("state"), state: /** @type {any} */ (said) }
        : { kind: /** @type {const} */ ("group"), attribute: step, value: said }),
      ...madeNow(current.source),
      ...targetOf(current),
      box: boxOf(current.face),
      chosen: /** @type {any} */ (current.chosen),
      ...(shown && { answer_shown: true }),
      ...(note.value.trim() && { note: note.value.trim() }),
    };
    labels.add([label]);
    history.push({ item: current, step });
    skipped.delete(current);
    note.value = "";
    announce(t.label.said(step === "state" ? t.label.states[said] : wordsOf(step, said)));
    go(isDone(current) ? next() : current);
    onchange();
  }

  function skip() {
    if (!current) return;
    history.push({ item: current, step });
    if (step !== "state") {
      leftOut.set(current, (leftOut.get(current) ?? new Set()).add(step));
      go(isDone(current) ? next() : current);
      return;
    }
    skipped.delete(current); // to the end of those that were skipped
    skipped.add(current);
    const others = items.filter((item) => !isDone(item) && item !== current);
    const ahead = others.filter((item) => !skipped.has(item));
    go(ahead[0] ?? [...skipped].find((item) => item !== current) ?? current);
  }

  /** Take the last label back, or show the face that was skipped last; after a reload, labels are taken back one by one. */
  function undo() {
    const last = history.pop() ?? lastLabelled();
    if (!last) return;
    const label = answerOf(last.item, last.step);
    if (label) labels.remove(label);
    skipped.delete(last.item);
    leftOut.get(last.item)?.delete(last.step);
    announce(t.label.undone);
    go(last.item);
    onchange();
  }

  function lastLabelled() {
    const done = items.flatMap((item) =>
      steps.flatMap((one) => {
        const label = answerOf(item, one);
        return label ? [{ item, step: one, at: label.made_at ?? "" }] : [];
      }),
    );
    return done.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  }

  /** @param {Item | null} item */
  function go(item) {
    const same = item !== null && item === current;
    current = item;
    step = (item && stepOf(item)) ?? steps[0];
    paintProgress();
    const inside = element.contains(document.activeElement);
    const again = inside && Boolean(item) && work.hidden;
    work.hidden = !item;
    finished.hidden = Boolean(item);
    if (!item) {
      if (inside) focusOn(finished);
      return;
    }
    paintQuestion();
    if (again) focusOn(work);
    if (same) return;
    paint(item);
    for (const other of items.filter((one) => !isDone(one) && one !== item).slice(0, AHEAD)) other.ahead();
  }

  /** The question about the face, with a button for each answer; whoever works on with the mouse or Tab goes on at the new one. */
  function paintQuestion() {
    if (question.dataset.step === step) return;
    const inside = question.contains(document.activeElement);
    question.dataset.step = step;
    const words = step === "state" ? t.label.question : (t.groups.questions[step] ?? step);
    const at = steps.indexOf(step) + 1;
    show(
      question,
      steps.length > 1 && h("p", { class: "asked" }, t.groups.step(number(at), number(steps.length), words)),
      step === "state" ? stateButtons(t.label.question, say) : groupButtons(step, say),
    );
    show(keys, step === "state" ? t.label.keys : t.groups.keys);
    /** @type {Text} */ (skipButton.firstChild).data = step === "state" ? t.label.skip : t.groups.leaveOut;
    if (inside) focusOn(work);
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
    paintCounts();
    undoButton.disabled = !history.length && !lastLabelled();
  }

  /** How often each answer to the question was given. */
  function paintCounts() {
    const given = items.map((item) => {
      const label = answerOf(item, step);
      return step === "state" ? label?.state : label?.value;
    });
    const { values, colors } =
      step === "state" ? { values: model.labelling.labels, colors: null } : model.labelling.group_attributes[step];
    show(
      counts,
      values.map((value) => {
        const color =
          colors === null ? value !== "cannot_tell" && colorOf(/** @type {State} */ (value)) : colors[value];
        return h(
          "li",
          { style: color ? { "--c": color } : {} },
          `${step === "state" ? t.label.states[value] : wordsOf(step, value)} `,
          h("b", {}, String(given.filter((one) => one === value).length)),
        );
      }),
    );
  }

  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event)) return;
    const label = step === "state" ? labelOfKey(event) : groupOfKey(event, step);
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
