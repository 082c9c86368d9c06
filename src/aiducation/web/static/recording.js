// Recordings: choose, send, wait; then the player.
import { follow, getJson, postRecording, remove } from "./api.js";
import { showResult } from "./player.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { announce, button, clock, dropZone, h, show, toggle } from "./ui.js";

export function recordingPage({ onphotos }) {
  const place = h("div");
  const page = h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.recording.title), h("p", {}, t.recording.lead)),
    place,
  );
  const options = { every_s: 0.5, anonymize: false, video: false };
  let unfollow = () => {},
    stopPlayer = () => {};

  function begin(message = "") {
    leave();
    const every = h(
      "select",
      {
        onchange: (e) => {
          options.every_s = Number(e.target.value);
        },
      },
      [0.2, 0.5, 1, 2, 5].map((s) =>
        h("option", { value: String(s), ...(s === options.every_s && { selected: true }) }, t.recording.everyOption(s)),
      ),
    );
    show(
      place,
      message && h("div", { class: "notice", role: "alert" }, h("p", {}, message)),
      dropZone({ ...t.recording.drop, accept: "video/*,.mkv,.avi,.mov", onfiles: take }),
      h(
        "div",
        { class: "options" },
        h("label", { class: "field" }, t.recording.every, every),
        toggle(t.recording.video, options.video, (on) => {
          options.video = on;
        }),
        toggle(t.recording.anonymize, options.anonymize, (on) => {
          options.anonymize = on;
        }),
        toggle(t.smallGroups, settings.smallGroups, (on) => {
          settings.smallGroups = on;
        }),
      ),
    );
  }

  function leave() {
    unfollow();
    stopPlayer();
    unfollow = stopPlayer = () => {};
  }

  async function take(files) {
    const [file] = files;
    if (file.type.startsWith("image/")) return onphotos(files);
    leave();
    if (settings.job) forget({ links: { self: `api/recordings/${encodeURIComponent(settings.job)}` } });
    const waiting = progressCard(file.name);
    show(place, waiting.element);
    const upload = postRecording(file, { ...options, min_group: settings.minGroup() }, (share) =>
      waiting.set(share, t.recording.uploading, ""),
    );
    waiting.oncancel(() => upload.abort());
    try {
      const job = await upload.promise;
      settings.job = job.id;
      watch(job, waiting);
    } catch (problem) {
      begin(problem.name === "AbortError" ? "" : problem.message);
    }
    return undefined;
  }

  function watch(job, waiting = progressCard(job.source)) {
    if (!place.contains(waiting.element)) show(place, waiting.element);
    waiting.oncancel(async () => {
      unfollow();
      await forget(job);
      begin();
    });
    const progress = (now) => {
      if (now.state === "done") return finished(now);
      if (now.state === "failed") {
        forget(now);
        return begin(now.error.message);
      }
      if (now.state === "cancelled") {
        forget(now);
        return begin();
      }
      if (now.state === "queued") return waiting.set(null, t.recording.queued(now.before), "");
      const share = now.total_s ? Math.min(now.done_s / now.total_s, 1) : null;
      return waiting.set(
        share,
        t.recording.looking(clock(now.done_s), now.total_s ? clock(now.total_s) : ""),
        now.left_s === null ? "" : t.recording.left(Math.ceil(now.left_s)),
      );
    };
    progress(job);
    if (!["done", "failed", "cancelled"].includes(job.state))
      unfollow = follow(job.links.events, progress, () => setTimeout(page.start, 1000));
  }

  async function forget(job) {
    settings.job = null;
    await remove(job.links.self).catch(() => {}); // it may be gone already
  }

  async function finished(job, at = 0) {
    leave();
    try {
      const summary = await getJson(`${job.links.summary}?min_group=${settings.minGroup()}`);
      announce(t.recording.done);
      stopPlayer = showResult(place, job, summary, {
        at,
        onagain: (seconds) => finished(job, seconds),
        ondelete: async () => {
          await forget(job);
          begin();
        },
      });
    } catch (problem) {
      begin(problem.message);
    }
  }

  page.take = take;
  page.start = async () => {
    const id = settings.job;
    if (!id) return begin();
    try {
      watch(await getJson(`api/recordings/${encodeURIComponent(id)}`));
    } catch (problem) {
      if (problem.code === "not_found") settings.job = null;
      begin(problem.code === "not_found" ? "" : problem.message);
    }
    return undefined;
  };
  page.start();
  return page;
}

function progressCard(name) {
  const bar = h("progress", { max: "1", "aria-label": t.recording.progress });
  const words = h("span"),
    left = h("span", { class: "muted" });
  let cancel = () => {};
  const element = h(
    "section",
    { class: "card" },
    h("h2", {}, name),
    bar,
    h("p", { class: "row" }, words, left),
    h(
      "div",
      { class: "row end" },
      button(t.cancel, () => cancel()),
    ),
  );
  return {
    element,
    oncancel(then) {
      cancel = then;
    },
    set(share, text, more) {
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      words.textContent = text;
      left.textContent = more;
    },
  };
}
