// The worker: opens the networks once, then answers pictures, one after the other. No picture leaves it.
import { decoded } from "./decoded.js";
import { inReadingOrder, judge, rows } from "./judge.js";
import { LivePictures } from "./live_pictures.js";
import { Samples } from "./samples.js";

/**
 * What the page asks: of a photo, of a live picture, or of a picture of a recording, whose faces it wants as they were seen.
 * @typedef {{
 *   id: number,
 *   picture: Blob | ImageBitmap | VideoFrame,
 *   source: string,
 *   live: { time_s: number, frame: number } | null,
 *   sample: "first" | "next" | null,
 * }} Question
 */

const RUNTIME = new URL("../runtime/ort.wasm.bundle.min.mjs", import.meta.url).href;

/** @param {string} path */
const beside = (path) => new URL(`../${path}`, import.meta.url).href;

/** What is told where a file of this page cannot be had. */
const MISSING = "missing";

/** @param {string} path */
async function fileAt(path) {
  const response = await fetch(beside(path)).catch(() => null);
  if (!response?.ok) throw new Error(MISSING);
  return response;
}

async function open() {
  const ort = /** @type {any} */ (
    await import(RUNTIME).catch(() => {
      throw new Error(MISSING);
    })
  );
  ort.env.wasm.wasmPaths = { wasm: beside("runtime/ort-wasm-simd-threaded.wasm") };
  ort.env.wasm.numThreads = 1; // several need headers that many static hosts cannot send
  ort.env.logLevel = "error";
  const about = /** @type {import("./judge.js").About} */ (await (await fileAt("about.json")).json());
  const [yunet, flagship] = await Promise.all(
    ["networks/detector.onnx", "networks/classifier.onnx"].map(async (path) =>
      ort.InferenceSession.create(new Uint8Array(await (await fileAt(path)).arrayBuffer()), {
        executionProviders: ["wasm"],
        logSeverityLevel: 3, // the detector's file names sizes that hold for one size of pictures alone
      }),
    ),
  );
  /** @param {Record<string, { data: Float32Array }>} answer */
  const data = (answer) => Object.fromEntries(Object.entries(answer).map(([name, one]) => [name, one.data]));
  /** @type {import("./judge.js").Networks} */
  const networks = {
    detector: async (pixels, height, width) =>
      data(await yunet.run({ input: new ort.Tensor("float32", pixels, [1, 3, height, width]) })),
    classifier: async (faces, n) =>
      data(await flagship.run({ faces: new ort.Tensor("float32", faces, [n, 1, 48, 48]) })),
  };
  return { about, networks, camera: new LivePictures(networks, about) };
}

/**
 * The pixels of a picture, upright, in sRGB; what is transparent lies on white paper.
 * @param {Blob | ImageBitmap | VideoFrame} picture
 */
async function pixelsOf(picture) {
  const bitmap = picture instanceof Blob ? await createImageBitmap(picture) : picture;
  const [width, height] =
    "displayWidth" in bitmap ? [bitmap.displayWidth, bitmap.displayHeight] : [bitmap.width, bitmap.height];
  try {
    return ("copyTo" in bitmap && (await decoded(bitmap))) || drawn(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}

let canvas = new OffscreenCanvas(1, 1); // used again for pictures of the same size; see letGo

/**
 * @param {ImageBitmap | VideoFrame} bitmap
 * @param {number} width
 * @param {number} height
 * @returns {import("./pillow.js").Picture}
 */
function drawn(bitmap, width, height) {
  if (canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0, width, height);
  return { width, height, step: 4, data: pen.getImageData(0, 0, width, height).data };
}

let opened = /** @type {ReturnType<typeof open> | null} */ (null);

/** The networks; what could not be loaded is asked for again by the next question. */
function ready() {
  opened ??= open().catch((problem) => {
    opened = null;
    throw problem;
  });
  return opened;
}
ready().catch(() => {}); // each question is told

let samples = /** @type {Samples | null} */ (null); // of the recording that is analyzed

/** @param {Question} question */
async function answer({ picture, source, live, sample }) {
  const { about, networks, camera } = await ready();
  const pixels = await pixelsOf(picture);
  if (sample) {
    if (!samples || sample === "first") samples = new Samples(networks, about);
    return samples.next(pixels);
  }
  const head = { ...about.head, kind: "photo", source, width: pixels.width, height: pixels.height, notes: [] };
  if (live) return { ...head, ...(await camera.next(pixels, { source, ...live })) };
  canvas = new OffscreenCanvas(1, 1); // photos seldom follow each other: the next one needs a canvas of its own
  const { faces, low_confidence } = await judge(networks, about, pixels, true);
  const none = { source, frame: null, time_s: null };
  return { ...head, low_confidence, faces: rows(inReadingOrder(faces), about, none) };
}

/**
 * Let go of the pictures that a camera or a recording has left here: nobody looks at them any more.
 * @param {"camera" | "recording"} of
 */
async function letGo(of) {
  canvas = new OffscreenCanvas(1, 1);
  if (of === "recording") samples = null;
  else (await opened?.catch(() => null))?.camera.forget();
}

let last = Promise.resolve(); // one picture at a time: the networks share their memory
addEventListener("message", ({ data }) => {
  if (data.forget) {
    last = last.then(() => letGo(data.forget));
    return;
  }
  const question = /** @type {Question} */ (data);
  last = last.then(async () => {
    try {
      postMessage({ id: question.id, result: await answer(question) });
    } catch (error) {
      const words = error.message === MISSING ? MISSING : String(error);
      postMessage({ id: question.id, error: error instanceof DOMException ? "unreadable" : words });
    }
  });
});
