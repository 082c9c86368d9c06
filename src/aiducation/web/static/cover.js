// Covered heads: nobody is to be recognized.
import { h, toggle } from "./ui.js";

/**
 * What is covered of a picture: each face with hair, ears and chin, as the package does it.
 * @param {Box[]} faces
 * @param {number} width
 * @param {number} height
 * @returns {Box[]}
 */
export function heads(faces, width, height) {
  return faces
    .map((face) => {
      const side = Math.max(face.right - face.left, face.bottom - face.top, 2);
      const middle = (face.left + face.right) / 2;
      return {
        left: Math.max(0, Math.round(middle - 0.8 * side)),
        right: Math.min(width, Math.round(middle + 0.8 * side)),
        top: Math.max(0, Math.round(face.top - 0.45 * side)),
        bottom: Math.min(height, Math.round(face.bottom + 0.2 * side)),
      };
    })
    .filter(({ left, right, top, bottom }) => right > left && bottom > top);
}

/**
 * A canvas of few pixels, into which pictures are drawn as means of their pixels.
 * @param {number} width
 * @param {number} height
 */
function tinyCanvas(width, height) {
  const tiny = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
  tiny.imageSmoothingQuality = "high";
  return tiny;
}

/**
 * Cover every head of a canvas with six by six mean colours.
 * @param {CanvasRenderingContext2D} context
 * @param {Box[]} faces
 */
function coverHeads(context, faces) {
  const tiny = tinyCanvas(6, 6);
  for (const { left, right, top, bottom } of heads(faces, context.canvas.width, context.canvas.height)) {
    tiny.drawImage(context.canvas, left, top, right - left, bottom - top, 0, 0, 6, 6);
    context.imageSmoothingEnabled = false;
    context.drawImage(tiny.canvas, 0, 0, 6, 6, left, top, right - left, bottom - top);
  }
}

/** Squares along the longer side of a picture of which everything is covered, as the package has it: no text is left. */
const SQUARES = 24;

/**
 * Cover a whole canvas with squares of mean colours.
 * @param {CanvasRenderingContext2D} context
 */
function coverAll(context) {
  const { canvas } = context,
    side = Math.ceil(Math.max(canvas.width, canvas.height) / SQUARES);
  const few = [canvas.width, canvas.height].map((pixels) => Math.max(1, Math.round(pixels / side)));
  const tiny = tinyCanvas(few[0], few[1]);
  tiny.drawImage(canvas, 0, 0, few[0], few[1]);
  context.imageSmoothingEnabled = false;
  context.drawImage(tiny.canvas, 0, 0, canvas.width, canvas.height);
}

/**
 * Draw a picture of a result into a canvas of at most `longest` pixels a side, with every head covered, and whatever may be one;
 * `all`: and everything else.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasImageSource} picture
 * @param {Pick<Api.Result, "width" | "height" | "low_confidence"> & { faces: Box[] }} result
 * @param {{ longest?: number, all?: boolean }} options
 */
export function drawCovered(
  canvas,
  picture,
  { width, height, faces, low_confidence: unsure = [] },
  { longest = Infinity, all = false } = {},
) {
  const scale = Math.min(1, longest / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (all) coverAll(context);
  const boxes = [...faces, ...unsure.map(([left, top, right, bottom]) => ({ left, top, right, bottom }))];
  coverHeads(
    context,
    boxes.map(({ left, top, right, bottom }) => ({
      left: left * scale,
      top: top * scale,
      right: right * scale,
      bottom: bottom * scale,
    })),
  );
  return canvas;
}

/**
 * Switches for what is covered: `what` is false, true for the faces, or "all"; onchange(what).
 * @param {{ anonymize: string, anonymizeAll: string }} words
 * @param {Anonymize} what
 * @param {(what: Anonymize) => void} onchange
 */
export function coverSwitches(words, what, onchange) {
  const more = h("span", { hidden: !what }, toggle(words.anonymizeAll, what === "all", tell));
  const faces = h("span", {}, toggle(words.anonymize, Boolean(what), tell));
  /** @param {HTMLElement} one */
  const isOn = (one) => Boolean(one.querySelector("input")?.checked);
  function tell() {
    more.hidden = !isOn(faces);
    onchange(isOn(faces) && (isOn(more) ? "all" : true));
  }
  return [faces, more];
}
