// The frames of a live session: one on its way at a time. Whoever is slow gets fewer, never older ones.
const EVERY_MS = 250; // between two frames at least
const LONGEST_SIDE = 1280; // of the frames that are sent, in pixels

/** Send pictures of a video; send(blob) says whether it went out. `canvas` has the last one. */
export function frameSender(video, send) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const { canvas } = context;
  let number = 0,
    sentAt = 0,
    latency = null,
    timer = 0,
    turn = 0; // a picture that was begun before a stop does not go out

  async function next() {
    const mine = (turn += 1);
    if (!video.videoWidth) {
      timer = setTimeout(next, 100);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => {
      canvas.toBlob(done, "image/jpeg", 0.85);
    });
    if (mine !== turn || !blob || !send(blob)) return;
    number += 1;
    sentAt = performance.now();
  }
  function stop() {
    turn += 1;
    clearTimeout(timer);
  }
  return {
    canvas,
    stop,
    go() {
      stop();
      next();
    },
    /** A new socket counts anew. */
    restart() {
      number = 0;
      latency = null;
      stop();
      next();
    },
    /** The server has answered a frame. */
    answered(which) {
      if (which !== number) return;
      const took = performance.now() - sentAt;
      latency = latency === null ? took : 0.8 * latency + 0.2 * took;
      clearTimeout(timer);
      timer = setTimeout(next, Math.max(0, EVERY_MS - took));
    },
    latency: () => latency,
  };
}
