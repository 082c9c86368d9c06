// Boxes over a picture or a player: buttons that can be pointed at, or walked through with the arrow keys.
import { dress, markOf } from "./look.js";
import { t } from "./texts.js";
import { h, percent } from "./ui.js";

/** Boxes of so many pixels on the screen have room for words, for letter and number, for the letter alone. */
const WORDS = 92,
  NUMBER = 46,
  LETTER = 13;

/**
 * A layer of faces; put `element` over a picture of the same shape.
 * onpick(face or null) is called when somebody points at a face or presses it; onpress(face) when they press it.
 */
export function overlay({ onpick, onpress = () => {} }) {
  const element = h("div", { class: "faces", role: "group", "aria-label": t.face.list });
  let buttons = [],
    pinned = null,
    drawn = [];

  function draw(faces, width, height, { visible = () => true, chosen = null } = {}) {
    const focused = buttons.indexOf(document.activeElement);
    drawn = [faces, width, height, { visible, chosen }];
    const pixels = element.clientWidth / width;
    buttons = faces.map((face, i) => {
      const [x, y] = [(face.left / width) * 100, (face.top / height) * 100];
      const [wide, high] = [((face.right - face.left) / width) * 100, ((face.bottom - face.top) / height) * 100];
      const words = face.state === "unclear" ? face.reason : `${t.states[face.state]} ${percent(face.confidence)}`;
      const room = (face.right - face.left) * pixels;
      const letter = markOf(face.state);
      const tag =
        room >= WORDS
          ? words
          : room >= NUMBER && face.state !== "unclear"
            ? `${letter} ${percent(face.confidence)}`
            : letter;
      const classes = ["face", y < 5 && "low", room < LETTER && "tiny", !visible(face) && "dim"]
        .filter(Boolean)
        .join(" ");
      return h(
        "button",
        {
          type: "button",
          class: classes,
          dataset: { state: face.state },
          tabindex: i === Math.max(focused, 0) ? "0" : "-1",
          "aria-label": t.face.name(i + 1, faces.length, words),
          "aria-pressed": String(chosen !== null && face.track_id === chosen),
          style: { ...dress(face.state), left: `${x}%`, top: `${y}%`, width: `${wide}%`, height: `${high}%` },
          onpointerenter: () => onpick(face),
          onpointerleave: () => onpick(pinned),
          onfocus: () => onpick(face),
          onclick: () => {
            pinned = pinned === face ? null : face;
            onpick(face);
            onpress(face);
          },
        },
        h("span", { class: "tag" }, tag),
      );
    });
    element.replaceChildren(...buttons);
    if (focused >= 0 && buttons.length) buttons[Math.min(focused, buttons.length - 1)].focus({ preventScroll: true });
  }

  element.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    buttons[at].tabIndex = -1;
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.tabIndex = 0;
    next.focus();
  });
  new ResizeObserver(() => drawn.length && draw(...drawn)).observe(element);
  return { element, draw, clear: () => draw([], 1, 1) };
}

/** Cover every head of a picture as the package does: six by six mean colours, with hair, ears and chin. */
export function coverHeads(context, faces) {
  const { width, height } = context.canvas;
  const tiny = new OffscreenCanvas(6, 6).getContext("2d");
  tiny.imageSmoothingQuality = "high";
  for (const face of faces) {
    const side = Math.max(face.right - face.left, face.bottom - face.top, 2);
    const middle = (face.left + face.right) / 2;
    const left = Math.max(0, Math.round(middle - 0.8 * side)),
      right = Math.min(width, Math.round(middle + 0.8 * side));
    const top = Math.max(0, Math.round(face.top - 0.45 * side)),
      bottom = Math.min(height, Math.round(face.bottom + 0.2 * side));
    if (right <= left || bottom <= top) continue;
    tiny.drawImage(context.canvas, left, top, right - left, bottom - top, 0, 0, 6, 6);
    context.imageSmoothingEnabled = false;
    context.drawImage(tiny.canvas, 0, 0, 6, 6, left, top, right - left, bottom - top);
  }
}
