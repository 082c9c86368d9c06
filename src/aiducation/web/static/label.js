// Label: choose who labels and which faces, then one face after the other.
import { adaptCard } from "./adapt_card.js";
import { isLost, labels, person } from "./annotations.js";
import { dropZone } from "./files.js";
import { groupSetup } from "./group_questions.js";
import { closeAll } from "./held_pictures.js";
import { labelCard } from "./label_card.js";
import { labelFiles } from "./label_files.js";
import { photoItems, recordingItems } from "./label_items.js";
import { model } from "./looks.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { secondsOf, timeField } from "./times.js";
import { alertOf, button, card, change, h, onceButton, show, toggle } from "./ui.js";

/** @typedef {import("./label_items.js").Item} Item */

const NUMBERS = [20, 60, 120, 200];
const USUAL = 60;

/** @param {{ onvideos: (files: File[]) => void }} listeners */
export function labelPage({ onvideos }) {
  const place = h("div");
  const notice = h("div", { "aria-live": "polite" });
  let items = /** @type {Item[]} */ ([]),
    work = /** @type {ReturnType<typeof labelCard> | null} */ (null),
    offered = "", // the recordings that can be chosen
    search = /** @type {AbortController | null} */ (null), // for the faces of what was chosen last
    n = USUAL,
    shown = false;
  const labelOf = (/** @type {Item} */ item) => work?.labelOf(item);
  const files = labelFiles({
    onchange: () => (items.length ? begin(items) : paint()),
    onforget() {
      if (items.length) begin(items);
      else if (search) paint();
      else setup(); // which shows that no group labels are asked any more
    },
    labelOf,
  });
  const adapting = adaptCard({ labelOf });
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.label.title), h("p", {}, t.label.lead)),
    notice,
    place,
    h("div", { class: "two" }, files.element, adapting.element),
  );

  function paint() {
    files.paint(items);
    adapting.paint(items);
  }

  /** @param {string} message */
  function setup(message = "") {
    page.classList.remove("working");
    search?.abort();
    search = null;
    items = [];
    work = null;
    closeAll();
    person.session = null;
    const kept = labels.all().filter(({ kind }) => kind === "state" || kind === "group").length;
    show(notice, message && alertOf(message), !message && kept > 0 && h("p", { class: "muted" }, t.label.kept(kept)));
    const zone = dropZone({
      ...t.label.drop,
      accept: ["image/*", ...model.endings.photo].join(),
      onfiles: (chosen) => take(chosen),
    });
    change(
      place,
      card(
        t.label.who,
        whoField(),
        h("p", { class: "muted small" }, t.label.annotatorHint),
        h("div", { class: "options" }, numberField(), answerSwitch()),
        h("p", { class: "muted small" }, t.label.showAnswerHint),
        groupSetup(),
      ),
      h("div", { class: "two" }, zone.element, recordingCard()),
    );
    paint();
  }

  function whoField() {
    const field = h("input", {
      type: "text",
      maxlength: "100",
      value: person.name,
      autocomplete: "off",
      oninput: () => {
        person.name = field.value.trim();
      },
    });
    return h("label", { class: "field wide" }, t.label.annotator, field);
  }

  function answerSwitch() {
    return toggle(t.label.showAnswer, shown, (on) => {
      shown = on;
    });
  }

  function numberField() {
    /** @type {HTMLSelectElement} */
    const field = h(
      "select",
      {
        onchange: () => {
          n = Number(field.value);
        },
      },
      NUMBERS.map((one) => h("option", { value: String(one), selected: one === n }, String(one))),
    );
    return h("label", { class: "field" }, t.label.number, field);
  }

  const idsOf = () =>
    settings
      .recordings()
      .map(({ id }) => id)
      .join();

  function recordingCard() {
    const known = settings.recordings();
    offered = idsOf();
    if (!known.length) return card(t.label.orRecording, h("p", { class: "muted" }, t.label.noRecordings));
    const choice = h(
      "select",
      {},
      known.map(({ id, name }) => h("option", { value: id }, name)),
    );
    const [from, to] = [timeField(t.label.from), timeField(t.label.to)];
    const start = () => {
      const span = [from, to].map(({ input }) => secondsOf(input.value));
      if (span.some((one) => one === undefined)) {
        show(notice, alertOf(t.label.notATime));
        return;
      }
      const name = known.find(({ id }) => id === choice.value)?.name ?? "";
      goOn({ id: choice.value, name, n, from: span[0] ?? 0, to: span[1] ?? null, shown });
    };
    return card(
      t.label.orRecording,
      h("label", { class: "field wide" }, t.label.recording, choice),
      h("div", { class: "row" }, from.element, to.element),
      h("p", { class: "muted small" }, t.label.wholeHint),
      h("div", { class: "row" }, button(t.label.start, start, "main")),
    );
  }

  /** Say that faces are being found, until that is cancelled or something else is chosen. */
  function searching() {
    search?.abort();
    search = new AbortController();
    items = [];
    work = null;
    const { signal } = search;
    const coming = h("p", { "aria-live": "polite" });
    const cancel = onceButton(t.cancel, () => setup());
    change(place, card(t.label.what, coming, h("div", { class: "row end" }, cancel)));
    show(notice);
    return { signal, coming };
  }

  /** @param {File[]} chosen */
  async function take(chosen) {
    const videos = chosen.filter(({ type }) => type.startsWith("video/"));
    if (videos.length) onvideos(videos);
    const photos = chosen.filter((file) => !videos.includes(file));
    if (!photos.length || !named()) return;
    const { signal, coming } = searching();
    const { items: found, problems } = await photoItems(photos, n, signal, (done, of) => {
      coming.textContent = t.label.finding(done, of);
    }).catch((problem) => ({ items: [], problems: [String(problem.message)] }));
    if (signal.aborted) return;
    if (!found.length) {
      setup(problems[0] ?? t.label.noFaces);
      return;
    }
    person.session = null; // a reload goes on with recordings alone
    begin(found);
    show(
      notice,
      problems.map((words) => alertOf(words)),
    );
  }

  /** @param {import("./annotations.js").Session} session */
  async function goOn(session) {
    if (!named()) return;
    person.session = session; // a reload goes on with it, also while its faces are on their way
    const { signal, coming } = searching();
    coming.textContent = t.label.findingIn(session.name);
    try {
      const found = await recordingItems(session, signal);
      if (signal.aborted) return;
      if (!found.length) {
        setup(t.label.noFaces);
        return;
      }
      shown = session.shown;
      begin(found);
    } catch (problem) {
      if (signal.aborted) return;
      const gone = problem.code === "not_found";
      setup(gone ? t.recording.gone : problem.message);
      if (!gone) person.session = session; // the server may answer again when the page is loaded anew
    }
  }

  function named() {
    if (person.name) return true;
    show(notice, alertOf(t.label.needName));
    /** @type {HTMLElement | null} */ (place.querySelector("input[type=text]"))?.focus();
    return false;
  }

  /** @param {Item[]} found */
  function begin(found) {
    search = null;
    items = found;
    show(notice);
    if (!work) scrollTo(0, 0); // another view begins; a phone would show its end
    page.classList.add("working"); // on a small screen there is room for the face and its buttons alone
    work = labelCard(items, { shown, onchange: paint });
    change(
      place,
      h(
        "div",
        { class: "row" },
        h("span", { class: "muted" }, person.name),
        button(t.label.again, () => setup()),
      ),
      work.element,
    );
    work.begin();
    paint();
  }

  const { session } = person;
  setup();
  if (session && person.name) goOn(session);
  /** A recording may have been analyzed, or deleted, on its own page. */
  function onshown() {
    if (!work && !search && offered !== idsOf()) setup();
  }
  return { element: page, take, shown: onshown, running: isLost };
}
