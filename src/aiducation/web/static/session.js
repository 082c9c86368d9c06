// A live session: frames out, faces in, until it is stopped; what was seen stays in memory until it is saved.
import { getJson, liveSocket, remove, STAY_MS } from "./api.js";
import { faceDetails, groupShares } from "./group.js";
import { coverHeads, overlay } from "./overlay.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { liveTimeline } from "./timeline.js";
import { announce, button, clock, download, h, percent, show, toggle } from "./ui.js";

const SHOWN_S = 300; // seconds of the moving timeline
const EVERY_MS = 250; // between two frames at least
const LONGEST_SIDE = 1280; // of the frames that are sent, in pixels
const DOWNLOADS = ["report", "timeline.png", "timeline.csv", "csv", "json"];
const PATIENCE_MS = [500, 1000, 2000, 4000, 8000]; // before each attempt to connect again

/** Run a stream of pictures through the server and show it in `place`; `begin(message)` is called when it is over. */
export function runSession(place, stream, source, choices, begin) {
  const sent = new Map(); // number of a frame -> when it was sent
  const pictures = []; // of marked moments, if they were asked for
  let socket,
    id = null,
    number = 0,
    paused = false,
    over = false,
    attempts = 0,
    last = null,
    timer = 0,
    latency = null,
    pinned = null;

  const video = h("video", {
    srcObject: stream,
    autoplay: true,
    playsinline: true,
    muted: true,
    "aria-label": t.live.player,
  });
  const cover = h("canvas", { hidden: !choices.anonymize, role: "img", "aria-label": t.live.player });
  const grab = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const layer = overlay({
    onpick: (face) => {
      pinned = face;
      paintFace();
    },
  });
  const badge = h("p", { class: "badge", role: "status" }, t.live.connecting);
  const stage = h(
    "div",
    { class: "stage live-stage" },
    h("div", { class: "frame" }, video, cover, layer.element),
    badge,
  );
  const line = liveTimeline(SHOWN_S);
  const groupFigures = h("div", {}, h("p", { class: "muted" }, t.live.waiting));
  const showSmall = toggle(t.smallGroups, settings.smallGroups, (on) => {
    settings.smallGroups = on;
    tellGroup();
  });
  const groupCard = h("section", { class: "card" }, h("h2", {}, t.group.titleNow), groupFigures, showSmall);
  const faceCard = h("section", { class: "card face-card" });
  const notice = h("div");
  const note = h("input", {
    type: "text",
    maxlength: "300",
    placeholder: t.live.notePlaceholder,
    "aria-label": t.live.note,
    onkeydown: (e) => e.key === "Enter" && mark(),
  });
  const marks = h("ul", { class: "moments" });
  const pauseButton = button(t.live.pause, () => {
    paused = !paused;
    pauseButton.textContent = paused ? t.live.goOn : t.live.pause;
    paintBadge();
    if (!paused) send();
  });
  if (choices.anonymize) video.classList.add("behind"); // it plays on, unseen

  show(
    place,
    notice,
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        stage,
        h(
          "div",
          { class: "row controls" },
          pauseButton,
          button(t.live.stop, stop, "main"),
          note,
          button(t.live.mark, mark),
        ),
        h("section", { class: "card after" }, h("h2", {}, t.live.lastMinutes(SHOWN_S / 60)), line.element),
      ),
      h(
        "div",
        { class: "side" },
        groupCard,
        faceCard,
        h(
          "section",
          { class: "card" },
          h("h2", {}, t.live.marks),
          marks,
          h("p", { class: "muted small" }, t.live.kept),
        ),
      ),
    ),
  );
  paintFace();
  stream.getVideoTracks()[0].addEventListener("ended", () => stop());
  connect();

  function connect() {
    socket = liveSocket({ source, session: id, min_group: settings.minGroup() });
    socket.onmessage = (event) => heard(JSON.parse(event.data));
    socket.onclose = () => {
      if (!over) lost();
    };
    socket.onopen = () => {
      number = 0;
      sent.clear();
    };
  }

  function lost() {
    clearTimeout(timer);
    latency = null;
    const wait = PATIENCE_MS[attempts];
    if (wait === undefined) {
      end();
      return begin(t.lost);
    }
    attempts += 1;
    badge.textContent = t.live.connecting;
    return setTimeout(connect, wait);
  }

  function heard(message) {
    if (message.type === "hello") {
      id = message.session;
      attempts = 0;
      return send();
    }
    if (message.type === "frame") {
      saw(message);
      return next();
    }
    if (message.type === "marked") return marked(message);
    if (message.type === "summary") return finished(message);
    if (message.error) {
      show(notice, h("div", { class: "notice", role: "alert" }, h("p", {}, message.error.message)));
      if (message.number) next();
    }
    return undefined;
  }

  function tellGroup() {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: "min_group", value: settings.minGroup() }));
  }

  /** One frame is on its way at a time: whoever is slow gets fewer, never older ones. */
  function next() {
    clearTimeout(timer);
    const since = performance.now() - (sent.get(number) ?? 0);
    timer = setTimeout(send, Math.max(0, EVERY_MS - since));
  }

  async function send() {
    if (over || paused || socket.readyState !== WebSocket.OPEN) return;
    if (!video.videoWidth) {
      timer = setTimeout(send, 100);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    grab.canvas.width = Math.round(video.videoWidth * scale);
    grab.canvas.height = Math.round(video.videoHeight * scale);
    grab.drawImage(video, 0, 0, grab.canvas.width, grab.canvas.height);
    const blob = await new Promise((done) => {
      grab.canvas.toBlob(done, "image/jpeg", 0.85);
    });
    if (over || !blob || socket.readyState !== WebSocket.OPEN) return;
    number += 1;
    sent.set(number, performance.now());
    socket.send(blob);
  }

  function saw(message) {
    const began = sent.get(message.number);
    if (began)
      latency = latency === null ? performance.now() - began : 0.8 * latency + 0.2 * (performance.now() - began);
    for (const old of sent.keys()) if (old < message.number) sent.delete(old);
    last = message;
    show(notice);
    if (choices.anonymize) paintCovered(message);
    layer.draw(message.faces, message.width, message.height, { chosen: pinned?.track_id ?? null });
    show(groupFigures, groupShares(message.group));
    line.add(message.time_s, message.group);
    if (pinned) {
      pinned = message.faces.find((face) => face.track_id !== null && face.track_id === pinned.track_id) ?? null;
      paintFace();
    }
    paintBadge();
  }

  function paintBadge() {
    if (paused) {
      badge.textContent = t.live.paused;
      return;
    }
    if (last && latency !== null)
      show(
        badge,
        h("span", { class: "dot" }),
        t.live.badge(clock(last.time_s), last.faces.length, Math.round(latency)),
      );
  }

  /** The frame that was looked at, with every head covered: nothing newer is shown, because nobody was found in it yet. */
  function paintCovered(message) {
    cover.width = message.width;
    cover.height = message.height;
    const context = cover.getContext("2d");
    context.drawImage(grab.canvas, 0, 0, message.width, message.height);
    coverHeads(context, message.faces);
  }

  function paintFace() {
    show(
      faceCard,
      h("h2", {}, t.face.title),
      pinned ? faceDetails(pinned) : h("p", { class: "muted" }, t.face.pointAt),
    );
  }

  function mark() {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: "mark", note: note.value.trim() }));
    if (choices.pictures && last) takePicture(last);
    note.value = "";
  }

  function takePicture(message) {
    const context = new OffscreenCanvas(message.width, message.height).getContext("2d");
    // With covered faces the covered picture: a newer one may be on its way, in which the faces have moved.
    context.drawImage(choices.anonymize ? cover : grab.canvas, 0, 0, message.width, message.height);
    context.canvas
      .convertToBlob({ type: "image/jpeg", quality: 0.85 })
      .then((blob) => pictures.push({ time: message.time_s, blob }));
  }

  function marked({ time_s: time, note: words }) {
    line.mark(time);
    const group = last?.group.shares
      ? Object.entries(last.group.shares).sort((a, b) => b[1].share - a[1].share)[0]
      : null;
    marks.append(
      h(
        "li",
        {},
        h("b", {}, clock(time)),
        " ",
        words || t.live.noNote,
        group && h("span", { class: "muted small" }, ` ${t.states[group[0]]} ${percent(group[1].share)}`),
      ),
    );
    announce(t.live.markedAt(clock(time)));
  }

  function stop() {
    if (over) return;
    clearTimeout(timer);
    if (socket.readyState === WebSocket.OPEN && id) socket.send(JSON.stringify({ type: "stop" }));
    else {
      end();
      begin();
    }
  }

  function end() {
    over = true;
    clearTimeout(timer);
    stream.getTracks().forEach((track) => track.stop());
    socket.close();
  }

  function finished(summary) {
    end();
    announce(t.live.over);
    const here = `api/live/${encodeURIComponent(id)}`;
    const stay = setInterval(() => getJson(here).catch(() => {}), STAY_MS);
    const forget = async () => {
      clearInterval(stay);
      await remove(here).catch(() => {});
      begin();
    };
    show(
      place,
      h(
        "section",
        { class: "card" },
        h("h2", {}, t.live.over),
        h(
          "div",
          { class: "tiles" },
          t.live
            .tiles(clock(summary.seconds), summary.frames, summary.faces_at_a_time, summary.marks.length)
            .map(([value, words]) => h("div", { class: "tile" }, h("b", {}, value), h("span", {}, words))),
        ),
        line.element,
        summary.marks.length > 0 && [
          h("h3", {}, t.live.marks),
          h(
            "ul",
            {},
            summary.marks.map((m) => h("li", {}, h("b", {}, clock(m.time_s)), ` ${m.note || t.live.noNote}`)),
          ),
        ],
        h("h3", {}, t.save.title),
        h(
          "div",
          { class: "row" },
          DOWNLOADS.map((name) => h("a", { class: "button", href: `${here}/${name}`, download: true }, t.save[name])),
          pictures.length > 0 &&
            button(t.live.savePictures(pictures.length), () =>
              pictures.forEach(({ time, blob }) => download(blob, `moment-${clock(time).replaceAll(":", "-")}.jpg`)),
            ),
        ),
        h("p", { class: "muted small" }, t.live.keptAfter),
        h("div", { class: "row" }, button(t.live.another, forget, "main")),
      ),
    );
  }

  return { stop, running: () => !over };
}
