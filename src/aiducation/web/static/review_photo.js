// The result of a photo, to be corrected: point at a face, say what it shows, or hide it.
import {
  boxOf,
  editsOf,
  isLost,
  keepEdits,
  madeNow,
  media,
  missingIn,
  onOtherTab,
  photoKey,
  without,
} from "./annotations.js";
import { plainPhoto, postPhoto } from "./api.js";
import { dialectOf, dialectToggle } from "./dialect.js";
import { editList } from "./edit_list.js";
import { faceDetails, groupShares } from "./group.js";
import { readAnnotations, saveAnnotations } from "./label_files.js";
import { model } from "./looks.js";
import { settings } from "./settings.js";
import { fewSwitch, shownFaces } from "./small_groups.js";
import { isWriting, labelOfKey, stateButtons } from "./state_buttons.js";
import { t } from "./texts.js";
import {
  alertOf,
  announce,
  arriveAt,
  button,
  canBeShown,
  card,
  change,
  download,
  h,
  inTurn,
  noticeOf,
  show,
} from "./ui.js";
import { viewer } from "./viewer.js";

/** @typedef {import("./annotations.js").Entry} Entry */

const FORMATS = /** @type {const} */ (["picture", "report", "csv", "json"]);

/**
 * Show a photo in `place`, unless something else was chosen meanwhile; onchange() after each change.
 * @param {HTMLElement} place
 * @param {File} file
 * @param {{ onchange: () => void, isCurrent: () => boolean }} options
 */
export async function reviewPhoto(place, file, { onchange, isCurrent }) {
  const key = photoKey(file);
  let entries = editsOf(key),
    open = false,
    pinned = /** @type {Face | null} */ (null);
  let result = await resultOf();

  async function resultOf(few = open) {
    const answer = await postPhoto(file, { min_group: settings.minGroup(few) }, entries);
    return /** @type {Api.Result} */ (await answer.json());
  }

  const soon = inTurn();
  const notice = h("div", { "aria-live": "polite" });
  const [notes, group] = [h("div"), h("div")];
  const heading = h("h3", { class: "who-now" });
  const hint = h("p", { class: "muted" }, t.review.chooseFace);
  const ofFace = h(
    "div",
    { hidden: true },
    stateButtons(t.review.state, say),
    h("div", { class: "row" }, button(t.review.hideFace, hide)),
  );
  const view = viewer({
    details: (face) => face && faceDetails(face, result.group.view),
    onpin: (at) => {
      const i = typeof at === "string" ? Number(at.slice(1)) : -1;
      pinned = result.faces[i] ?? null;
      if (!pinned && ofFace.contains(document.activeElement)) arriveAt(whole.querySelector(".side h2"));
      hint.hidden = Boolean(pinned);
      heading.hidden = ofFace.hidden = !pinned;
      heading.textContent = pinned ? t.review.facePlace(i + 1) : "";
    },
  });
  const list = editList({
    nameOf: String,
    onremove: (entry) => apply(without(editsOf(key), entry), t.review.undone),
    onclear: () => apply([], t.review.undone),
  });
  const complain = (/** @type {string} */ words) => show(notice, alertOf(words));

  /** @param {string} label */
  function say(label) {
    if (pinned) add({ kind: "state", state: /** @type {any} */ (label), answer_shown: true }, pinned);
  }
  function hide() {
    if (pinned) add({ kind: "hide", face: numberOf(pinned) }, pinned);
  }

  /**
   * The number that a face had before others were hidden.
   * @param {Face} face
   */
  const numberOf = (face) => first.faces.findIndex((one) => boxOf(one).join() === boxOf(face).join());

  /**
   * @param {Pick<Entry, "kind"> & Partial<Entry>} what
   * @param {Face} face
   */
  function add(what, face) {
    const where = what.kind === "hide" ? {} : { face: numberOf(face) };
    apply([...editsOf(key), { ...madeNow(result.source), ...where, box: boxOf(face), ...what }], t.review.done);
  }

  /**
   * @param {Entry[]} wanted
   * @param {string} said
   */
  async function apply(wanted, said) {
    entries = wanted;
    keepEdits(key, entries);
    list.paint(entries);
    media.know([{ source: result.source, width: result.width, height: result.height }]);
    await soon(() => tell(said));
  }

  /**
   * Ask for the result of the edits that there are now, and show it.
   * @param {string} said
   */
  async function tell(said) {
    const held = pinned && boxOf(pinned).join();
    const inside = ofFace.contains(document.activeElement) ? document.activeElement : null;
    try {
      result = await resultOf();
      show(notice, isLost() && alertOf(t.review.lost));
      announce(said);
    } catch (problem) {
      complain(problem.message);
    }
    paint();
    const i = result.faces.findIndex((face) => boxOf(face).join() === held);
    if (i >= 0) {
      view.pin(`#${i}`); // the face that was corrected stays the one that is held on to
      if (inside instanceof HTMLElement) inside.focus({ preventScroll: true });
    }
    onchange();
  }

  /** Another tab has changed the edits: they are shown here, too. */
  async function follow() {
    const now = editsOf(key);
    if (JSON.stringify(now) === JSON.stringify(entries)) return;
    entries = now;
    list.paint(entries);
    await soon(() => tell(""));
  }

  /**
   * Show the states of few people, or not; where the server does not answer, the switch goes back.
   * @param {boolean} on
   */
  async function reveal(on) {
    try {
      result = await resultOf(on);
      open = on;
    } catch (problem) {
      complain(problem.message);
    }
    paint();
  }

  function paint() {
    view.draw(shownFaces(result.faces, result.group), result.width, result.height);
    list.paint(entries);
    show(
      group,
      groupShares(result.group),
      fewSwitch(result.group, result.group.found, open, (on) => soon(() => reveal(on))),
    );
    show(notes, noticeOf(result.notes));
  }

  /** @param {(typeof FORMATS)[number]} format */
  async function save(format) {
    try {
      const options = { format, min_group: settings.minGroup(open), ...dialectOf(format) };
      const blob = await (await postPhoto(file, options, entries)).blob();
      download(blob, file.name.replace(/\.[^.]*$/, "") + model.formats[format].ending);
    } catch (problem) {
      complain(problem.message);
    }
  }

  const first = entries.length ? /** @type {Api.Result} */ (await (await postPhoto(file)).json()) : result;
  const whole = h(
    "section",
    { class: "review", "aria-label": result.source },
    h("h2", {}, result.source),
    notes,
    notice,
    h(
      "div",
      { class: "split" },
      h("div", {}, view.element, h("p", { class: "muted small" }, t.photo.pointAt)),
      h(
        "div",
        { class: "side" },
        card(t.review.correct, hint, heading, ofFace, h("p", { class: "muted small keys" }, t.review.keys)),
        card(t.review.list, list.element),
        card(t.group.title, group),
        card(
          t.review.save,
          h(
            "div",
            { class: "row" },
            FORMATS.map((format) => button(t.save[format], () => save(format))),
          ),
          dialectToggle(),
          h("h3", {}, t.review.files),
          saveAnnotations({
            entries: () => entries,
            name: () => `${file.name} ${t.review.fileName}`,
            onproblem: complain,
          }),
          h(
            "div",
            { class: "row" },
            readAnnotations({
              source: result.source,
              onread: async (read, said) => {
                const before = editsOf(key);
                await apply([...before, ...missingIn(read, before)], t.label.read(read.length));
                notice.append(...said.map((words) => h("p", { class: "muted" }, words)));
              },
              onproblem: complain,
            }),
          ),
        ),
      ),
    ),
  );
  whole.addEventListener("keydown", (event) => {
    const label = labelOfKey(event);
    const undo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !isWriting(event);
    if (!label && !undo) return;
    event.preventDefault();
    if (event.repeat) return;
    if (undo) list.undo();
    else if (label) say(label);
  });
  const picture = await shownPicture(file);
  if (!isCurrent()) return () => {};
  change(place, whole);
  view.put(picture);
  paint();
  const unfollow = onOtherTab(follow);
  follow(); // what was changed before
  return unfollow;
}

/**
 * The photo as an image; what the browser cannot read, the server can.
 * @param {File} file
 */
async function shownPicture(file) {
  const shown = (await decoded(file, file.name)) ?? (await decoded(await plainPhoto(file), file.name));
  return shown ?? h("img", { alt: t.photo.alt(file.name) });
}

/**
 * A picture as an image, whose address is let go as soon as it is there; null where the browser cannot read it.
 * @param {Blob} picture
 * @param {string} name
 */
async function decoded(picture, name) {
  const src = URL.createObjectURL(picture);
  const img = h("img", { alt: t.photo.alt(name), src });
  const shown = await canBeShown(img);
  URL.revokeObjectURL(src);
  return shown ? img : null;
}
