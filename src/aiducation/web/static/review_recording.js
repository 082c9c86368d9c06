// The result of a recording, to be corrected: player, tools, timeline, tracks, the list of changes, and files.
import { agreedOf, isLost, keepNames, missingIn, namesOf, onOtherTab, without } from "./annotations.js";
import { getJson, getRecording, Problem, send } from "./api.js";
import { dialectToggle } from "./dialect.js";
import { downloadLinks } from "./downloads.js";
import { editList } from "./edit_list.js";
import { editTools } from "./edit_tools.js";
import { groupShares } from "./group.js";
import { readAnnotations, saveAnnotations } from "./label_files.js";
import { player } from "./player.js";
import { peopleOf } from "./result.js";
import { settings } from "./settings.js";
import { sharedEdits } from "./shared_edits.js";
import { fewSwitch } from "./small_groups.js";
import { isWriting } from "./state_buttons.js";
import { t } from "./texts.js";
import { recordingTimeline } from "./timeline.js";
import { lengthOf } from "./times.js";
import { stateFilter, trackList } from "./tracks.js";
import { alertOf, announce, button, card, change, download, h, inTurn, noticeOf, show, toggle } from "./ui.js";

/** @typedef {import("./annotations.js").Entry} Entry */

/**
 * Show a recording in `place`, unless another one was chosen meanwhile; gives a function that stops it. onchange() after each
 * change.
 * @param {HTMLElement} place
 * @param {string} id
 * @param {{ onchange: () => void, isCurrent: () => boolean }} options
 */
export async function reviewRecording(place, id, { onchange, isCurrent }) {
  const job = await getRecording(id);
  if (job.state !== "done") throw new Problem("not_ready", t.review.notReady);
  const { links } = job;
  const source = job.source;
  const shared = sharedEdits(links.self, id);
  await shared.open();
  let entries = shared.list();
  let summary = await summaryOf(false);
  if (!isCurrent()) return () => {};
  let open = false;
  let withNames = false;
  let shownEdits = JSON.stringify(entries); // which the summary has
  let shownNames = JSON.stringify(namesOf(id));
  let listed = ""; // the tracks that are listed

  /** @param {boolean} few */
  async function summaryOf(few) {
    return /** @type {Api.Summary} */ (await getJson(`${links.summary}?min_group=${settings.minGroup(few)}`));
  }

  const seconds = Math.max(summary.times_s.at(-1) ?? 0, job.total_s ?? 0, 1);
  const hidden = /** @type {Set<State>} */ (new Set());
  const visible = (/** @type {State} */ state) => !hidden.has(state);
  const ownName = (/** @type {number} */ track) => namesOf(id)[track] ?? "";
  const nameOf = (/** @type {number} */ track) => t.review.who(track, ownName(track));

  const soon = inTurn();
  const tabs = new BroadcastChannel(`aiducation ${id}`);
  tabs.onmessage = () => withNames && soon(tellNames); // another tab, which wants none, took all back
  const notice = h("div", { "aria-live": "polite" });
  const notes = h("div");
  const [linePlace, trackPlace, groupPlace] = [h("div"), h("div"), h("div")];
  let line = /** @type {ReturnType<typeof recordingTimeline> | null} */ (null),
    tracks = /** @type {ReturnType<typeof trackList> | null} */ (null),
    chosen = /** @type {number | null} */ (null);

  const tools = editTools(source, { key: id, onedit: add, onname: rename, nameOf, ownName });
  const view = player(job, summary, {
    seconds,
    visible,
    onmove: (time) => {
      line?.move(time);
      tools.move(time);
    },
    onchoose: (track) => {
      chosen = track;
      tracks?.mark(track);
      tools.choose(track);
    },
  });
  const filter = stateFilter(hidden, summary.group.view, () => {
    line?.paint(visible);
    tracks?.paint(visible);
    view.paint();
  });
  const list = editList({
    nameOf,
    onremove: (entry) => apply(without(shared.list(), entry), t.review.undone),
    onclear: () => apply([], t.review.undone),
  });
  const files = downloadLinks(job, (name) => ({
    min_group: String(settings.minGroup(open)),
    ...(withNames && name === "report" && { names: "true" }),
  }));
  const namesSwitch = toggle(t.review.withNames, false, async (on) => {
    withNames = on;
    await soon(tellNames);
    files.address();
  });
  const complain = (/** @type {string} */ words) => show(notice, alertOf(words));

  /** @param {Entry} entry */
  function add(entry) {
    apply([...shared.list(), entry], t.review.done); // another tab may have changed them, too
  }

  /**
   * Put other edits in the place of those that there are.
   * @param {Entry[]} wanted
   * @param {string} said
   */
  async function apply(wanted, said) {
    entries = wanted;
    shared.change(entries);
    list.paint(entries);
    await soon(() => tell(said));
  }

  /**
   * Tell the server the edits that there are now, and show what comes of them.
   * @param {string} said
   */
  async function tell(said) {
    try {
      const told = await shared.tell();
      entries = shared.list();
      summary = await summaryOf(open);
      shownEdits = JSON.stringify(entries);
      show(
        notice,
        isLost() && alertOf(t.review.lost),
        told.others && h("p", { class: "muted" }, t.review.others),
        told.notes.map((words) => h("p", { class: "muted" }, words)),
      );
      announce(said);
    } catch (problem) {
      complain(problem.message);
    }
    paint();
    view.update(summary);
    onchange();
  }

  /** Another tab has changed edits or names: they are shown here, too, and the result as soon as the server knows of them. */
  async function follow() {
    const [edits, names] = [shared.list(), namesOf(id)].map((one) => JSON.stringify(one));
    const renamed = names !== shownNames;
    shownNames = names;
    if (renamed && withNames) soon(tellNames);
    if (edits !== shownEdits && !agreedOf(id)?.waiting) await soon(again);
    else if (renamed || edits !== JSON.stringify(entries)) {
      entries = shared.list();
      paint();
    }
  }

  /** Show what the server has now. */
  async function again() {
    try {
      await shared.open();
      entries = shared.list();
      summary = await summaryOf(open);
      shownEdits = JSON.stringify(entries);
    } catch (problem) {
      complain(problem.message);
    }
    paint();
    view.update(summary);
    onchange();
  }

  /**
   * @param {number} track
   * @param {string} name
   */
  async function rename(track, name) {
    const { [track]: _, ...others } = namesOf(id);
    keepNames(id, name ? { ...others, [track]: name } : others);
    if (withNames) await soon(tellNames);
    paint();
  }

  /** The server knows names only while a report with names is wanted, in whichever tab. */
  async function tellNames() {
    const names = withNames ? namesOf(id) : {};
    try {
      await send(`${links.self}/names`, { names_version: 1, source, names }, "PUT");
      if (!withNames) tabs.postMessage("names were taken back");
    } catch (problem) {
      complain(problem.message);
    }
  }

  /**
   * Show the states of few people, or not; where the server does not answer, the switch goes back.
   * @param {boolean} on
   */
  async function reveal(on) {
    try {
      summary = await summaryOf(on);
      open = on;
      files.address();
    } catch (problem) {
      complain(problem.message);
    }
    paint();
    view.update(summary);
  }

  function paint() {
    const group = /** @type {RecordingGroup} */ (summary.group);
    const marks = entries.filter(({ kind }) => kind === "event").map(({ from_s: at }) => ({ time_s: at ?? 0 }));
    line = recordingTimeline({ ...group, marks }, seconds, view.seek);
    const inLine = linePlace.contains(document.activeElement);
    show(linePlace, line.element);
    line.paint(visible);
    line.move(view.time());
    if (inLine) line.element.focus({ preventScroll: true }); // whoever works there goes on there
    paintTracks();
    tools.update(summary);
    tools.choose(chosen);
    list.paint(entries);
    show(
      groupPlace,
      groupShares(summary.group, { looks: summary.times_s.length }),
      fewSwitch(summary.group, peopleOf(summary), open, (on) => soon(() => reveal(on))),
    );
    show(notes, noticeOf(summary.notes));
    namesSwitch.hidden = namesButton.hidden = !Object.keys(namesOf(id)).length;
  }

  /** Buttons of tracks that say the same stay: somebody may be pressing one. */
  function paintTracks() {
    const now = JSON.stringify([summary.tracks, namesOf(id)]);
    const another = now !== listed;
    listed = now;
    const inside = trackPlace.contains(document.activeElement);
    if (another) {
      tracks = trackList(summary, seconds, view.choose, namesOf(id));
      show(trackPlace, tracks.element);
    }
    tracks?.paint(visible);
    tracks?.mark(chosen);
    if (another && inside) tracks?.focus(chosen);
  }

  const namesButton = button(t.review.namesFile, () =>
    download(
      new Blob([JSON.stringify({ names_version: 1, source, names: namesOf(id) }, null, 2)], {
        type: "application/json",
      }),
      `${source}.names.json`,
    ),
  );
  const whole = h(
    "section",
    { class: "review", "aria-label": source },
    h(
      "div",
      { class: "row" },
      h("h2", {}, source),
      h(
        "span",
        { class: "muted" },
        t.recording.looked(lengthOf(job.total_s ?? seconds), summary.times_s.length, summary.every_s),
      ),
    ),
    notes,
    notice,
    h(
      "div",
      { class: "split" },
      h("div", {}, view.element, card(t.recording.overTime, linePlace, filter)),
      h("div", { class: "side" }, tools.element, card(t.review.list, list.element)),
      card(t.recording.tracks, trackPlace),
    ),
    h(
      "div",
      { class: "two" },
      card(t.group.titleTime, groupPlace),
      card(
        t.review.save,
        files.element,
        dialectToggle(files.address),
        namesSwitch,
        job.links.video && h("p", { class: "muted small" }, t.review.video),
        h("h3", {}, t.review.files),
        saveAnnotations({
          entries: () => entries,
          id,
          name: () => `${source} ${t.review.fileName}`,
          onproblem: complain,
          recordings: true,
        }),
        h(
          "div",
          { class: "row" },
          readAnnotations({
            source,
            onread: async (read, said) => {
              const before = shared.list();
              await apply([...before, ...missingIn(read, before)], t.label.read(read.length));
              notice.append(...said.map((words) => h("p", { class: "muted" }, words)));
            },
            onproblem: complain,
          }),
          namesButton,
        ),
      ),
    ),
  );
  whole.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !isWriting(event)) {
      event.preventDefault();
      if (!event.repeat) list.undo();
    } else tools.onKey(event);
  });
  change(place, whole);
  paint();
  if (Object.keys(namesOf(id)).length) soon(tellNames); // a reload may have left them there, and the switch is off again
  view.seek(0);
  const unfollow = onOtherTab(follow);
  follow(); // what was changed before
  return () => {
    unfollow();
    tabs.close();
    view.stop();
  };
}
