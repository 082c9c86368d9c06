// Everything that this page asks of its server.
import { language } from "./language.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Options parameters of a request; null and false are left out */

/** An error that the server explained; `code` is for programs, `message` for people. */
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

/**
 * What a status means whose body is not the server's: a proxy has answered in its place.
 * @param {number} status
 * @returns {Problem}
 */
function fromProxy(status) {
  if (status === 500) return new Problem("internal", t.problem.status(status)); // says nothing about who failed
  return new Problem("proxy", t.problem.proxy(status));
}

/**
 * @param {{ code: string, message: string } | undefined} error
 * @param {number} status
 */
const explained = (error, status) => (error?.message ? new Problem(error.code, error.message) : fromProxy(status));

/**
 * The server answers with HTML only where a report is asked for; else it is a proxy's page, mostly to sign in.
 * @param {Response} response
 * @param {string} address
 */
const isForeign = (response, address) =>
  response.headers.get("content-type")?.startsWith("text/html") && !address.includes("report");

/**
 * An address of the API whose answer says its sentences in the language of the page.
 * @param {string} address
 */
export const inLanguage = (address) => `${address}${address.includes("?") ? "&" : "?"}language=${language}`;

const asked = /** @type {Map<AbortController, string>} */ (new Map()); // the address of each question without an answer

/**
 * @param {string} address
 * @param {RequestInit} options
 */
async function ask(address, options = {}) {
  const mine = new AbortController();
  asked.set(mine, address);
  const { signal } = options;
  signal?.addEventListener("abort", () => mine.abort(signal.reason));
  let response;
  try {
    const there = address.startsWith("api/") ? inLanguage(address) : address;
    // The server redirects no request of this page.
    response = await fetch(there, { redirect: "manual", ...options, signal: mine.signal });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("unreachable", t.problem.unreachable);
  } finally {
    asked.delete(mine);
  }
  if (response.type === "opaqueredirect") throw new Problem("proxy", t.problem.signIn);
  if (response.ok && isForeign(response, address)) throw new Problem("proxy", t.problem.signIn);
  if (response.ok) return response;
  const body = await response.json().catch(() => null); // no body: the status must do
  throw explained(body?.error, response.status);
}

/**
 * @param {string} address
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} what the address answers: callers say which type of `Api` that is
 */
export const getJson = async (address, signal) => (await ask(address, { signal })).json();
/** @param {string} address */
export const getBlob = async (address) => (await ask(address)).blob();
/** Fails if the server would refuse what this page sends. Requests that only read do not show it: they name no origin. */
export const check = () => ask("api/check", { method: "POST" });

/** Whether the server answers. */
export const reachable = () =>
  ask("health").then(
    () => true,
    () => false,
  );

/**
 * Delete what is at an address. Questions about it that are on their way are broken off: on a slow machine they would be answered
 * after it, as if something were missing that nobody wants to see any more.
 * @param {string} address
 */
export function remove(address) {
  const why = new DOMException(t.recording.gone, "AbortError");
  for (const [question, about] of asked) if (about.startsWith(address)) question.abort(why);
  return ask(address, { method: "DELETE" });
}

/** @param {Options} options */
function query(options) {
  const there = Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== false);
  const some = there.map(([name, value]) => [name, String(value)]);
  return some.length ? `?${new URLSearchParams(some)}` : "";
}

/**
 * Send a photo; gives the response, whose kind depends on options.format. `edits` are what people changed in its result.
 * @param {File} file
 * @param {Options} options
 * @param {import("./annotations.js").Entry[]} edits
 * @param {AbortSignal} [signal]
 */
export function postPhoto(file, options = {}, edits = [], signal = undefined) {
  const form = formOf(file);
  if (edits.length) form.append("annotations", JSON.stringify({ annotations_version: 1, annotations: edits }));
  return ask(`api/photo${query({ ...settings.assumed(), ...options })}`, { method: "POST", body: form, signal });
}

/**
 * Send a value; gives the response.
 * @param {string} address
 * @param {unknown} value
 * @param {"POST" | "PUT"} method
 */
export const send = (address, value, method = "POST") =>
  ask(address, { method, body: JSON.stringify(value), headers: { "content-type": "application/json" } });

/**
 * Send a value.
 * @param {string} address
 * @param {unknown} value
 * @returns {Promise<any>} what the address answers: callers say which type of `Api` that is
 */
export const postJson = async (address, value) => (await send(address, value)).json();

/**
 * A form with a file.
 * @param {File} file
 */
function formOf(file) {
  const form = new FormData();
  form.append("file", file, file.name || "photo");
  return form;
}

/**
 * Send a file that nothing is kept of; gives the response.
 * @param {string} address
 * @param {File} file
 */
export const postFile = (address, file) => ask(address, { method: "POST", body: formOf(file) });

/**
 * The faces of a photo as the model sees them.
 * @param {File} file
 * @returns {Promise<Api.AlignedFaces>}
 */
export const alignedOfPhoto = async (file) => (await postFile("api/photo/aligned", file)).json();

/**
 * A photo that the browser cannot read, as a JPEG.
 * @param {File} file
 */
export const plainPhoto = async (file) => (await postFile("api/photo/plain", file)).blob();

/**
 * A face of a recording as the model sees it.
 * @param {string} here address of the recording
 * @param {number} time
 * @param {number[]} box
 * @returns {Promise<Api.AlignedFaces>}
 */
export const alignedOf = (here, time, box) => getJson(`${here}/aligned?time_s=${time}&box=${box.join(",")}`);

/** @param {string} id */
export const recordingAt = (id) => `api/recordings/${encodeURIComponent(id)}`;

/**
 * Progress of a recording.
 * @param {string} id
 */
export const getRecording = async (id) => ownLinks(await getJson(recordingAt(id)));

/**
 * A job whose links begin at this page: below a proxy's path the server may not know where it is.
 * @param {Api.Job} job
 * @returns {Api.Job}
 */
function ownLinks(job) {
  /** @param {string} link */
  const own = (link) => link.slice(link.lastIndexOf("/api/") + 1);
  return { ...job, links: Object.fromEntries(Object.entries(job.links).map(([name, link]) => [name, own(link)])) };
}

const BEAT_MS = 200; // browsers tell every 50 ms how much of an upload is done

/**
 * Send a recording, with progress 0..1 of the upload; gives { promise, stop }.
 * @param {File} file
 * @param {Options} options
 * @param {(share: number) => void} onprogress
 */
export function postRecording(file, options, onprogress) {
  const request = new XMLHttpRequest(); // fetch does not tell how much of an upload is done
  let share = 0;
  const promise = new Promise((/** @type {(job: Api.Job) => void} */ resolve, reject) => {
    request.open("POST", inLanguage(`api/recordings${query({ ...settings.assumed(), ...options })}`));
    request.responseType = "json";
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (!lengthComputable) return;
      share = loaded / total;
      onprogress(share);
    };
    request.onload = () => {
      if (request.status === 202) return resolve(ownLinks(request.response));
      if (request.status === 200) return reject(new Problem("proxy", t.problem.signIn)); // after a redirect
      return reject(explained(request.response?.error, request.status));
    };
    request.onerror = async () => {
      const there = await reachable(); // proxies break off what is too large for them, and then nobody reads their answer
      reject(new Problem("unreachable", there ? t.problem.brokenByProxy : t.problem.broken));
    };
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });

  /**
   * Break the upload off unless its end is near: of what the server has whole already it answers the id, by which alone it
   * can be deleted, and how much it has is told late.
   */
  async function stop() {
    const isOver = () => request.readyState === XMLHttpRequest.UNSENT || request.readyState === XMLHttpRequest.DONE;
    while (share < 1 && !isOver()) {
      const before = share;
      await new Promise((done) => setTimeout(done, BEAT_MS));
      if (share + 5 * (share - before) < 1) request.abort();
    }
  }
  return { promise, stop };
}

/**
 * A socket for live frames.
 * @param {Options} options
 */
export function liveSocket(options) {
  const address = new URL(inLanguage(`api/live${query({ ...settings.assumed(), ...options })}`), location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address);
}
