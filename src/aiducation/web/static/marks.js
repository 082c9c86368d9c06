// Moments of a live session that somebody marks: a note for each, and a picture where it was asked for.
import { model } from "./look.js";
import { t } from "./texts.js";
import { announce, button, clock, h, percent } from "./ui.js";

/**
 * What marks a moment, and the list of those marked.
 *
 * `send(message)` says whether a message went to the server; `picture()` is the canvas with the last frame, or `picture` is false.
 * `pictures` has { time, jpeg: a promise } of each.
 */
export function momentMarker({ send, picture }) {
  const pictures = [];
  const list = h("ul", { class: "moments" });
  const note = h("input", {
    type: "text",
    maxlength: "300",
    placeholder: t.live.notePlaceholder,
    "aria-label": t.live.note,
    onkeydown: (event) => event.key === "Enter" && mark(),
  });
  let last = null; // what the server said of the last frame

  function mark() {
    if (!send({ type: "mark", note: note.value.trim() })) return;
    if (picture && last) pictures.push({ time: last.time_s, jpeg: jpegOf(picture(), last) });
    note.value = "";
  }

  /** The server has a moment; its time. */
  function marked({ time_s: time, note: words }) {
    const shares = Object.entries(last?.group.shares ?? {}).sort((a, b) => b[1].share - a[1].share);
    const most = shares.slice(0, 1).map(([state, { share }]) =>
      h("span", { class: "muted small" }, ` ${t.states[state]} ${percent(share)}`),
    );
    list.append(h("li", {}, h("b", {}, clock(time)), " ", words || t.live.noNote, most));
    announce(t.live.markedAt(clock(time)));
    return time;
  }

  return {
    pictures,
    list,
    controls: [note, button(t.live.mark, mark)],
    marked,
    saw(message) {
      last = message;
    },
  };
}

function jpegOf(canvas, { width, height }) {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(canvas, 0, 0, width, height);
  return context.canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 }).then(signed);
}

/** A JPEG with a comment that says what made it: `aiducation privacy` knows saved files by that alone. */
async function signed(jpeg) {
  const text = new TextEncoder().encode(`aiducation ${model.version}`);
  const start = new DataView(await jpeg.slice(0, 6).arrayBuffer());
  const behind = 4 + start.getUint16(4); // the first segment, which says that it is a JPEG
  const comment = new Uint8Array([0xff, 0xfe, 0, text.length + 2, ...text]);
  return new Blob([jpeg.slice(0, behind), comment, jpeg.slice(behind)], { type: jpeg.type });
}
