// Everything that this page asks of its server.
import { t } from "./texts.js";

/** The server forgets what nobody asks for: an open page asks so often. */
export const STAY_MS = 300_000;

/** An error that the server explained; `code` is for programs, `message` for people. */
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const unknown = (status) => ({ code: "internal", message: t.problem.status(status) });

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("unreachable", t.problem.unreachable);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null); // no body: the status must do
  const error = body?.error ?? unknown(response.status);
  throw new Problem(error.code, error.message);
}

export const getJson = async (address) => (await ask(address)).json();
export const getBlob = async (address) => (await ask(address)).blob();
export const remove = (address) => ask(address, { method: "DELETE" });

function query(options) {
  const some = Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== false);
  return some.length ? `?${new URLSearchParams(some)}` : "";
}

/** Send a photo; gives the response, whose kind depends on options.format. */
export function postPhoto(file, options = {}) {
  const form = new FormData();
  form.append("file", file, file.name || "photo");
  return ask(`api/photo${query(options)}`, { method: "POST", body: form });
}

export const recordingAt = (id) => `api/recordings/${encodeURIComponent(id)}`;

/** Send a recording, with progress 0..1 of the upload; gives { promise, abort }. */
export function postRecording(file, options, onprogress) {
  const request = new XMLHttpRequest(); // fetch does not tell how much of an upload is done
  const promise = new Promise((resolve, reject) => {
    request.open("POST", `api/recordings${query(options)}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onprogress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 202) return resolve(request.response);
      const error = request.response?.error ?? unknown(request.status);
      return reject(new Problem(error.code, error.message));
    };
    request.onerror = () => reject(new Problem("unreachable", t.problem.broken));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
  return { promise, abort: () => request.abort() };
}

/** A socket for live frames. */
export function liveSocket(options) {
  const address = new URL(`api/live${query(options)}`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address);
}
