// Two recordings in one figure: the share of each state over time in both, and how far they differ.
import { getJson } from "./api.js";
import { percent, points } from "./language.js";
import { chip, colorOf, model } from "./looks.js";
import { t } from "./texts.js";
import { alertOf, button, card, clock, h, s, show, tableWith } from "./ui.js";

const WIDE = 640,
  ROW = 74,
  GAP = 22,
  LEFT = 6,
  RIGHT = 58,
  FOOT = 24;

/**
 * The card of a recording; nothing where there is no other one to compare it with.
 * @param {string} id
 * @param {{ id: string, name: string }[]} known
 * @param {() => number} minGroup
 */
export function compareCard(id, known, minGroup) {
  const others = known.filter((one) => one.id !== id);
  if (!others.length) return null;
  const place = h("div", { class: "below", "aria-live": "polite" });
  const choice = h(
    "select",
    {},
    others.map((one) => h("option", { value: one.id }, one.name)),
  );
  let turn = 0; // of several questions the last one counts, whenever it is answered
  const compare = async () => {
    turn += 1;
    const mine = turn;
    const asked = new URLSearchParams({ first: id, second: choice.value, min_group: String(minGroup()) });
    try {
      const found = /** @type {Api.Comparison} */ (await getJson(`api/comparison?${asked}`));
      if (mine === turn) show(place, resultOf(found));
    } catch (problem) {
      if (mine === turn) show(place, alertOf(problem.message));
    }
  };
  return card(
    t.compare.title,
    h("p", { class: "muted small" }, t.compare.lead),
    h(
      "div",
      { class: "row" },
      h("label", { class: "field" }, t.compare.other, choice),
      button(t.compare.begin, compare),
    ),
    place,
  );
}

/** @param {Api.Comparison} found */
function resultOf(found) {
  const { first, second } = found;
  return [
    h("p", {}, h("b", {}, found.headline)),
    h(
      "ul",
      { class: "compared" },
      [first, second].map(({ label, people }, i) =>
        h("li", { class: i ? "dashed" : "solid" }, t.compare.legend(label, people)),
      ),
    ),
    h("div", { class: "chart wide", role: "img", "aria-label": t.compare.figure }, figure(found)),
    tableOf(found),
    found.notes.map((note) => h("p", { class: "muted small" }, note)),
    h("p", { class: "muted small" }, t.compare.hint),
  ];
}

/** @param {Api.Comparison} found */
function figure({ first, second, step_s: step }) {
  const names = model.outcomes;
  const steps = Math.max(first.shares[names[0]].length, second.shares[names[0]].length);
  const high = names.length * (ROW + GAP) + FOOT;
  const svg = s("svg", { viewBox: `0 0 ${WIDE} ${high}`, "aria-hidden": "true" });
  const highest = Math.max(
    ...[first, second].flatMap(({ high }) =>
      Object.values(high)
        .flat()
        .map((share) => share ?? 0),
    ),
  );
  const most = Math.min(1, Math.max(0.2, Math.ceil(5 * highest) / 5)); // the share at the upper line of each row
  const x = (/** @type {number} */ i) => LEFT + ((i + 0.5) / Math.max(steps, 1)) * (WIDE - LEFT - RIGHT);
  names.forEach((name, row) => {
    const top = row * (ROW + GAP) + GAP;
    const y = (/** @type {number} */ share) => top + ROW - (share / most) * ROW;
    svg.append(
      s("text", { class: "row-name", x: LEFT, y: top - 6 }, t.states[/** @type {State} */ (name)]),
      ...[0, most].map((share) => s("line", { class: "base", x1: LEFT, x2: WIDE - RIGHT, y1: y(share), y2: y(share) })),
      s("text", { x: WIDE - RIGHT + 6, y: y(most) + 10 }, percent(most)),
      s("text", { x: WIDE - RIGHT + 6, y: y(0) }, "0"),
    );
    for (const [i, side] of [first, second].entries()) {
      const parts = runsOf(side.shares[name]);
      for (const part of parts) {
        const edge = (/** @type {(number | null)[]} */ values) =>
          part.map((k) => [x(k), y(values[k] ?? side.shares[name][k] ?? 0)]);
        const band = [...edge(side.low[name]), ...edge(side.high[name]).reverse()];
        const color = i ? "var(--ink)" : colorOf(/** @type {State} */ (name));
        svg.append(
          s("polygon", { class: "band", fill: color, points: written(band) }),
          s("polyline", {
            class: "mean",
            stroke: color,
            "stroke-dasharray": i ? "6 4" : null,
            points: written(edge(side.shares[name])),
          }),
        );
      }
    }
  });
  const every = model.timing.ticks_s.find((one) => (steps * step) / one <= 8) ?? steps * step;
  for (let at = 0; at <= steps * step; at += every)
    svg.append(s("text", { x: x(at / step - 0.5), y: high - 6, "text-anchor": at ? "middle" : "start" }, clock(at)));
  return svg;
}

/** @param {number[][]} points */
const written = (points) => points.map((point) => point.map((value) => value.toFixed(1)).join()).join(" ");

/**
 * The numbers of each stretch without null.
 * @param {(number | null)[]} values
 */
function runsOf(values) {
  const found = /** @type {number[][]} */ ([]);
  values.forEach((value, i) => {
    if (value === null) return;
    if (i && values[i - 1] !== null) found.at(-1)?.push(i);
    else found.push([i]);
  });
  return found;
}

/** @param {Api.Comparison} found */
function tableOf({ first, second, differences }) {
  const columns = [t.compare.table.state, first.label, second.label, t.compare.table.difference];
  const rows = differences.map(({ state, first: one, second: other, difference, low, high }) => {
    const [value, least, most] = points(difference, low, high);
    return [
      h("span", { class: "row" }, chip(/** @type {State} */ (state)), t.states[/** @type {State} */ (state)]),
      percent(one),
      percent(other),
      low === null ? value : t.compare.interval(value, least, most),
    ];
  });
  return tableWith(columns, rows);
}
