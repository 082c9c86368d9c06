// Photos: choose, see, point at faces, save.
import { postPhoto } from "./api.js";
import { faceDetails, groupShares } from "./group.js";
import { chip } from "./look.js";
import { coverHeads, overlay } from "./overlay.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { announce, button, download, dropZone, h, show, toggle } from "./ui.js";

const FORMATS = ["picture", "report", "csv", "json"];
const AT_A_TIME = 2;

export function photoPage({ onvideo }) {
  const photos = []; // { file, name, address, result, problem, covered }
  let current = null,
    hide = false,
    waiting = [],
    busy = 0,
    turn = 0;

  const zone = h("div");
  const strip = h("div", { class: "strip", role: "group", "aria-label": t.photo.strip, hidden: true });
  const stage = h("div", { class: "stage" });
  const notice = h("div");
  const groupCard = h("section", { class: "card", "aria-live": "polite" });
  const faceCard = h("section", { class: "card face-card", "aria-live": "polite" });
  const saveCard = h("section", { class: "card after" });
  const view = h(
    "div",
    { class: "split", hidden: true },
    h(
      "div",
      {},
      stage,
      h(
        "div",
        { class: "options" },
        toggle(t.photo.anonymize, hide, (on) => {
          hide = on;
          paintPicture();
        }),
        toggle(t.smallGroups, settings.smallGroups, (on) => {
          settings.smallGroups = on;
          again();
        }),
      ),
      saveCard,
    ),
    h("div", {}, groupCard, faceCard),
  );
  const layer = overlay({ onpick: (face) => paintFace(face) });

  function paintZone() {
    show(
      zone,
      dropZone({ ...t.photo.drop, accept: "image/*", multiple: true, slim: photos.length > 0, onfiles: take }),
    );
  }

  function take(files) {
    const videos = files.filter((file) => file.type.startsWith("video/"));
    if (videos.length) onvideo(videos[0]);
    const pictures = files.filter((file) => !file.type.startsWith("video/"));
    if (!pictures.length) return;
    for (const file of pictures) {
      const photo = { file, name: file.name || t.photo.pasted, address: URL.createObjectURL(file) };
      photos.push(photo);
      waiting.push(photo);
    }
    current = photos[photos.length - pictures.length];
    paintZone();
    paint();
    work();
  }

  function again() {
    waiting = photos.filter((photo) => !photo.problem);
    work();
  }

  async function work() {
    while (busy < AT_A_TIME && waiting.length) {
      const photo = waiting.shift();
      busy += 1;
      look(photo).finally(() => {
        busy -= 1;
        work();
      });
    }
  }

  async function look(photo) {
    try {
      photo.result = await (await postPhoto(photo.file, { min_group: settings.minGroup() })).json();
      announce(t.photo.done(photo.name, photo.result.group.found));
    } catch (problem) {
      photo.problem = problem.message;
    }
    photo.covered = null;
    paint();
  }

  function paint() {
    view.hidden = !current;
    strip.hidden = photos.length < 2;
    show(
      strip,
      photos.map((photo) =>
        h(
          "button",
          {
            type: "button",
            "aria-current": String(photo === current),
            onclick: () => {
              current = photo;
              paint();
            },
          },
          h("img", { src: photo.address, alt: "", onerror: (event) => event.target.removeAttribute("src") }),
          h("span", {}, photo.name),
          h(
            "span",
            { class: "muted" },
            photo.problem ? t.photo.failed : photo.result ? t.photo.faces(photo.result.group.found) : t.photo.working,
          ),
        ),
      ),
    );
    if (!current) return;
    paintPicture();
    paintFace(null);
    const { result, problem } = current;
    show(
      groupCard,
      h("h2", {}, t.group.title),
      problem ? h("p", {}, problem) : result ? groupShares(result.group) : h("p", { class: "muted" }, t.photo.working),
    );
    show(
      saveCard,
      h("h2", {}, t.save.title),
      h(
        "div",
        { class: "row" },
        FORMATS.map((format) => {
          const one = button(t.save[format], () => save(format));
          one.disabled = !result;
          return one;
        }),
      ),
      h("p", { class: "muted small" }, t.photo.nothingKept),
      h("div", { class: "row" }, photos.length > 1 && button(t.photo.saveAll, saveAll), button(t.photo.clear, clear)),
    );
  }

  async function paintPicture() {
    const photo = current,
      mine = (turn += 1);
    if (!photo) return;
    show(notice);
    if (photo.problem) return show(stage, h("div", { class: "placeholder" }, h("p", {}, photo.problem)));
    const img = h("img", { alt: t.photo.alt(photo.name), src: photo.address });
    try {
      await img.decode();
    } catch {
      // the browser does not know the format; the package may
      return mine === turn && fallback(photo);
    }
    if (mine !== turn) return undefined; // something newer is shown already
    if (hide && photo.result) {
      photo.covered ??= covered(img, photo.result);
      show(stage, h("div", { class: "frame" }, photo.covered, layer.element));
    } else if (hide) {
      return show(stage, h("div", { class: "placeholder" }, t.photo.working));
    } else {
      show(stage, h("div", { class: "frame" }, img, layer.element));
    }
    if (photo.result) layer.draw(photo.result.faces, photo.result.width, photo.result.height);
    else layer.clear();
    return undefined;
  }

  async function fallback(photo) {
    if (!photo.result) return show(stage, h("div", { class: "placeholder" }, t.photo.working));
    const blob = await (
      await postPhoto(photo.file, { format: "picture", anonymize: hide, min_group: settings.minGroup() })
    ).blob();
    if (photo === current) show(stage, h("img", { src: URL.createObjectURL(blob), alt: t.photo.alt(photo.name) }));
    return undefined;
  }

  function covered(img, result) {
    const scale = Math.min(1, 2400 / Math.max(result.width, result.height));
    const canvas = h("canvas", {
      width: Math.round(result.width * scale),
      height: Math.round(result.height * scale),
      role: "img",
      "aria-label": t.photo.altCovered,
    });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(img, 0, 0, canvas.width, canvas.height);
    coverHeads(
      context,
      result.faces.map((f) => ({
        left: f.left * scale,
        right: f.right * scale,
        top: f.top * scale,
        bottom: f.bottom * scale,
      })),
    );
    return canvas;
  }

  function paintFace(face) {
    show(
      faceCard,
      h("h2", {}, t.face.title),
      face
        ? faceDetails(face)
        : [
            h("p", { class: "muted" }, t.face.pointAt),
            h(
              "div",
              { class: "legend" },
              current?.result &&
                Object.entries(count(current.result.faces)).map(([state, n]) =>
                  h("span", { class: "row" }, chip(state), `${t.states[state]} ${n}`),
                ),
            ),
          ],
    );
  }

  async function save(format) {
    const photo = current;
    try {
      const response = await postPhoto(photo.file, { format, anonymize: hide, min_group: settings.minGroup() });
      download(await response.blob(), nameOf(photo, format));
    } catch (problem) {
      show(notice, h("div", { class: "notice", role: "alert" }, h("p", {}, problem.message)));
    }
  }

  async function saveAll() {
    const done = photos.filter((photo) => photo.result);
    const tables = await Promise.all(
      done.map(async (photo) => (await postPhoto(photo.file, { format: "csv" })).text()),
    );
    const lines = tables.flatMap((table, i) =>
      table
        .replace(/^\uFEFF/, "")
        .trimEnd()
        .split("\n")
        .slice(i ? 1 : 0),
    );
    download(new Blob(["\uFEFF", lines.join("\n"), "\n"], { type: "text/csv" }), "photos.csv");
  }

  function clear() {
    photos.forEach((photo) => URL.revokeObjectURL(photo.address));
    photos.length = 0;
    waiting = [];
    current = null;
    layer.clear();
    paintZone();
    paint();
  }

  paintZone();
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.photo.title), h("p", {}, t.photo.lead)),
    zone,
    h("div", { class: "gap" }),
    notice,
    strip,
    view,
  );
  page.take = take;
  return page;
}

const ENDINGS = { picture: ".annotated.jpg", report: ".report.html", csv: ".csv", json: ".json" };
const nameOf = (photo, format) => photo.name.replace(/\.[^.]*$/, "") + ENDINGS[format];

function count(faces) {
  const counts = {};
  for (const face of faces) counts[face.state] = (counts[face.state] ?? 0) + 1;
  return counts;
}
