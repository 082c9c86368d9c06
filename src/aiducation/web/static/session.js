// A live session: frames out, faces in, until it is stopped; what was seen stays in memory until it is saved.
import { getJson } from "./api.js";
import { connection } from "./connection.js";
import { coverHeads } from "./cover.js";
import { frameSender } from "./frames.js";
import { faceDetails, groupShares } from "./group.js";
import { model } from "./look.js";
import { settings } from "./settings.js";
import { showSummary } from "./summary.js";
import { t } from "./texts.js";
import { liveTimeline } from "./timeline.js";
import { alertOf, announce, button, card, change, clock, h, percent, show, toggle } from "./ui.js";
import { viewer } from "./viewer.js";

const SHOWN_S = 300; // seconds of the moving timeline

/** Run a stream of pictures through the server and show it in `place`; `begin(message)` is called when it is over. */
export function runSession(place, stream, source, choices, begin) {
  const pictures = []; // { time, jpeg: a promise } of marked moments, if they were asked for
  let paused = false,
    over = false,
    last = null;

  const video = h("video", {
    srcObject: stream,
    autoplay: true,
    playsinline: true,
    muted: true,
    "aria-label": t.live.player,
    class: choices.anonymize && "behind", // it plays on, unseen
  });
  const cover = h("canvas", { hidden: !choices.anonymize, role: "img", "aria-label": t.live.player });
  const view = viewer({ details: (face) => face && faceDetails(face) });
  const screen = screenOf(view, choices, { mark, stop, pause, regroup });
  view.put(video, cover);
  change(place, screen.element);
  tell(t.live.connecting);

  const link = connection(source, {
    onready() {
      tell(paused ? t.live.paused : t.live.running);
      if (!paused) frames.restart();
    },
    onbroken() {
      frames.stop();
      tell(t.live.connecting);
    },
    ongone() {
      end();
      begin(t.lost);
    },
    onmessage: heard,
  });
  const frames = frameSender(video, (blob) => !over && link.send(blob));
  stream.getVideoTracks()[0].addEventListener("ended", stop);

  /** Show how it is going; only what changes rarely is said aloud. */
  function tell(words) {
    screen.status.textContent = words;
    announce(words);
  }

  function heard(message) {
    if (over) return;
    if (message.type === "frame") saw(message);
    else if (message.type === "marked") marked(message);
    else if (message.type === "summary") finished(message);
    else if (message.error) show(screen.notice, alertOf(message.error.message));
    if (message.number) frames.answered(message.number);
  }

  function saw(message) {
    last = message;
    show(screen.notice);
    if (choices.anonymize) paintCovered(message);
    view.draw(message.faces, message.width, message.height);
    show(screen.group, groupShares(message.group, message));
    screen.line.add(message.time_s, message.group);
    const latency = frames.latency();
    if (paused || latency === null) return;
    const words = t.live.status(clock(message.time_s), message.faces.length, Math.round(latency));
    show(screen.status, h("span", { class: "dot" }), words);
  }

  /** The frame that was looked at, with every head covered: nothing newer is shown, because nobody was found in it yet. */
  function paintCovered(message) {
    cover.width = message.width;
    cover.height = message.height;
    const context = cover.getContext("2d");
    context.drawImage(frames.canvas, 0, 0, message.width, message.height);
    coverHeads(context, [...message.faces, ...message.maybe.map(([left, top, right, bottom]) => ({ left, top, right, bottom }))]);
  }

  function pause() {
    paused = !paused;
    screen.pause.textContent = paused ? t.live.goOn : t.live.pause;
    if (paused) {
      video.pause(); // boxes and picture stay those of one moment
      frames.stop();
    } else video.play().then(frames.go, () => {});
    if (link.open()) tell(paused ? t.live.paused : t.live.running);
  }

  function regroup(on) {
    settings.smallGroups = on;
    link.send({ type: "min_group", value: settings.minGroup() });
  }

  function mark() {
    if (!link.send({ type: "mark", note: screen.note.value.trim() })) return;
    if (choices.pictures && last) takePicture(last);
    screen.note.value = "";
  }

  function takePicture({ width, height, time_s: time }) {
    const context = new OffscreenCanvas(width, height).getContext("2d");
    // With covered faces the covered picture: a newer one may be on its way, in which the faces have moved.
    context.drawImage(choices.anonymize ? cover : frames.canvas, 0, 0, width, height);
    pictures.push({ time, jpeg: context.canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 }).then(signed) });
  }

  function marked({ time_s: time, note }) {
    screen.line.mark(time);
    const shares = last?.group.shares;
    const [[state, { share }]] = shares ? Object.entries(shares).sort((a, b) => b[1].share - a[1].share) : [[null, {}]];
    const most = state && h("span", { class: "muted small" }, ` ${t.states[state]} ${percent(share)}`);
    screen.marks.append(h("li", {}, h("b", {}, clock(time)), " ", note || t.live.noNote, most));
    announce(t.live.markedAt(clock(time)));
  }

  async function stop() {
    if (over) return;
    frames.stop();
    if (link.send({ type: "stop" })) return;
    // The connection is broken, but the server may still have what was seen.
    const id = link.id();
    end();
    if (!id) return begin();
    await getJson(`api/live/${encodeURIComponent(id)}`).then(finished, () => begin(t.lost));
  }

  function end() {
    over = true;
    frames.stop();
    stream.getTracks().forEach((track) => track.stop());
    link.close();
  }

  function finished(summary) {
    end();
    announce(t.live.over);
    showSummary(place, summary, pictures, begin);
  }

  return { stop, running: () => !over };
}

/** What is on the screen while it runs. */
function screenOf(view, choices, { mark, stop, pause, regroup }) {
  const parts = {
    notice: h("div"),
    status: h("p", { class: "live-status" }),
    group: h("div", {}, h("p", { class: "muted" }, t.live.waiting)),
    marks: h("ul", { class: "moments" }),
    line: liveTimeline(SHOWN_S),
    pause: button(t.live.pause, pause),
    note: h("input", {
      type: "text",
      maxlength: "300",
      placeholder: t.live.notePlaceholder,
      "aria-label": t.live.note,
      onkeydown: (event) => event.key === "Enter" && mark(),
    }),
  };
  view.element.classList.add("live-stage");
  parts.element = h(
    "div",
    {},
    h("h2", { class: "visually-hidden" }, t.live.view),
    parts.notice,
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        view.element,
        parts.status,
        h(
          "div",
          { class: "row" },
          parts.pause,
          button(t.live.stop, stop, "main"),
          parts.note,
          button(t.live.mark, mark),
        ),
      ),
      h(
        "div",
        { class: "side" },
        card(t.group.titleNow, parts.group, toggle(t.smallGroups(settings.usualGroup), settings.smallGroups, regroup)),
        card(t.live.marks, parts.marks, h("p", { class: "muted small" }, t.live.kept(choices.pictures, model))),
        view.card,
      ),
      card(t.live.lastMinutes(SHOWN_S / 60), parts.line.element),
    ),
  );
  return parts;
}

/** A JPEG with a comment that says what made it: `aiducation privacy` knows saved files by that alone. */
async function signed(jpeg) {
  const text = new TextEncoder().encode(`aiducation ${model.version}`);
  const start = new DataView(await jpeg.slice(0, 6).arrayBuffer());
  const behind = 4 + start.getUint16(4); // the first segment, which says that it is a JPEG
  const comment = new Uint8Array([0xff, 0xfe, 0, text.length + 2, ...text]);
  return new Blob([jpeg.slice(0, behind), comment, jpeg.slice(behind)], { type: jpeg.type });
}
