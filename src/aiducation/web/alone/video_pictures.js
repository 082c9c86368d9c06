// The pictures of a recording at the sampling interval, by the browser's own decoder: one at a time, none is kept.
// Where the browser has WebCodecs, each picture tells its own time; elsewhere the time that was asked for counts.

/** Seconds that the sampling waits for a new picture; times closer together than this are the same; see aiducation.media.sampling. */
const WAIT_S = 0.2,
  SAME_S = 1e-6;

/** How far the beginning is searched for the length of a picture, and in which steps, in seconds. */
const SEARCHED_S = 0.3,
  STEP_S = 1 / 120;

/** The name of the error where a browser cannot read a recording, or not any further. */
export const UNREADABLE = "EncodingError";

/** @typedef {{ time_s: number, frame: number | null, picture: VideoFrame | ImageBitmap }} Sample */

/**
 * @param {number} time_s
 * @param {number} every_s
 */
const nextOnGrid = (time_s, every_s) => (Math.floor((time_s + SAME_S) / every_s) + 1) * every_s;

/** A browser that has given nothing for so long, in milliseconds, gives nothing more: a file that was cut off ends in silence. */
const STALLS_MS = 60_000;

/**
 * Resolves with an event of a video, or when it is not wanted any more; rejects where the video cannot be read.
 * @param {HTMLVideoElement} video
 * @param {string} name
 * @param {AbortSignal} stopped
 */
const once = (video, name, stopped) =>
  new Promise((resolve, reject) => {
    const done = new AbortController();
    const { signal } = done;
    const end = (/** @type {() => void} */ then) => () => {
      done.abort();
      clearTimeout(timer);
      then();
    };
    const unreadable = end(() => reject(new DOMException("unreadable", UNREADABLE)));
    const timer = setTimeout(unreadable, STALLS_MS);
    video.addEventListener(
      name,
      end(() => resolve(null)),
      { signal },
    );
    stopped.addEventListener(
      "abort",
      end(() => resolve(null)),
      { signal },
    );
    video.addEventListener("error", unreadable, { signal });
  });

/**
 * How long the picture of a seek may take to arrive after it: milliseconds at least and at most, and how often the page is painted
 * meanwhile, which tells how busy the browser is. Pages that nobody sees are told of no picture.
 */
const [ARRIVES_MS, LATEST_MS, PAINTINGS, UNSEEN_MS] = [1000, 10_000, 30, 100];

/**
 * Resolves when the next picture has arrived: a busy browser ends a seek before, and still gives the picture of the last one.
 * @param {HTMLVideoElement} video
 */
export const shown = (video) =>
  new Promise((resolve) => {
    let arrived = false,
      painted = 0;
    const end = () => {
      arrived = true;
      resolve(null);
    };
    const count = () => {
      painted += 1;
      if (!arrived) requestAnimationFrame(count);
    };
    /** @param {number} passed_ms since the seek */
    function late(passed_ms) {
      const busy = passed_ms < ARRIVES_MS || (painted < PAINTINGS && passed_ms < LATEST_MS);
      if (document.hidden ? passed_ms > 0 : !busy) end();
      else if (!arrived) setTimeout(() => late(passed_ms + UNSEEN_MS), UNSEEN_MS);
    }
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(end);
    const begin = () => {
      requestAnimationFrame(count);
      late(0);
    };
    video.addEventListener("seeked", begin, { once: true });
  });

/**
 * A recording that is read.
 * @param {string} address
 * @param {AbortSignal} stopped
 */
export async function openVideo(address, stopped) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, preload: "auto", playsInline: true, src: address });
  if (video.readyState < 2) await once(video, "loadeddata", stopped);
  if (stopped.aborted || !video.videoWidth) throw new DOMException("unreadable", UNREADABLE); // nobody wants it, or sound alone
  if (!Number.isFinite(video.duration)) {
    video.currentTime = 1e9; // files of recorders in browsers do not say how long they are until their end was seen
    await once(video, "seeked", stopped);
  }
  const duration_s = video.duration;
  const tells = "VideoFrame" in globalThis;

  /**
   * The picture that a player shows at a time.
   * @param {number} time_s
   * @returns {Promise<Sample>}
   */
  async function at(time_s) {
    const there = shown(video);
    video.currentTime = Math.min(Math.max(time_s, 0), duration_s);
    await Promise.all([once(video, "seeked", stopped), there]);
    if (!tells) return { time_s, frame: null, picture: await createImageBitmap(video) };
    const picture = new VideoFrame(video);
    return { time_s: picture.timestamp / 1e6, frame: null, picture };
  }

  /** How long a picture lasts, as the first two tell; null where that cannot be known. @param {number} first_s */
  async function lengthOf(first_s) {
    const begins = [first_s];
    for (let time_s = first_s + STEP_S; tells && time_s < first_s + SEARCHED_S && begins.length < 3; time_s += STEP_S) {
      const one = await at(time_s);
      one.picture.close();
      if (one.time_s > begins[begins.length - 1] + 1e-4) begins.push(one.time_s);
    }
    return begins.length < 3 ? null : begins[2] - begins[1];
  }

  /**
   * The samples in order of time; whoever takes one closes its picture.
   * @param {number} every_s
   * @returns {AsyncGenerator<Sample>}
   */
  async function* samples(every_s) {
    const start = await at(0);
    const first_s = tells ? start.time_s : 0;
    const length_s = await lengthOf(first_s).catch((problem) => {
      start.picture.close();
      throw problem;
    });
    /** @param {number} time_s */
    const numbered = (time_s) => (length_s ? Math.max(Math.round((time_s - first_s) / length_s), 0) : null);
    yield { ...start, time_s: first_s, frame: numbered(first_s) };
    let due_s = nextOnGrid(first_s, every_s);
    while (!stopped.aborted && due_s < duration_s - SAME_S) {
      const begins_s = length_s ? first_s + Math.ceil((due_s - first_s - 1e-4) / length_s) * length_s : due_s;
      const soon = begins_s - due_s < WAIT_S && begins_s < duration_s - SAME_S;
      if (!soon && due_s + WAIT_S > duration_s) return;
      const found = await at(soon && length_s ? begins_s + length_s / 2 : due_s);
      const own = found.time_s >= due_s - 1e-4 && found.time_s < due_s + WAIT_S;
      const time_s = own ? Math.max(found.time_s, due_s - 1e-4) : due_s;
      yield { ...found, time_s: Math.round(time_s * 1e6) / 1e6, frame: numbered(found.time_s) };
      due_s = nextOnGrid(time_s + 2e-4, every_s);
    }
  }

  return {
    duration_s,
    samples,
    close() {
      video.removeAttribute("src");
      video.load();
    },
  };
}
