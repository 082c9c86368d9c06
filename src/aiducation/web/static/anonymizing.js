// Anonymized pictures: nobody is to be recognized. How it is done, the package says, so that saved files look the same.
import { model } from "./looks.js";
import { h, toggle } from "./ui.js";

/**
 * What is anonymized of a picture: each face with hair, ears and chin.
 * @param {Box[]} faces
 * @param {number} width
 * @param {number} height
 * @returns {Box[]}
 */
export function heads(faces, width, height) {
  return faces
    .map((face) => {
      const { sideways, up, down } = model.anonymizing;
      const side = Math.max(face.right - face.left, face.bottom - face.top, 2);
      const middle = (face.left + face.right) / 2;
      return {
        left: Math.max(0, Math.round(middle - (0.5 + sideways) * side)),
        right: Math.min(width, Math.round(middle + (0.5 + sideways) * side)),
        top: Math.max(0, Math.round(face.top - up * side)),
        bottom: Math.min(height, Math.round(face.bottom + down * side)),
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
 * Anonymize every head of a canvas with a few mean colours, fewer where they would have less than two pixels each.
 * @param {CanvasRenderingContext2D} context
 * @param {Box[]} faces
 */
function anonymizeHeads(context, faces) {
  const { blocks } = model.anonymizing;
  for (const { left, right, top, bottom } of heads(faces, context.canvas.width, context.canvas.height)) {
    const [width, height] = [right - left, bottom - top];
    const [across, down] = [width, height].map((side) => Math.min(blocks, Math.ceil(side / 2)));
    const tiny = tinyCanvas(across, down);
    tiny.drawImage(context.canvas, left, top, width, height, 0, 0, across, down);
    context.imageSmoothingEnabled = false;
    context.drawImage(tiny.canvas, 0, 0, across, down, left, top, width, height);
  }
}

/**
 * Anonymize a whole canvas with squares of mean colours.
 * @param {CanvasRenderingContext2D} context
 */
function anonymizeAll(context) {
  const { canvas } = context,
    side = Math.ceil(Math.max(canvas.width, canvas.height) / model.anonymizing.squares);
  const few = [canvas.width, canvas.height].map((pixels) => Math.max(1, Math.round(pixels / side)));
  const tiny = tinyCanvas(few[0], few[1]);
  tiny.drawImage(canvas, 0, 0, few[0], few[1]);
  context.imageSmoothingEnabled = false;
  context.drawImage(tiny.canvas, 0, 0, canvas.width, canvas.height);
}

/**
 * Draw a picture of a result into a canvas of at most `longest` pixels a side, with every head anonymized,
 * low-confidence detections too; `all`: and everything else.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasImageSource} picture
 * @param {Pick<Api.Result, "width" | "height" | "low_confidence"> & { faces: Box[] }} result
 * @param {{ longest?: number, all?: boolean }} options
 */
export function drawAnonymized(
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
  if (all) anonymizeAll(context);
  const boxes = [...faces, ...unsure.map(([left, top, right, bottom]) => ({ left, top, right, bottom }))];
  anonymizeHeads(
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
 * Switches for what is anonymized; onchange(what).
 * @param {{ anonymize: string, anonymizeAll: string }} words
 * @param {Anonymize} what
 * @param {(what: Anonymize) => void} onchange
 */
export function anonymizeSwitches(words, what, onchange) {
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
