// The frames of a live session: one on its way at a time. Whoever is slow gets fewer, never older ones.
const EVERY_MS = 250; // between two frames at least
const LONGEST_SIDE = 1280; // of the frames that are sent, in pixels

/**
 * Send pictures of a video; send(blob) says whether it went out. `canvas` has the last one.
 * @param {HTMLVideoElement} video
 * @param {(blob: Blob) => boolean} send
 */
export function frameSender(video, send) {
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  let number = 0,
    sentAt = /** @type {number | null} */ (null), // when the frame that is on its way was sent
    latency = /** @type {number | null} */ (null),
    timer = 0,
    turn = 0; // even: stopped; what was begun in another turn does not go out

  async function next() {
    const mine = turn;
    if (!video.videoWidth || video.paused) {
      timer = setTimeout(next, 100);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {BlobCallback} */ done) => {
      canvas.toBlob(done, "image/jpeg", 0.85);
    });
    if (mine !== turn || !blob || !send(blob)) return;
    number += 1;
    sentAt = performance.now();
  }
  const going = () => turn % 2 === 1;
  function stop() {
    if (going()) turn += 1;
    clearTimeout(timer);
  }
  /** Go on; while a frame is on its way its answer does, so that `canvas` has the frame that an answer is about. */
  function go() {
    if (going()) return;
    turn += 1;
    if (sentAt === null) next();
  }
  return {
    canvas,
    stop,
    go,
    /** Begin anew at a new socket, which counts anew. */
    restart() {
      stop();
      number = 0;
      sentAt = latency = null;
      go();
    },
    /**
     * The server has answered a frame.
     * @param {number} which
     */
    answered(which) {
      if (which !== number || sentAt === null) return;
      const took = performance.now() - sentAt;
      sentAt = null;
      latency = latency === null ? took : 0.8 * latency + 0.2 * took;
      if (going()) timer = setTimeout(next, Math.max(0, EVERY_MS - took));
    },
    latency: () => latency,
  };
}
