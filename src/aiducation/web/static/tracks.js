// Each face of a recording over time, as a lane; and which states are shown.
import { chip, colorOf, model, order } from "./looks.js";
import { t } from "./texts.js";
import { clock, h, s, show } from "./ui.js";

/** @typedef {[start: number, end: number, state: State]} Span */

/**
 * [start, end, state] of each span as long as it holds: until the next look, not until its own last one.
 * @param {Span[]} spans
 * @param {number} every
 * @returns {Span[]}
 */
export function stretches(spans, every) {
  return spans.map(([start, end, state], i) => {
    const next = spans[i + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    return [start, next - end <= model.timing.gap * every ? next : end + every, state];
  });
}

/**
 * One button a track; onchoose(track).
 * @param {Api.Summary} summary
 * @param {number} seconds
 * @param {(track: Track) => void} onchoose
 * @param {Record<string, string>} names of tracks
 */
export function trackList(summary, seconds, onchoose, names = {}) {
  const element = h("div", { class: "tracks", role: "group", "aria-label": t.recording.tracks });
  const nobody = h("p", { class: "muted" }, t.recording.noTracks);
  const rows = summary.tracks.map((track) => {
    const name = names[track.track_id];
    const spans = stretches(/** @type {Span[]} */ (track.spans), summary.every_s);
    const end = Math.min(spans.at(-1)?.[1] ?? track.last_s, seconds);
    const times = t.recording.trackTimes(clock(track.first_s), clock(end));
    const parts = spans.map((part) => ({
      rect: rectOf(part, seconds),
      state: part[2],
    }));
    const button = h(
      "button",
      {
        type: "button",
        class: "track",
        "aria-pressed": "false",
        "aria-label": [name, t.recording.trackName(track.track_id, t.states[track.state], times)]
          .filter(Boolean)
          .join(", "),
        onclick: () => onchoose(track),
      },
      h(
        "span",
        { class: "who" },
        chip(track.state),
        h("span", {}, name || `${t.recording.track(track.track_id)}, ${times}`),
      ),
      s(
        "svg",
        { viewBox: "0 0 1000 14", preserveAspectRatio: "none", "aria-hidden": "true" },
        parts.map(({ rect }) => rect),
      ),
    );
    return { track, parts, button };
  });
  show(
    element,
    rows.map(({ button }) => button),
    nobody,
  );
  return {
    element,
    /**
     * Show the tracks that had one of the visible states.
     * @param {(state: State) => boolean} visible
     */
    paint(visible) {
      for (const { parts, button } of rows) {
        button.hidden = !parts.some(({ state }) => visible(state));
        for (const { rect, state } of parts) rect.classList.toggle("off", !visible(state));
      }
      nobody.hidden = rows.some(({ button }) => !button.hidden);
    },
    /**
     * Move the focus to a track; to the first one where it is not there.
     * @param {number | null} id
     */
    focus(id) {
      const row = rows.find(({ track, button }) => track.track_id === id && !button.hidden);
      (row ?? rows[0])?.button.focus({ preventScroll: true });
    },
    /**
     * Mark the track that is held on to.
     * @param {number | null} id
     */
    mark(id) {
      for (const { track, button } of rows) button.setAttribute("aria-pressed", String(track.track_id === id));
    },
  };
}

/**
 * @param {Span} span
 * @param {number} seconds
 */
function rectOf([start, end, state], seconds) {
  /** @param {number} time */
  const x = (time) => (Math.min(time, seconds) / seconds) * 1000;
  const [y, height] = state === "unclear" || state === "withheld" ? [5, 4] : [0, 14];
  return s("rect", {
    class: state === "withheld" && state,
    x: x(start),
    y,
    width: Math.max(3, x(end) - x(start)),
    height,
    fill: colorOf(state),
  });
}

/**
 * A button a state, which puts it into the set of hidden ones or takes it out.
 * @param {Set<State>} hidden
 * @param {string | undefined} view
 * @param {() => void} onchange
 */
export function stateFilter(hidden, view, onchange) {
  return h(
    "div",
    { class: "legend", role: "group", "aria-label": t.recording.filter },
    order(view).map((state) => {
      const flip = () => {
        if (!hidden.delete(state)) hidden.add(state);
        one.setAttribute("aria-pressed", String(!hidden.has(state)));
        onchange();
      };
      const one = h("button", { type: "button", "aria-pressed": "true", onclick: flip }, chip(state), t.states[state]);
      return one;
    }),
  );
}
