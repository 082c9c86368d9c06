// The worker: opens the networks once, then answers pictures, one after the other. No picture leaves it.
import { inReadingOrder, judge, rows } from "./judge.js";
import { follower } from "./live_tracks.js";

/** What the page asks. @typedef {{ id: number, picture: Blob | ImageBitmap, source: string, live: { time_s: number, frame: number } | null }} Question */

const RUNTIME = new URL("../runtime/ort.wasm.bundle.min.mjs", import.meta.url).href;

/** @param {string} path */
const beside = (path) => new URL(`../${path}`, import.meta.url).href;

async function open() {
  const ort = /** @type {any} */ (await import(RUNTIME));
  ort.env.wasm.wasmPaths = { wasm: beside("runtime/ort-wasm-simd-threaded.wasm") };
  ort.env.wasm.numThreads = 1; // several need headers that many static hosts cannot send
  ort.env.logLevel = "error";
  const about = /** @type {import("./judge.js").About} */ (await (await fetch(beside("about.json"))).json());
  const [yunet, flagship] = await Promise.all(
    ["networks/detector.onnx", "networks/classifier.onnx"].map(async (path) =>
      ort.InferenceSession.create(new Uint8Array(await (await fetch(beside(path))).arrayBuffer()), {
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
      Object.values(data(await flagship.run({ faces: new ort.Tensor("float32", faces, [n, 1, 48, 48]) })))[0],
  };
  return { about, networks, follow: follower(about) };
}

/**
 * The pixels of a picture, upright, in sRGB; what is transparent lies on white paper.
 * @param {Blob | ImageBitmap} picture
 * @returns {Promise<import("./pillow.js").Picture>}
 */
async function pixelsOf(picture) {
  const bitmap = picture instanceof Blob ? await createImageBitmap(picture) : picture;
  const { width, height } = bitmap;
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  );
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, step: 4, data: pen.getImageData(0, 0, width, height).data };
}

const ready = open();
ready.catch(() => {}); // each question is told

/** @param {Question} question */
async function answer({ picture, source, live }) {
  const { about, networks, follow } = await ready;
  const pixels = await pixelsOf(picture);
  const seen = await judge(networks, about, pixels, !live);
  const of = { source, frame: live?.frame ?? null, time_s: live?.time_s ?? null };
  const faces = live ? follow(seen.faces, live.time_s, pixels, of) : rows(inReadingOrder(seen.faces), about, of);
  return {
    ...about.head,
    kind: "photo",
    source,
    width: pixels.width,
    height: pixels.height,
    notes: [],
    low_confidence: seen.low_confidence,
    faces,
  };
}

let last = Promise.resolve(); // one picture at a time: the networks share their memory
addEventListener("message", ({ data }) => {
  const question = /** @type {Question} */ (data);
  last = last.then(async () => {
    try {
      postMessage({ id: question.id, result: await answer(question) });
    } catch (error) {
      postMessage({ id: question.id, error: error instanceof DOMException ? "unreadable" : String(error) });
    }
  });
});
