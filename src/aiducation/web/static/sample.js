// The sample: pictures to try the page with, of people whose portraits are in the public domain.
import { getBlob } from "./api.js";
import { offers } from "./offers.js";
import { t } from "./texts.js";
import { alertOf, button, h, show } from "./ui.js";

const NAMES = { photo: "gallery.jpg", recording: "meeting.mp4" };
const RATE = 10; // pictures a second of the film that stands in for a camera

/** @typedef {keyof typeof NAMES} Kind */

/** @param {Kind} kind */
async function sampleFile(kind) {
  const blob = await getBlob(`api/sample/${kind}`);
  return new File([blob], NAMES[kind], { type: blob.type });
}

/**
 * A button that gets the sample, and a place for what was wrong.
 * @param {Kind} kind
 * @param {(file: File) => unknown} onfile
 */
export function sampleButton(kind, onfile) {
  const notice = h("div");
  let busy = false;
  const one = button(t.sample.button, async () => {
    if (busy) return;
    busy = true;
    show(notice);
    try {
      await onfile(await sampleFile(kind));
    } catch (problem) {
      show(notice, alertOf(problem.message));
    }
    busy = false;
  });
  one.title = t.sample.title;
  one.hidden = !offers.server;
  return { button: one, notice };
}

/**
 * The sample recording, again and again, as a camera would give it.
 * @param {File} file
 */
export async function sampleStream(file) {
  const address = URL.createObjectURL(file);
  const film = h("video", { muted: true, src: address });
  film.loop = true;
  film.playsInline = true;
  await film.play();
  const canvas = h("canvas");
  canvas.width = film.videoWidth;
  canvas.height = film.videoHeight;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const stream = canvas.captureStream(RATE);
  const [track] = stream.getVideoTracks();
  const timer = setInterval(() => {
    pen.drawImage(film, 0, 0);
    if (track.readyState === "live") return;
    clearInterval(timer);
    film.pause();
    URL.revokeObjectURL(address);
  }, 1000 / RATE);
  return stream;
}
