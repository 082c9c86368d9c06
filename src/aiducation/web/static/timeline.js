// The group over time: a row an outcome, how many of the faces were given it and its mean probability.

import { percent } from "./language.js";
import { colorOf, model, outcomes, viewNow } from "./looks.js";
import { t } from "./texts.js";
import { stepAt } from "./times.js";
import { clock, h, s, scale } from "./ui.js";

const NARROWEST = 260; // pixels
const PAUSE_S = 10; // without a live picture: even a slow machine gives one sooner

/**
 * What is drawn: times, and for each outcome the share of the faces that were given it and its mean probability.
 * @typedef {{ times: number[], values: Record<Outcome, { counted: (number | null)[], mean: (number | null)[] }> }} Data
 */

/** Distances in pixels, larger where the page is set larger. Names of states are longer in some languages. */
function sizes(/** @type {Outcome[]} */ names) {
  const em = scale();
  const letters = Math.max(...names.map((state) => t.states[state].length));
  return { LEFT: (14 + 7.7 * letters) * em, RIGHT: 46 * em, ROW: 40 * em, GAP: 10 * em, FOOT: 24 * em, LABEL: 62 * em };
}

/**
 * Draw the states over time into an SVG of a width in pixels.
 * data: { times: [...], values: { outcome: { counted, mean } arrays } }, shares of the faces and mean probabilities, null where
 * nothing is shown.
 * @param {Data} data
 * @param {number} wide
 * @param {{
 *   from: number,
 *   to: number,
 *   step?: number, // seconds that a value holds for; without it, until the next one
 *   visible: (state: State) => boolean,
 *   moments?: number[],
 *   changes?: Change[],
 * }} options
 */
function draw(data, wide, { from, to, step, visible, moments = [], changes = [] }) {
  const names = /** @type {Outcome[]} */ (Object.keys(data.values));
  const { LEFT, RIGHT, ROW, GAP, FOOT, LABEL } = sizes(names);
  const high = names.length * (ROW + GAP) + FOOT;
  /** @param {number} time */
  const x = (time) => LEFT + ((time - from) / Math.max(to - from, 1e-6)) * (wide - LEFT - RIGHT);
  const svg = s("svg", { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, "aria-hidden": "true" });
  names.forEach((name, row) => {
    const top = row * (ROW + GAP) + GAP;
    /** @param {number} share */
    const y = (share) => top + ROW - share * ROW;
    const group = s("g", { class: visible(name) ? null : "off" });
    group.append(s("text", { class: "row-name", x: 0, y: top + ROW - 4 }, t.states[name]));
    group.append(s("line", { class: "base", x1: LEFT, x2: wide - RIGHT, y1: y(0), y2: y(0) }));
    group.append(
      s("line", { class: "base", x1: LEFT, x2: wide - RIGHT, y1: y(1), y2: y(1), "stroke-dasharray": "2 4" }),
    );
    group.append(
      s("text", { x: wide - RIGHT + 6, y: y(1) + ROW / 5 }, percent(1)),
      s("text", { x: wide - RIGHT + 6, y: y(0) }, "0"),
    );
    const { counted, mean } = data.values[name];
    for (const [first, last] of runs(mean)) {
      const points = data.times.slice(first, last + 1).map(x);
      if (step) points.push(x(Math.min(data.times[last] + step, to)));
      else if (first === last)
        points.push(points[0] + Math.max(3, x(data.times[1] ?? to) - x(data.times[0] ?? from)) * 0.9);
      /**
       * @param {(number | null)[]} values
       * @param {number} i
       */
      const at = (values, i) => y(values[Math.min(first + i, last)] ?? 0);
      const there = points.map((p, i) => `${p.toFixed(1)},${at(counted, i).toFixed(1)}`);
      const feet = [points[points.length - 1], points[0]].map((p) => `${p.toFixed(1)},${y(0).toFixed(1)}`);
      group.append(s("polygon", { class: "band", fill: colorOf(name), points: [...there, ...feet].join(" ") }));
      group.append(
        s("polyline", {
          class: "mean",
          stroke: colorOf(name),
          points: points.map((p, i) => `${p.toFixed(1)},${at(mean, i).toFixed(1)}`).join(" "),
        }),
      );
    }
    svg.append(group);
  });
  const tick =
    model.timing.ticks_s.find((one) => (to - from) / one <= (wide - LEFT - RIGHT) / LABEL) ??
    model.timing.ticks_s[model.timing.ticks_s.length - 1];
  for (let time = Math.ceil(from / tick) * tick; time <= to; time += tick) {
    svg.append(s("text", { x: x(time), y: high - 6, "text-anchor": "middle" }, clock(time)));
  }
  for (const { from_s: start, to_s: end, certain } of changes) {
    svg.append(
      s("line", { class: certain ? "change" : "change doubtful", x1: x(start), x2: x(start), y1: 2, y2: high - FOOT }),
    );
    if (end !== null)
      svg.append(s("line", { class: certain ? "change" : "change doubtful", x1: x(start), x2: x(end), y1: 3, y2: 3 }));
  }
  for (const time of moments) {
    svg.append(s("path", { class: "moment", d: `M${x(time) - 5} ${high - FOOT + 2}l5 -8l5 8z` }));
  }
  const now = s("line", { class: "now", x1: 0, x2: 0, y1: 2, y2: high - FOOT, visibility: "hidden" });
  svg.append(now);
  return { svg, x, now };
}

/**
 * Do something whenever an element's width changes.
 * @param {HTMLElement} element
 * @param {() => void} then
 */
function onResize(element, then) {
  let before = 0;
  new ResizeObserver(() => {
    if (element.clientWidth === before) return;
    before = element.clientWidth;
    then();
  }).observe(element);
}

/**
 * First and last index of each stretch without null.
 * @param {(number | null)[]} values
 */
export function runs(values) {
  const found = /** @type {[number, number][]} */ ([]);
  values.forEach((value, i) => {
    if (value === null) return;
    const last = found.at(-1);
    if (last && values[i - 1] !== null) last[1] = i;
    else found.push([i, i]);
  });
  return found;
}

/**
 * The timeline of a result's `group`, which the pointer and the arrow keys move through. onseek(seconds).
 * @param {RecordingGroup & { marks?: { time_s: number }[] }} group
 * @param {number} seconds
 * @param {(seconds: number) => void} onseek
 */
export function recordingTimeline(group, seconds, onseek) {
  const line = group.timeline;
  const times = line.start_s.map(Number);
  const data = {
    times,
    values: valuesOf(group.view, (name) => ({
      counted: times.map((_, i) => countedShare(line, name, i)),
      mean: line[name] ?? [],
    })),
  };
  let drawn = /** @type {ReturnType<typeof draw> | null} */ (null),
    shown = /** @type {(state: State) => boolean} */ (() => true),
    wide = NARROWEST,
    moments = (group.marks ?? []).map((m) => m.time_s),
    current = 0;
  const element = h("div", {
    class: "timeline",
    role: "slider",
    tabindex: "0",
    "aria-label": t.recording.timelineLabel,
    "aria-valuemin": "0",
    "aria-valuemax": String(Math.round(seconds)),
  });

  /** @param {(state: State) => boolean} visible */
  function paint(visible) {
    shown = visible;
    wide = Math.max(element.clientWidth, NARROWEST);
    drawn = draw(data, wide, {
      from: 0,
      to: seconds, // also where a step is longer: Python's figures end there, and pointers count so
      step: line.step_s,
      visible,
      moments,
      changes: group.changes,
    });
    element.replaceChildren(drawn.svg);
    move(current);
  }
  /** @param {number} time */
  function move(time) {
    current = Math.min(Math.max(time, 0), seconds);
    drawn?.now.setAttribute("visibility", "visible");
    drawn?.now.setAttribute("transform", `translate(${drawn.x(current)} 0)`);
    element.setAttribute("aria-valuenow", String(Math.round(current)));
    element.setAttribute("aria-valuetext", `${clock(current)}. ${words(current)}`);
  }
  /** @param {number} time */
  function words(time) {
    const at = Math.min(stepAt(time, line.step_s), line.start_s.length - 1);
    const some = outcomes(group.view).filter((name) => typeof line[name]?.[at] === "number");
    /** @param {Outcome} name */
    const faces = (name) => t.group.of(line[`n_${name}`]?.[at] ?? 0, line.faces[at] ?? 0);
    return some.length
      ? some.map((name) => `${t.states[name]} ${faces(name)}, ${percent(line[name]?.[at] ?? null)}`).join("; ")
      : t.group.none;
  }
  /** @param {PointerEvent} event */
  const timeAt = (event) => {
    const { LEFT, RIGHT } = sizes(outcomes(group.view));
    const box = element.getBoundingClientRect();
    return ((event.clientX - box.left - LEFT) / (wide - LEFT - RIGHT)) * seconds;
  };
  /** @param {number} time */
  const seek = (time) => {
    move(time);
    onseek(current);
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    seek(timeAt(event));
  });
  element.addEventListener("pointermove", (event) => event.buttons && seek(timeAt(event)));
  element.addEventListener("keydown", (event) => {
    const step = Math.max(1, seconds / 100);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowRight: current + step,
      ArrowLeft: current - step,
      ArrowUp: current + step,
      ArrowDown: current - step,
      PageUp: current + 10 * step,
      PageDown: current - 10 * step,
      Home: 0,
      End: seconds,
    });
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    seek(to);
  });
  onResize(element, () => paint(shown));
  paint(shown);
  /** @param {{ time_s: number }[]} marks */
  function mark(marks) {
    moments = marks.map((m) => m.time_s);
    paint(shown);
  }
  return { element, paint, move, mark };
}

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((total, n) => total + n, 0);

/**
 * The values of each outcome of a view.
 * @param {string} view
 * @param {(name: Outcome) => Data["values"][Outcome]} of
 */
const valuesOf = (view, of) =>
  /** @type {Data["values"]} */ (Object.fromEntries(outcomes(view).map((name) => [name, of(name)])));

/**
 * Share of the faces of a step that were given a state; null where nothing is shown.
 * @param {RecordingGroup["timeline"]} line
 * @param {Outcome} name
 * @param {number} i
 */
function countedShare(line, name, i) {
  const n = line[`n_${name}`]?.[i];
  return typeof n !== "number" ? null : n / Math.max(line.faces[i] ?? 0, 1e-9);
}

/**
 * The last minutes of a live session; add(time, group) as they come.
 * @param {number} seconds
 */
export function liveTimeline(seconds) {
  const times = /** @type {number[]} */ ([]),
    rows = /** @type {(Group | null)[]} */ ([]),
    marks = /** @type {number[]} */ ([]);
  let now = 0,
    view = viewNow();
  const element = h("div", { class: "timeline still", role: "img", "aria-label": t.live.timelineLabel });
  /**
   * @param {number} time
   * @param {Group} group
   */
  function add(time, group) {
    const last = times.at(-1);
    if (last !== undefined && time - last > PAUSE_S) {
      times.push(last); // nobody looked meanwhile, and nothing is drawn there
      rows.push(null);
    }
    times.push(time);
    rows.push(group.withheld ? null : group);
    view = group.view ?? view; // a class has the server's, whatever is chosen on this page
    while (times.length && times[0] < time - seconds) {
      times.shift();
      rows.shift();
    }
    paint(time);
  }
  /** @param {number} time */
  function paint(time) {
    now = time;
    const values = valuesOf(view, (name) => ({
      counted: rows.map((group) =>
        group?.counts ? (group.counts[name] ?? 0) / Math.max(sum(group.counts), 1e-9) : null,
      ),
      mean: rows.map((group) => group?.shares?.[name]?.share ?? null),
    }));
    const span = Math.min(Math.max(now, 60), seconds),
      from = Math.max(0, now - seconds);
    element.replaceChildren(
      draw({ times, values }, Math.max(element.clientWidth, NARROWEST), {
        from,
        to: from + span,
        visible: () => true,
        moments: marks.filter((m) => m >= from),
      }).svg,
    );
  }
  onResize(element, () => paint(now));
  paint(0);
  return { element, add, mark: (/** @type {number} */ time) => marks.push(time) };
}
