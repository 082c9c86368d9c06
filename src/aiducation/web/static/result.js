// The result of a recording: player and timeline in step, the group, what changed, downloads, tracks.
import { compareCard } from "./compare.js";
import { dialectToggle } from "./dialect.js";
import { downloadLinks } from "./downloads.js";
import { groupShares } from "./group.js";
import { chip, model } from "./looks.js";
import { offers } from "./offers.js";
import { player } from "./player.js";
import { settings } from "./settings.js";
import { fewSwitch } from "./small_groups.js";
import { t } from "./texts.js";
import { recordingTimeline } from "./timeline.js";
import { lengthOf } from "./times.js";
import { stateFilter, trackList } from "./tracks.js";
import { button, card, change, clock, h, noticeOf, onceButton } from "./ui.js";

/**
 * Show it all; gives a function that stops it. `open`: the states of few people are shown; onagain(seconds, open) asks for that;
 * ondelete() forgets it, onreview() goes where it can be changed.
 * @param {HTMLElement} place
 * @param {Api.Job} job
 * @param {Api.Summary} summary
 * @param {{
 *   at: number,
 *   open: boolean,
 *   onagain: (seconds: number, open: boolean) => void,
 *   ondelete: () => void,
 *   onreview: () => void,
 *   notice?: HTMLElement,
 * }} options
 */
export function showResult(place, job, summary, { at, open, onagain, ondelete, onreview, notice }) {
  const seconds = Math.max(summary.times_s.at(-1) ?? 0, job.total_s ?? 0, 1);
  const hidden = /** @type {Set<State>} */ (new Set());
  /** @param {State} state */
  const visible = (state) => !hidden.has(state);
  const show = player(job, summary, {
    seconds,
    visible,
    onmove: (time) => line.move(time),
    onchoose: (id) => tracks.mark(id),
  });
  const group = /** @type {RecordingGroup} */ (summary.group);
  const line = recordingTimeline(group, seconds, show.seek);
  const tracks = trackList(summary, seconds, show.choose);
  const filter = stateFilter(hidden, summary.group.view, () => {
    line.paint(visible);
    tracks.paint(visible);
    show.paint();
  });

  const files = downloadLinks(job, () => ({ min_group: String(summary.group.min_group) }));

  change(
    place,
    h(
      "section",
      { class: "row", "aria-label": t.recording.about },
      h("h2", {}, summary.source),
      h(
        "span",
        { class: "muted" },
        t.recording.looked(lengthOf(job.total_s ?? seconds), summary.times_s.length, summary.every_s),
      ),
    ),
    notice,
    noticeOf(summary.notes),
    h(
      "div",
      { class: "split" },
      h(
        "div",
        {},
        show.element,
        card(
          t.recording.overTime,
          line.element,
          filter,
          h("p", { class: "muted small" }, t.recording.timelineHint(group.changes)),
        ),
      ),
      h(
        "div",
        { class: "side" },
        card(
          t.group.titleTime,
          groupShares(summary.group, { looks: summary.times_s.length }),
          fewSwitch(summary.group, peopleOf(summary), open, (on) => onagain(show.time(), on)),
        ),
        card(t.recording.changes, changeList(group, show.seek)),
        card(
          t.save.title,
          files.element,
          dialectToggle(files.address),
          open && job.links.video && job.min_group > 1 && h("p", { class: "muted small" }, t.few.video),
          h("p", { class: "muted small" }, t.recording.kept(model)),
          h(
            "div",
            { class: "row" },
            offers.server && button(t.review.open, onreview),
            onceButton(t.recording.remove, ondelete, "danger"),
          ),
        ),
        show.card,
      ),
      card(t.recording.tracks, h("p", { class: "muted small" }, t.recording.tracksHint), tracks.element),
      offers.server && compareCard(job.id, settings.recordings(), () => summary.group.min_group),
    ),
  );
  tracks.paint(visible);
  show.seek(at);
  return show.stop;
}

/**
 * People at a time in a recording.
 * @param {Api.Summary} summary
 */
export const peopleOf = ({ group, times_s: times }) => Math.max(1, Math.round(group.found / Math.max(times.length, 1)));

/**
 * What changed and how sure that is, as buttons that go there; onseek(seconds). Where changes of expressions were not looked
 * for, it does not say that none was seen.
 * @param {Pick<RecordingGroup, "changes" | "conclusion" | "untested">} group
 * @param {(seconds: number) => void} [onseek]
 */
export function changeList({ changes, conclusion, untested }, onseek) {
  /** @param {Change} m */
  const words = (m) => [
    h("b", {}, t.recording.changeTime(clock(m.from_s), m.to_s === null ? null : clock(m.to_s))),
    m.outcome && chip(m.outcome),
    h("span", {}, h("b", {}, m.words), m.size && h("small", {}, m.size), h("small", { class: "muted" }, m.sure)),
  ];
  return [
    changes.length > 0 &&
      h(
        "ul",
        { class: "moments changes" },
        changes.map((m) => h("li", {}, onseek ? button(words(m), () => onseek(m.from_s)) : words(m))),
      ),
    !changes.length && !untested && h("p", {}, t.recording.noChanges),
    h("p", {}, conclusion),
    !untested && h("p", { class: "muted small" }, t.recording.changesExplain),
  ];
}
