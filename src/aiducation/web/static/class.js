// A class, as its teacher sees it: students join with a code, their pages send numbers, and this page shows the group.
import { getJson, postJson } from "./api.js";
import { groupNow } from "./group.js";
import { settings } from "./settings.js";
import { showSummary } from "./summary.js";
import { t } from "./texts.js";
import { liveTimeline } from "./timeline.js";
import { alertOf, announce, button, card, change, h, onceButton, show } from "./ui.js";

const SHOWN_S = 300; // seconds of the moving timeline
const EVERY_MS = 1000,
  SLOW_MS = 10_000; // after which a question without an answer is said: what is shown is of then

/** @param {string} id */
const classAt = (id) => `api/class/${encodeURIComponent(id)}`;

export function classPage() {
  const place = h("div");
  let passed = /** @type {string | null} */ (null); // the class that did not answer, beside which another one is opened
  /** @param {string} message */
  function begin(message = "") {
    const box = h("input", {
      type: "checkbox",
      onchange: () => {
        open.disabled = !box.checked;
      },
    });
    const open = onceButton(t.room.open, start, "main");
    open.disabled = true;
    change(
      place,
      message && alertOf(message),
      h(
        "div",
        { class: "two" },
        card(
          t.room.before,
          h(
            "ul",
            {},
            t.room.list.map((words) => h("li", {}, words)),
          ),
        ),
        card(
          t.room.consent,
          h("div", { class: "notice" }, h("p", {}, t.legal)),
          h("p", {}, h("label", { class: "switch agree" }, box, h("span", {}, t.room.agree))),
          h("div", { class: "row" }, open),
        ),
      ),
    );
  }

  async function start() {
    const there = settings.class;
    if (there && there !== passed) return goOn(there); // another tab has opened it meanwhile
    try {
      const made = /** @type {Api.ClassNow} */ (await postJson("api/class", { agreed: true }));
      settings.keepClass(made.session);
      run(place, made, finished);
    } catch (problem) {
      begin(problem.message);
    }
  }

  /**
   * What the server keeps of a class is offered until it is deleted, also after a reload.
   * @param {string} id
   */
  async function finished(id) {
    announce(t.room.ended);
    try {
      showSummary(
        place,
        /** @type {Api.LiveSession} */ (await getJson(`api/live/${encodeURIComponent(id)}`)),
        [],
        look,
        true,
      );
    } catch (problem) {
      if (problem.code !== "not_found") return later(id, problem.message, () => finished(id));
      settings.endClass(id);
      begin(problem.message);
    }
  }

  /** The class that this browser has opened; one that another tab opened at the same moment comes after it. */
  function look() {
    if (settings.class) goOn(settings.class);
    else begin();
  }

  /**
   * The server has the class, only it does not answer now; whoever opens another one comes back to it afterwards.
   * @param {string} id
   * @param {string} words
   * @param {() => void} again
   */
  function later(id, words, again) {
    const pass = () => {
      passed = id;
      begin();
    };
    change(place, alertOf(words), h("div", { class: "row" }, onceButton(t.again, again), button(t.room.open, pass)));
  }

  /**
   * A class that was open when the page was left goes on.
   * @param {string} id
   */
  async function goOn(id) {
    try {
      const now = /** @type {Api.ClassNow} */ (await getJson(classAt(id)));
      if (now.open) run(place, now, finished);
      else finished(id);
    } catch (problem) {
      if (problem.code !== "not_found") return later(id, problem.message, () => goOn(id));
      settings.endClass(id);
      look();
    }
  }

  look();
  const head = h("div", { class: "page-head" }, h("h1", {}, t.room.title), h("p", {}, t.room.lead));
  return { element: h("div", {}, head, place) }; // leaving the page loses nothing: the class goes on
}

/**
 * Show a class until it ends.
 * @param {HTMLElement} place
 * @param {Api.ClassNow} first
 * @param {(id: string) => void} onended
 */
function run(place, first, onended) {
  const { session, code } = first;
  const address = new URL("join/", location.href);
  address.hash = "";
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(address.hostname);
  const people = h("p", { class: "people", role: "status" }),
    group = groupNow(null),
    notice = h("div"), // why no answer came
    refused = h("div"), // why the class could not be ended, until it is tried again
    line = liveTimeline(SHOWN_S);
  let over = false,
    ending = false,
    said = "",
    before_s = -1;

  change(
    place,
    h("h2", { class: "visually-hidden" }, t.room.running),
    notice,
    refused,
    h(
      "div",
      { class: "split" },
      card(
        t.room.code,
        h("p", { class: "room-code" }, code),
        h("p", { class: "room-address" }, t.room.where(address.href)),
        address.protocol !== "https:" && h("p", { class: "muted small" }, local ? t.room.alone : t.room.insecure),
        people,
        h("div", { class: "row" }, button(t.room.end, end, "main")),
      ),
      h("div", { class: "side" }, card(t.group.titleNow, group.element)),
      card(t.live.lastMinutes(SHOWN_S / 60), line.element),
    ),
  );

  /** @param {Api.ClassNow} now */
  function saw(now) {
    tell("");
    const words = t.room.people(now.people);
    if (people.textContent !== words) people.textContent = words;
    const seen = /** @type {Group} */ (now.group);
    if (now.people) group.paint(seen);
    else group.say(h("p", { class: "muted" }, t.room.nobody(seen.min_group)));
    if (now.time_s > before_s) line.add(now.time_s, seen);
    before_s = now.time_s;
  }

  /**
   * Why nothing new comes, said once: screen readers read it aloud each time it is put there.
   * @param {string} words
   */
  function tell(words) {
    if (words === said) return;
    said = words;
    show(notice, words && alertOf(words));
  }

  async function ask() {
    if (over) return;
    const slow = setTimeout(() => !over && tell(t.room.lost), SLOW_MS);
    try {
      const now = /** @type {Api.ClassNow} */ (await getJson(classAt(session)));
      if (over) return;
      if (!now.open) return finish();
      saw(now);
    } catch (problem) {
      if (over) return;
      if (problem.code === "not_found") return finish();
      tell(problem.code === "unreachable" ? t.room.lost : problem.message);
    } finally {
      clearTimeout(slow);
    }
    setTimeout(ask, EVERY_MS);
  }

  async function end() {
    if (ending) return;
    ending = true;
    show(refused);
    try {
      await postJson(`${classAt(session)}/end`, {});
      finish();
    } catch (problem) {
      ending = false;
      show(refused, alertOf(problem.message));
    }
  }

  function finish() {
    if (over) return;
    over = true;
    onended(session);
  }

  saw(first);
  setTimeout(ask, EVERY_MS);
}
