// A face large and in its surroundings, and where it is in the whole picture.
import { h } from "./ui.js";

const AROUND = 2.4; // sides of the longer side of a box that are shown
const LARGE = 640, // pixels of the canvas
  SMALL = 360;

/**
 * Two canvases; draw(picture, size, box) fills them.
 * @param {{ large: string, whole: string }} words
 */
export function facePicture(words) {
  const large = h("canvas", { class: "large", role: "img", "aria-label": words.large, width: LARGE, height: LARGE });
  const whole = h("canvas", { class: "whole", role: "img", "aria-label": words.whole, width: SMALL, height: 1 });

  /**
   * @param {CanvasImageSource} picture
   * @param {[width: number, height: number]} size
   * @param {Box} box
   */
  function draw(picture, [width, height], box) {
    const side = AROUND * Math.max(box.right - box.left, box.bottom - box.top, 8);
    const left = inside((box.left + box.right - side) / 2, side, width);
    const top = inside((box.top + box.bottom - side) / 2, side, height);
    const context = contextOf(large);
    context.fillStyle = "#0b0f14";
    context.fillRect(0, 0, LARGE, LARGE);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, left, top, side, side, 0, 0, LARGE, LARGE);
    frame(context, box, LARGE / side, left, top, 2);
    const zoom = SMALL / width;
    whole.height = Math.max(1, Math.round(height * zoom));
    const around = contextOf(whole);
    around.imageSmoothingQuality = "high";
    around.drawImage(picture, 0, 0, SMALL, whole.height);
    frame(around, box, zoom, 0, 0, 2.5);
  }

  /** Nothing is shown: the next picture is on its way. */
  function clear() {
    for (const canvas of [large, whole]) contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
  }
  return { large, whole, draw, clear };
}

/**
 * Where a part of a length begins so that it lies inside of the whole, if there is room.
 * @param {number} start
 * @param {number} length
 * @param {number} whole
 */
const inside = (start, length, whole) =>
  length > whole ? (whole - length) / 2 : Math.min(Math.max(start, 0), whole - length);

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * A frame that can be seen on light and on dark.
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} zoom
 * @param {number} left
 * @param {number} top
 * @param {number} line
 */
function frame(context, box, zoom, left, top, line) {
  const place = /** @type {[number, number, number, number]} */ ([
    (box.left - left) * zoom,
    (box.top - top) * zoom,
    (box.right - box.left) * zoom,
    (box.bottom - box.top) * zoom,
  ]);
  for (const [color, wide] of /** @type {[string, number][]} */ ([
    ["rgb(0 0 0 / 70%)", line + 2],
    ["#ffffff", line],
  ])) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.strokeRect(...place);
  }
}
