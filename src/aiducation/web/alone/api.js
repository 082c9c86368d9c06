// What a server answers elsewhere is computed here: pictures go to a worker of this page and to no machine.
import { groupOf } from "./group_figures.js";
import { _, language } from "./language.js";
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

const waiting = /** @type {Map<number, { resolve: (seen: Seen) => void, reject: (why: Error) => void }>} */ (new Map());
const known = /** @type {WeakMap<File, Promise<Seen>>} */ (new WeakMap());
let worker = /** @type {Worker | null} */ (null),
  questions = 0;

globalThis.navigator?.serviceWorker?.register("service_worker.js").catch(() => {}); // without it the page works online alone

function start() {
  const one = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  one.onmessage = ({ data }) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.result) asked?.resolve(data.result);
    else if (data.error === "unreadable")
      asked?.reject(new Problem("unreadable", _("This browser cannot read this file as a picture.")));
    else asked?.reject(new Problem("internal", _("The picture could not be analyzed: {why}", { why: data.error })));
  };
  one.onerror = () => {
    for (const { reject } of waiting.values())
      reject(
        new Problem("internal", _("The program that analyzes pictures could not be loaded. Load the page again.")),
      );
    waiting.clear();
    worker = null;
  };
  return one;
}

/**
 * @param {Blob | ImageBitmap} picture
 * @param {string} source
 * @param {{ time_s: number, frame: number } | null} live
 * @returns {Promise<Seen>}
 */
function ask(picture, source, live) {
  worker ??= start();
  const id = questions++;
  const promise = new Promise((/** @type {(seen: Seen) => void} */ resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
  worker.postMessage({ id, picture, source, live }, picture instanceof Blob ? [] : [picture]);
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

/** @returns {Promise<Api.Model>} */
export async function getJson() {
  const response = await fetch(`answers/${language}/model.json`);
  if (!response.ok) throw new Problem("unreachable", _("A file of this page is missing. Load the page again."));
  return response.json();
}

/** There is no server that could refuse. */
export const check = async () => {};

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
/** @type {(address: string, value: unknown) => Promise<Response>} */
export const send = none;
