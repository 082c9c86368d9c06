// What can be changed in the result of a recording: the states of a track, which tracks are one person, spans, events.
import { editsOf, madeNow, round } from "./annotations.js";
import { labelOfKey, stateButtons } from "./state_buttons.js";
import { t } from "./texts.js";
import { secondsOf, timeField, writtenTime } from "./times.js";
import { stretches } from "./tracks.js";
import { alertOf, arriveAt, button, card, h, show } from "./ui.js";

/** @typedef {import("./annotations.js").Entry} Entry */

/**
 * The tools; choose(track), move(time) and update(summary) keep them in step with the player.
 * @param {string} source
 * @param {{
 *   key: string,
 *   onedit: (entry: Entry) => void,
 *   onname: (track: number, name: string) => void,
 *   nameOf: (track: number) => string,
 *   ownName: (track: number) => string,
 * }} options
 */
export function editTools(source, { key, onedit, onname, nameOf, ownName }) {
  let summary = /** @type {Api.Summary | null} */ (null),
    track = /** @type {Track | null} */ (null),
    filled = /** @type {number | null} */ (null), // the track whose span and name were put into the fields
    highestSeen = 0,
    given = "", // the name that was put there, or that another tab has given since
    now = 0;

  const notice = h("div");
  const heading = h("h3", { class: "who-now" });
  const hint = h("p", { class: "muted" }, t.review.everybody);
  const [from, to] = [timeField(t.review.from), timeField(t.review.to)];
  const name = h("input", { type: "text", maxlength: "100", autocomplete: "off", onchange: rename });
  const others = h("select", { "aria-label": t.review.merge });
  const merging = h(
    "div",
    { class: "row" },
    h("label", { class: "field" }, t.review.merge, others),
    button(t.review.mergeButton, merge),
  );
  const ofTrack = h(
    "div",
    { hidden: true },
    h("div", { class: "row" }, from.element, to.element),
    h(
      "div",
      { class: "row spans" },
      button(t.review.spanOf.stretch, () => setSpan(stretchNow()), "plain"),
      button(t.review.spanOf.here, () => setSpan([now, null]), "plain"),
      button(t.review.spanOf.whole, () => setSpan([null, null]), "plain"),
    ),
    h("p", { class: "small" }, t.review.state),
    stateButtons(t.review.state, say),
    h("label", { class: "field wide" }, t.review.name, name),
    h("p", { class: "muted small" }, t.review.nameHint),
    merging,
    h(
      "div",
      { class: "row" },
      button(t.review.splitButton, split),
      button(t.review.hideTrack, () => edit({ kind: "hide" })),
    ),
  );
  let exact = /** @type {[number | null, number | null]} */ ([null, null]); // what the fields say to a tenth of a second
  const [start, end] = [timeField(t.review.from), timeField(t.review.to)];
  const reason = h("input", {
    type: "text",
    maxlength: "400",
    placeholder: t.review.reason,
    "aria-label": t.review.reasonLabel,
  });
  const note = h("input", {
    type: "text",
    maxlength: "400",
    placeholder: t.review.eventNote,
    "aria-label": t.review.eventLabel,
    onkeydown: (event) => event.key === "Enter" && !event.repeat && mark(),
  });
  const clockWords = h("p", { class: "muted small" });
  const element = h(
    "div",
    {},
    card(t.review.correct, notice, hint, heading, ofTrack, h("p", { class: "muted small keys" }, t.review.keys)),
    card(
      t.review.time,
      clockWords,
      h("div", { class: "row" }, note, button(t.review.event, mark)),
      h("div", { class: "row" }, start.element, end.element),
      h("div", { class: "row" }, reason, button(t.review.exclude, exclude)),
    ),
  );

  /** @param {string} words */
  const complain = (words) => show(notice, alertOf(words));

  /**
   * The span of one state in which the player is; or the first one.
   * @returns {[number | null, number | null]}
   */
  function stretchNow() {
    if (!track || !summary) return [null, null];
    const parts = stretches(/** @type {import("./tracks.js").Span[]} */ (track.spans), summary.every_s);
    const part = parts.findLast(([begin]) => begin <= now + 0.02) ?? parts[0];
    return part ? [part[0], part[1]] : [null, null];
  }

  /** @param {[number | null, number | null]} span */
  function setSpan([first, last]) {
    exact = [first, last];
    from.input.value = first === null ? "" : writtenTime(first);
    to.input.value = last === null ? "" : writtenTime(last);
  }

  /**
   * The span that two fields hold; nothing where one is no time, or the end comes first. `known` are the times that were written into
   * them: unless somebody writes others, they count to the last digit, or a picture at their edge would not belong to the span.
   * @param {HTMLInputElement} first
   * @param {HTMLInputElement} last
   * @param {[number | null, number | null]} known
   */
  function spanOf(first, last, known = [null, null]) {
    const [begin, stop] = [first, last].map(({ value }, i) => {
      const time = known[i];
      return time !== null && value === writtenTime(time) ? round(time) : secondsOf(value);
    });
    if (begin === undefined || stop === undefined || (stop !== null && stop <= (begin ?? 0))) {
      complain(t.review.needSpan);
      first.focus();
      return null;
    }
    if (begin === null && stop === null) return {};
    const length = Math.max(summary?.times_s.at(-1) ?? 0, begin ?? 0) + (summary?.every_s ?? 1);
    return { from_s: begin ?? 0, to_s: stop ?? length };
  }

  /** @param {string} label */
  function say(label) {
    const span = spanOf(from.input, to.input, exact);
    if (span) edit({ kind: "state", state: /** @type {any} */ (label), ...span, answer_shown: true });
  }
  function merge() {
    if (others.value) edit({ kind: "merge", into: Number(others.value) });
  }
  function split() {
    edit({ kind: "split", into: highest() + 1, from_s: now });
  }

  /** The highest number of a track, also of those that an edit has hidden or merged, or that no answer has brought yet. */
  function highest() {
    const edited = editsOf(key).flatMap(({ track_id: id, into }) => [id ?? 0, into ?? 0]);
    highestSeen = Math.max(highestSeen, ...edited);
    return highestSeen;
  }
  function rename() {
    if (track) onname(track.track_id, name.value.trim());
  }
  function mark() {
    if (!note.value.trim()) {
      complain(t.review.needNote);
      note.focus();
      return;
    }
    onedit({ kind: "event", ...madeNow(source), from_s: now, note: note.value.trim() });
    note.value = "";
  }
  function exclude() {
    const span = spanOf(start.input, end.input);
    if (!span) return;
    if (!span.to_s) {
      complain(t.review.needSpan);
      start.input.focus();
      return;
    }
    onedit({ kind: "exclude", ...madeNow(source), ...span, ...(reason.value.trim() && { note: reason.value.trim() }) });
    for (const field of [start.input, end.input, reason]) field.value = "";
  }

  /** @param {Pick<Entry, "kind"> & Partial<Entry>} what */
  function edit(what) {
    if (!track) return;
    show(notice);
    onedit({ ...madeNow(source), track_id: track.track_id, ...what });
  }

  /**
   * Show the tools of a track. What somebody has entered stays until another one is chosen, whatever is painted meanwhile.
   * @param {number | null} id
   */
  function choose(id) {
    track = summary?.tracks.find((one) => one.track_id === id) ?? null;
    if (!track && ofTrack.contains(document.activeElement)) arriveAt(element.querySelector("h2"));
    hint.hidden = Boolean(track);
    heading.hidden = ofTrack.hidden = !track;
    const another = filled !== (track?.track_id ?? null);
    filled = track?.track_id ?? null;
    if (!track || !summary) return;
    heading.textContent = nameOf(track.track_id);
    const own = ownName(track.track_id);
    if (another || name.value === given) name.value = own;
    given = own;
    if (another) setSpan(stretchNow());
    const rest = summary.tracks.filter((one) => one !== track);
    const other = rest.find((one) => String(one.track_id) === others.value);
    show(
      others,
      rest.map((one) => h("option", { value: String(one.track_id) }, nameOf(one.track_id))),
    );
    if (other && !another) others.value = String(other.track_id);
    merging.hidden = !rest.length;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const label = labelOfKey(event);
    if (!label || !track || event.repeat) return;
    event.preventDefault();
    say(label);
  }
  return {
    element,
    choose,
    onKey,
    /** @param {number} time */
    move(time) {
      now = round(time);
      clockWords.textContent = t.review.nowAt(writtenTime(now));
    },
    /** @param {Api.Summary} changed */
    update(changed) {
      summary = changed;
      highestSeen = Math.max(highestSeen, ...changed.tracks.map(({ track_id: id }) => id));
      choose(track?.track_id ?? null);
    },
  };
}
