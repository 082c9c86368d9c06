// Moments of a live session that somebody marks: a note for each, and a picture where it was asked for.

import { percent } from "./language.js";
import { model, outcomes } from "./looks.js";
import { t } from "./texts.js";
import { announce, button, clock, h } from "./ui.js";

/** @typedef {{ time: number, jpeg: Promise<Blob> }} Picture of a moment that was marked */

/**
 * What marks a moment, and the list of those marked.
 *
 * `send(message)` says whether a message went to the server; `picture()` is the canvas with the last frame, or `picture` is false.
 * `pictures` has { time, jpeg: a promise } of each.
 * @param {{ send: (message: object) => boolean, picture: false | (() => HTMLCanvasElement) }} options
 */
export function momentMarker({ send, picture }) {
  const pictures = /** @type {Picture[]} */ ([]);
  const list = h("ul", { class: "moments" });
  const note = h("input", {
    type: "text",
    maxlength: String(model.server_limits.note_letters),
    placeholder: t.live.notePlaceholder,
    "aria-label": t.live.note,
    onkeydown: (event) => event.key === "Enter" && !event.repeat && mark(),
  });
  let last = /** @type {Api.LiveFrame | null} */ (null); // what the server said of the last frame

  function mark() {
    if (!send({ type: "mark", note: note.value.trim() })) return;
    if (picture && last) pictures.push({ time: last.time_s, jpeg: jpegOf(picture(), last) });
    note.value = "";
  }

  /**
   * The server has a moment; its time.
   * @param {{ time_s: number, note: string }} moment
   */
  function marked({ time_s: time, note: words }) {
    const shares = last?.group.shares;
    const share = (/** @type {Outcome} */ state) => shares?.[state]?.share ?? 0;
    const most = shares && outcomes(last?.group.view).reduce((one, other) => (share(other) > share(one) ? other : one));
    const seen = most && h("span", { class: "muted small" }, ` ${t.states[most]} ${percent(share(most))}`);
    list.append(h("li", {}, h("b", {}, clock(time)), " ", words || t.live.noNote, seen));
    announce(t.live.markedAt(clock(time)));
    return time;
  }

  return {
    pictures,
    list,
    controls: [note, button(t.live.mark, mark)],
    marked,
    /** @param {Api.LiveFrame} message */
    saw(message) {
      last = message;
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{ width: number, height: number }} size
 */
function jpegOf(canvas, { width, height }) {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(width, height).getContext("2d")
  );
  context.drawImage(canvas, 0, 0, width, height);
  return context.canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 }).then(signed);
}

/**
 * A JPEG with a comment that says what made it: `aiducation privacy` knows saved files by that alone.
 * @param {Blob} jpeg
 */
async function signed(jpeg) {
  const text = new TextEncoder().encode(`aiducation ${model.version}`);
  const start = new DataView(await jpeg.slice(0, 6).arrayBuffer());
  const behind = 4 + start.getUint16(4); // the first segment, which says that it is a JPEG
  const comment = new Uint8Array([0xff, 0xfe, 0, text.length + 2, ...text]);
  return new Blob([jpeg.slice(0, behind), comment, jpeg.slice(behind)], { type: jpeg.type });
}
