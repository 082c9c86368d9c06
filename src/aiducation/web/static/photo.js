// Photos: choose, see, point at faces, save.

import { boxOf, editsOf, photoKey } from "./annotations.js";
import { anonymizeSwitches, drawAnonymized } from "./anonymizing.js";
import { alignedOfPhoto, postPhoto } from "./api.js";
import { assumedChoice, onAssumed } from "./assumed.js";
import { dialectOf, dialectToggle } from "./dialect.js";
import { dropZone, strip } from "./files.js";
import { faceDetails, groupShares } from "./group.js";
import { model } from "./looks.js";
import { offers } from "./offers.js";
import { tableOf } from "./photo_table.js";
import { settings } from "./settings.js";
import { fewSwitch, shownFaces } from "./small_groups.js";
import { t } from "./texts.js";
import {
  alertOf,
  announce,
  arriveAt,
  button,
  canBeShown,
  card,
  download,
  h,
  noticeOf,
  onceButton,
  show,
} from "./ui.js";
import { viewer } from "./viewer.js";
import { whyButton } from "./why.js";

/**
 * A photo that was chosen: its file, what the server said of it, and a small picture of it with covered faces. The large one is
 * made when it is shown: those of all photos would fill the memory.
 * @typedef {{
 *   file: File,
 *   name: string,
 *   address: string,
 *   result?: Api.Result,
 *   problem?: string,
 *   thumb?: string | null,
 *   open?: boolean,
 *   edits?: import("./annotations.js").Entry[],
 *   aligned?: Promise<Api.AlignedFaces>,
 *   asked?: object,
 * }} Photo
 */

/** @typedef {(typeof offers)["photo"][number]} SaveFormat */

const AT_A_TIME = 2;
const LONGEST_SIDE = 2400, // of a covered picture, in pixels
  THUMB_SIDE = 264;

/**
 * @param {{
 *   onvideos: (files: File[]) => void,
 *   onreview?: (file: File) => void, // not where there is nothing to review with
 *   onlabel?: (files: File[]) => void,
 * }} listeners
 */
export function photoPage({ onvideos, onreview, onlabel }) {
  const photos = /** @type {Photo[]} */ ([]);
  let current = /** @type {Photo | null} */ (null),
    hide = /** @type {Anonymize} */ (false),
    waiting = /** @type {Photo[]} */ ([]),
    held = /** @type {import("./viewer.js").Key | null} */ (null), // the face that somebody holds on to
    busy = 0,
    turn = 0;

  const zone = dropZone({
    ...t.photo.drop,
    sample: "photo",
    accept: ["image/*", ...model.endings.photo].join(),
    onfiles: (files) => take(files),
  });
  const row = strip({ label: t.photo.strip, tell, onchoose: choose });
  const notice = h("div");
  const view = viewer({
    details: (face, key) => face && [faceDetails(face, current?.result?.group.view), key === held && why(face)],
    onpin: hold,
  });
  const group = h("div", { "aria-live": "polite" });
  const saveButtons = offers.photo.map((format) => button(t.save[format], () => save(format)));
  const allButton = button(t.photo.saveAll, saveAll);
  const split = h(
    "div",
    { class: "split", hidden: true },
    h(
      "div",
      {},
      view.element,
      h("p", { class: "muted small" }, t.photo.pointAt),
      h(
        "div",
        { class: "options" },
        anonymizeSwitches(t.photo, hide, (what) => {
          hide = what;
          view.pin(null); // its card may show a face
          for (const photo of photos) {
            photo.thumb = undefined;
          }
          paintStrip();
          paintPicture();
        }),
      ),
      assumedChoice(),
    ),
    h(
      "div",
      { class: "side" },
      card(t.group.title, group),
      card(
        t.save.title,
        h("div", { class: "row" }, saveButtons),
        dialectToggle(),
        h("p", { class: "muted small" }, t.photo.nothingKept),
        h("div", { class: "row" }, allButton, button(t.photo.clear, clear)),
      ),
      h(
        "div",
        { class: "row hand" },
        onreview && button(t.review.open, () => current && onreview(current.file)),
        onlabel && button(t.label.open, () => onlabel(photos.map(({ file }) => file))),
      ),
      view.card,
    ),
  );

  /**
   * @param {File[]} files
   * @param {boolean} sure
   */
  function take(files, sure = false) {
    const videos = sure ? [] : files.filter((file) => file.type.startsWith("video/"));
    if (videos.length) onvideos(videos);
    const pictures = files.filter((file) => !videos.includes(file));
    if (!pictures.length) return;
    const more = pictures.map((file) => ({
      file,
      name: file.name || t.photo.pasted,
      address: URL.createObjectURL(file),
    }));
    photos.push(...more);
    waiting.push(...more);
    choose(more[0]);
    work();
  }

  function work() {
    while (busy < AT_A_TIME && waiting.length) {
      busy += 1;
      look(/** @type {Photo} */ (waiting.shift())).finally(() => {
        busy -= 1;
        work();
      });
    }
  }

  /** @param {import("./viewer.js").Key | null} key */
  function hold(key) {
    held = key;
  }

  /**
   * Maps show faces, so that there are none where faces are covered.
   * @param {Face} face
   */
  function why(face) {
    const photo = current;
    if (!photo || hide || !offers.server) return null;
    return whyButton(face, async () => {
      photo.aligned ??= alignedOfPhoto(photo.file);
      photo.aligned.catch(() => {
        photo.aligned = undefined; // the server may answer again
      });
      return (await photo.aligned).faces.find(({ box }) => box.join() === boxOf(face).join())?.pixels;
    });
  }

  /** @param {Photo} photo */
  async function look(photo) {
    const mine = {}; // of several questions about a photo the last one counts, whenever it is answered
    photo.asked = mine;
    try {
      photo.edits = editsOf(photoKey(photo.file));
      const answer = await postPhoto(photo.file, { min_group: settings.minGroup(photo.open) }, photo.edits);
      const result = /** @type {Api.Result} */ (await answer.json());
      if (mine !== photo.asked) return;
      photo.result = result;
      photo.problem = undefined;
      announce(t.photo.done(photo.name, result.group.found));
    } catch (problem) {
      if (mine !== photo.asked) return;
      if (problem.code === "is_recording") {
        moveOn(photo);
        return;
      }
      photo.problem = problem.message;
    }
    paintStrip();
    if (photo === current) paint();
  }

  /**
   * An animation, or a video that is called like a photo: the other page is for it.
   * @param {Photo} photo
   */
  function moveOn(photo) {
    const index = photos.indexOf(photo);
    if (index < 0) return; // removed meanwhile
    photos.splice(index, 1);
    URL.revokeObjectURL(photo.address);
    if (photo === current) choose(photos.at(-1) ?? null);
    else paintStrip();
    onvideos([photo.file]);
  }

  /** @param {Photo | null} photo */
  function choose(photo) {
    current = photo;
    paintStrip();
    paint();
  }

  /** @param {Photo} photo */
  function tell(photo) {
    const { name, address, thumb, problem, result } = photo;
    if (hide && result && !thumb) coverThumb(photo, result);
    const words = problem ? t.photo.failed : result ? t.photo.faces(result.group.found) : t.photo.working;
    return { name, words, picture: hide ? (thumb ?? null) : address };
  }

  function paintStrip() {
    zone.slim(photos.length > 0);
    row.paint(photos, current);
    allButton.disabled = photos.some(({ result, problem }) => !result && !problem); // or one would be missing in the table
  }

  function paint() {
    if (split.hidden) split.classList.add("coming");
    split.hidden = !current;
    if (!current) {
      show(notice);
      return;
    }
    const { result, problem } = current;
    paintPicture();
    const notes = result?.notes ?? [];
    show(notice, noticeOf(notes));
    show(
      group,
      problem
        ? failure(current, problem)
        : result
          ? groupOf(current, result)
          : h("p", { class: "coming" }, t.photo.working),
    );
    for (const one of saveButtons) one.disabled = !result;
    allButton.hidden = photos.length < 2;
  }

  /** Why nothing came of a photo; the server may answer again. */
  function failure(/** @type {Photo} */ photo, /** @type {string} */ words) {
    const again = () => {
      photo.problem = undefined;
      waiting.push(photo);
      choose(photo);
      work();
    };
    return [h("p", {}, words), h("div", { class: "row" }, onceButton(t.again, again))];
  }

  /**
   * @param {Photo} photo
   * @param {Api.Result} result
   */
  function groupOf(photo, result) {
    return [
      groupShares(result.group),
      fewSwitch(result.group, result.group.found, Boolean(photo.open), (open) => {
        photo.open = open;
        waiting.push(photo);
        work();
      }),
    ];
  }

  async function paintPicture() {
    const photo = current;
    turn += 1;
    const mine = turn;
    if (!photo) return;
    const img = h("img", { alt: t.photo.alt(photo.name), src: photo.address });
    const shown = !photo.problem && (await canBeShown(img));
    if (mine !== turn) return; // something newer is shown already
    split.classList.remove("coming");
    if (photo.problem) return view.say(photo.problem);
    if (!photo.result && (hide || !shown)) return view.say(t.photo.working);
    if (!shown) return fallback(photo, mine); // the browser does not know the format; the package does
    view.put(hide && photo.result ? covered(img, photo.result) : img);
    if (photo.result)
      view.draw(shownFaces(photo.result.faces, photo.result.group), photo.result.width, photo.result.height);
    else view.clear();
  }

  /**
   * @param {Photo} photo
   * @param {number} mine
   */
  async function fallback(photo, mine) {
    try {
      const picture = { format: "picture", anonymize: hide, min_group: settings.minGroup(photo.open) };
      const blob = await (await postPhoto(photo.file, picture, photo.edits)).blob();
      if (mine !== turn) return;
      const src = URL.createObjectURL(blob);
      view.put(h("img", { src, alt: t.photo.alt(photo.name), onload: () => URL.revokeObjectURL(src) }));
      view.clear(); // the faces are drawn in the picture
    } catch (problem) {
      if (mine === turn) view.say(problem.message);
    }
  }

  /**
   * @param {HTMLImageElement} img
   * @param {Api.Result} result
   */
  function covered(img, result) {
    const canvas = h("canvas", { role: "img", "aria-label": t.photo.altAnonymized });
    return drawAnonymized(canvas, img, result, { longest: LONGEST_SIDE, all: hide === "all" });
  }

  /**
   * @param {Photo} photo
   * @param {Api.Result} result
   */
  async function coverThumb(photo, result) {
    photo.thumb = null; // on its way
    const img = h("img", { src: photo.address });
    await img.decode().catch(() => {});
    if (!img.naturalWidth) return;
    const canvas = drawAnonymized(h("canvas"), img, result, { longest: THUMB_SIDE, all: hide === "all" });
    photo.thumb = canvas.toDataURL("image/jpeg");
    paintStrip();
  }

  /** @param {SaveFormat} format */
  async function save(format) {
    const photo = current;
    if (!photo) return;
    try {
      const asked = { format, anonymize: hide, min_group: settings.minGroup(photo.open), ...dialectOf(format) };
      const response = await postPhoto(photo.file, asked, photo.edits);
      download(await response.blob(), photo.name.replace(/\.[^.]*$/, "") + model.formats[format].ending);
    } catch (problem) {
      show(notice, alertOf(problem.message));
    }
  }

  async function saveAll() {
    try {
      const table = await tableOf(photos.filter(({ result }) => result));
      download(table, `${t.photo.tableName}${model.formats.csv.ending}`);
    } catch (problem) {
      show(notice, alertOf(problem.message));
    }
  }

  function clear() {
    for (const photo of photos) URL.revokeObjectURL(photo.address);
    photos.length = 0;
    waiting = [];
    current = null;
    turn += 1; // what is being decoded is not wanted any more
    view.clear();
    view.put();
    paintStrip();
    paint();
    arriveAt(page.querySelector("h1"));
  }

  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.photo.title), h("p", {}, t.photo.lead)),
    zone.element,
    h("div", { class: "gap" }),
    notice,
    row.element,
    split,
  );
  /** Photos whose results were corrected meanwhile are asked for again, also those whose first answer is on its way. */
  function shown() {
    const corrected = photos.filter(
      (photo) => photo.edits && JSON.stringify(photo.edits) !== JSON.stringify(editsOf(photoKey(photo.file))),
    );
    waiting.push(...corrected.filter((photo) => !waiting.includes(photo)));
    work();
  }

  /** Every photo is analyzed as it was chosen now, also one that is being looked at just now. */
  onAssumed(() => {
    waiting.push(...photos.filter((photo) => !waiting.includes(photo)));
    work();
  });

  return { element: page, take, shown, running: () => photos.length > 0 };
}
