// What a server answers elsewhere is computed here: pictures go to a worker of this page and to no machine.
import { groupOf } from "./group_figures.js";
import { _, language } from "./language.js";
import { place } from "./place.js";
import { table } from "./rows_as_csv.js";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Options */

/** An error that can be explained; `code` is for programs, `message` for people. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A result whose group nobody has counted yet. @typedef {Omit<Api.Result, "group">} Seen */

const waiting = /** @type {Map<number, { resolve: (seen: any) => void, reject: (why: Error) => void }>} */ (new Map());
const known = /** @type {WeakMap<File, Promise<Seen>>} */ (new WeakMap());
let worker = /** @type {Worker | null} */ (null),
  questions = 0;

// Without it the page works online alone.
const keeper = place.keeps ? globalThis.navigator?.serviceWorker : undefined;
keeper?.register("service_worker.js").catch(() => {});
// A new version has come, and nothing was begun with the old one: its modules must not be mixed with new files.
if (keeper?.controller) keeper.addEventListener("controllerchange", () => !worker && location.reload());

/** A file of this page is not where it lies, or the network is gone. */
const missing = () => new Problem("unreachable", _("A file of this page is missing. Load the page again."));

function start() {
  const one = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  one.onmessage = ({ data }) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.result) asked?.resolve(data.result);
    else if (data.error === "unreadable")
      asked?.reject(new Problem("unreadable", _("This browser cannot read this file as a picture.")));
    else if (data.error === "missing") asked?.reject(missing());
    else asked?.reject(new Problem("internal", _("The picture could not be analyzed: {why}", { why: data.error })));
  };
  one.onerror = () => {
    for (const { reject } of waiting.values())
      reject(
        new Problem("internal", _("The program that analyzes pictures could not be loaded. Load the page again.")),
      );
    waiting.clear();
    one.terminate();
    worker = null;
  };
  return one;
}

/**
 * @param {Blob | ImageBitmap | VideoFrame} picture
 * @param {string} source
 * @param {{ time_s: number, frame: number } | null} live
 * @param {"first" | "next" | null} sample of a recording, which one
 * @returns {Promise<any>} Seen, or what is seen in a picture of a recording
 */
function ask(picture, source, live, sample = null) {
  worker ??= start();
  const id = questions++;
  const promise = new Promise((/** @type {(seen: any) => void} */ resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
  worker.postMessage({ id, picture, source, live, sample }, picture instanceof Blob ? [] : [picture]);
  return promise;
}

/**
 * @param {Seen} seen
 * @param {number} least
 * @returns {Api.Result}
 */
const withGroup = ({ faces, ...head }, least) =>
  /** @type {Api.Result} */ ({ ...head, group: groupOf(faces, least), faces });

/**
 * Analyze a photo; gives a response as the API would.
 * @param {File} file
 * @param {Options} options
 * @param {unknown[]} _edits
 */
export async function postPhoto(file, options = {}, _edits = []) {
  const seen = known.get(file) ?? ask(file, file.name || "photo", null);
  known.set(file, seen);
  seen.catch(() => known.delete(file)); // it may be asked again
  const result = withGroup(await seen, Number(options.min_group ?? 1));
  if (options.format === "csv") return new Response(table(result.faces, options.csv_dialect === "excel"));
  return Response.json(result);
}

/**
 * What a frame of a camera shows; times grow.
 * @param {ImageBitmap} picture
 * @param {{ time_s: number, frame: number, least: number }} of
 */
export const look = async (picture, { time_s, frame, least }) =>
  withGroup(await ask(picture, "camera", { time_s, frame }), least);

/**
 * What a picture of a recording shows, without those before it.
 * @param {ImageBitmap | VideoFrame} picture
 * @param {boolean} first whether it is the first one
 * @returns {Promise<import("./samples.js").Shown & { standing: boolean }>}
 */
export const sampleOf = (picture, first) => ask(picture, "", null, first ? "first" : "next");

/**
 * Let the worker forget the pictures of a camera or a recording: it keeps the last one, to compare it with the next.
 * @param {"camera" | "recording"} of
 */
export const letGo = (of) => worker?.postMessage({ forget: of });

/**
 * What the package says of this page's answers.
 * @returns {Promise<import("./judge.js").About>}
 */
export async function about() {
  const response = await fetch("about.json");
  if (!response.ok) throw missing();
  return response.json();
}

const kept = /** @type {Map<string, (options: URLSearchParams) => unknown>} */ (new Map());

/**
 * What an address of this page answers from now on, as that of a server would, to what stands behind its question mark; gives a
 * function that ends it.
 * @param {string} address
 * @param {(options: URLSearchParams) => unknown} answer
 */
export function keepAnswer(address, answer) {
  kept.set(address, answer);
  return () => void kept.delete(address);
}

/**
 * @param {string} address
 * @returns {Promise<any>} what was kept for an address, or what the package says of the model
 */
export async function getJson(address) {
  const [path, options] = address.split("?");
  const made = kept.get(path);
  if (made) return made(new URLSearchParams(options));
  const response = await fetch(`answers/${language}/model.json`);
  if (!response.ok) throw missing();
  return response.json();
}

/** There is no server that could refuse. */
export const check = async () => {};

/** Films are the user's own files, which no network takes away. */
export const reachable = async () => true;

/**
 * Nothing of these is asked of a page that is alone.
 * @param {unknown[]} _asked
 * @returns {Promise<never>}
 */
async function none(..._asked) {
  throw new Problem("not_found", _("This page is alone: there is no server that could do this."));
}

/** @type {(address: string) => Promise<Blob>} */
export const getBlob = none;
/** @type {(file: File) => Promise<Api.AlignedFaces>} */
export const alignedOfPhoto = none;
/** @type {(here: string, time: number, box: number[]) => Promise<Api.AlignedFaces>} */
export const alignedOf = none;
/** @type {(address: string, value: unknown) => Promise<Response>} */
export const send = none;
