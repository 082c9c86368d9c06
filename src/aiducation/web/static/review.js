// Review: choose a recording or a photo, and correct what the model answered.
import { editsOf, isLost, photoKey } from "./annotations.js";
import { dropZone, strip } from "./files.js";
import { leftEdits } from "./left_edits.js";
import { model } from "./looks.js";
import { reviewPhoto } from "./review_photo.js";
import { reviewRecording } from "./review_recording.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { alertOf, change, h, onceButton } from "./ui.js";

/** @typedef {{ name: string, key: string, id?: string, file?: File }} Source */

/** @param {{ onvideos: (files: File[]) => void }} listeners */
export function reviewPage({ onvideos }) {
  const place = h("div");
  let sources = /** @type {Source[]} */ ([]),
    current = /** @type {Source | null} */ (null),
    turn = 0,
    stop = () => {};
  const zone = dropZone({
    ...t.review.drop,
    accept: ["image/*", ...model.endings.photo].join(),
    onfiles: (files) => take(files),
  });
  const row = strip({ label: t.review.strip, tell, onchoose: choose });
  const left = leftEdits();
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.review.title), h("p", {}, t.review.lead)),
    zone.element,
    h("div", { class: "gap" }),
    row.element,
    place,
    left.element,
  );

  /** @param {Source} source */
  function tell({ name, key }) {
    const n = editsOf(key).length;
    return { name, words: n ? t.review.changes(n) : t.review.unchanged };
  }

  /** @param {File[]} files */
  function take(files) {
    const videos = files.filter(({ type }) => type.startsWith("video/"));
    if (videos.length) onvideos(videos);
    const more = files
      .filter((file) => !videos.includes(file))
      .map((file) => ({ name: file.name, key: photoKey(file), file }));
    sources = [...sources.filter(({ key }) => !more.some((one) => one.key === key)), ...more];
    if (more.length) choose(more[0]);
  }

  /** @param {string} id */
  function show(id) {
    sync();
    const source = sources.find((one) => one.id === id);
    if (source) choose(source);
  }

  /**
   * @param {Source} source
   * @param {boolean} again
   */
  async function choose(source, again = false) {
    if (source === current && !again) return;
    current = source;
    turn += 1;
    const mine = turn;
    stop();
    stop = () => {};
    paint();
    const options = { onchange: paint, isCurrent: () => mine === turn };
    try {
      const ended = source.file
        ? await reviewPhoto(place, source.file, options)
        : await reviewRecording(place, source.id ?? "", options);
      if (mine === turn) stop = ended;
      else ended();
    } catch (problem) {
      if (mine !== turn) return;
      const words = problem.code === "not_found" ? t.recording.gone : problem.message;
      change(
        place,
        alertOf(words),
        h(
          "div",
          { class: "row" },
          onceButton(t.again, () => choose(source, true)),
        ),
      );
    }
  }

  /** Take over what other pages have sent or deleted. */
  function sync() {
    const known = settings.recordings();
    sources = [
      ...known.map(({ id, name }) => sources.find((one) => one.id === id) ?? { id, name, key: id }),
      ...sources.filter(({ file }) => file),
    ];
    if (current && !sources.includes(current)) {
      stop();
      turn += 1;
      current = null;
    }
    if (!current && sources.length) choose(sources[sources.length - 1]);
    paint();
  }

  function paint() {
    zone.slim(sources.length > 0);
    row.paint(sources, current);
    left.paint(sources.map(({ key }) => key));
    if (!sources.length) change(place, h("p", { class: "muted" }, t.review.nothing));
  }

  addEventListener("storage", () => page.isConnected && sync()); // another tab sent, deleted or changed something
  sync();
  return { element: page, take, show, shown: sync, running: isLost };
}
