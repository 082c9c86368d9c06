// The model's card: what it learned from, how good it is, what it cannot tell.

import { number, percent } from "./language.js";
import { chip, colorOf } from "./looks.js";
import { t } from "./texts.js";
import { card, facts, h, s, tableWith, tiles } from "./ui.js";

/** What was measured, whatever the view. */
const OUTCOMES = /** @type {Measured[]} */ (["neutral", "angry", "focused", "bored", "other"]);

/**
 * What was measured of the model; its schema leaves open which scores a model has.
 * @typedef {{ estimate: number, low: number, high: number }} Interval
 * @typedef {{
 *   recall: Partial<Record<Measured, Interval>>,
 *   five_way_recall: Partial<Record<Measured, Interval>>,
 *   calibration_error: number,
 *   accuracy: Interval,
 *   five_way_accuracy: Interval,
 *   answered: number,
 *   accuracy_when_answered: number,
 * }} Scores
 * @typedef {{ low: number, high: number, confidence: number, accuracy: number, count: number }} Bin
 */

/** @param {Api.Model} model */
export function modelPage(model) {
  const scores = /** @type {Scores} */ (model.scores);
  const charts = /** @type {{ confusion: number[][], reliability: Bin[] }} */ (model.charts);
  return h(
    "div",
    {},
    h("div", { class: "page-head" }, h("h1", {}, t.model.title), h("p", {}, t.model.lead)),
    h("div", { class: "notice" }, h("p", {}, t.legal)),
    h(
      "div",
      { class: "two" },
      card(
        t.model.what,
        t.model
          .about(
            model,
            OUTCOMES.map((state) => t.states[state]),
          )
          .map((words) => words && h("p", {}, words)),
        facts(t.model.facts(model)),
      ),
      card(
        t.model.cannot,
        h(
          "ul",
          {},
          [t.limits[1], ...model.limits].map((words) => h("li", {}, words)),
        ),
      ),
    ),
    model.elsewhere_words && elsewhere(model.elsewhere_words),
    model.has_scores &&
      card(
        t.model.scores,
        tiles(t.model.tiles(scores)),
        h("div", { class: "beside" }, recallTable(scores), h("p", { class: "muted small" }, t.model.scoresHint)),
      ),
    model.has_scores &&
      h("div", { class: "two" }, confusion(charts.confusion), reliability(charts.reliability, scores)),
  );
}

/**
 * How it does on people and cameras that it was not trained on: the server has every word, as in card and report.
 * @param {Api.Elsewhere} told
 */
function elsewhere({ title, lead, columns, rows, sets, sentences, use }) {
  return card(
    title,
    h(
      "div",
      { class: "columns" },
      use.map((words) => h("p", {}, words)),
    ),
    tableWith(columns, rows, title),
    h(
      "div",
      { class: "columns below" },
      [lead, ...sets.map(([name, what]) => `${name}: ${what}`), ...sentences].map((words) =>
        h("p", { class: "muted small" }, words),
      ),
    ),
  );
}

/** @param {Scores} scores */
function recallTable(scores) {
  /** @param {Interval | undefined} score */
  const interval = (score) =>
    score ? `${percent(score.estimate)} (${percent(score.low)} – ${percent(score.high)})` : "–";
  const rows = OUTCOMES.map((state) => [
    h("span", { class: "row" }, chip(state), t.states[state]),
    interval(scores.five_way_recall[state]),
    interval(scores.recall[state]),
  ]);
  return tableWith([t.model.state, t.model.foundFive, t.model.foundFour], rows, t.model.perState);
}

/** @param {number[][]} counts */
function confusion(counts) {
  const names = OUTCOMES;
  /**
   * @param {number} row
   * @param {number} at
   */
  const cell = (row, at) => {
    const share =
      counts[row][at] /
      Math.max(
        counts[row].reduce((a, b) => a + b, 0),
        1,
      );
    const depth = Math.round(share * 100);
    const td = h("td", {}, h("b", {}, percent(depth / 100)), h("small", {}, number(counts[row][at])));
    td.style.background = `color-mix(in srgb, ${colorOf(names[row])} ${Math.round(depth * 0.55)}%, var(--card))`;
    return td;
  };
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t.model.confusion),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t.model.confusion },
      h(
        "table",
        { class: "matrix" },
        h("caption", { class: "visually-hidden" }, t.model.confusion),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td", {}),
            names.map((name) => h("th", { scope: "col" }, t.states[name])),
          ),
        ),
        h(
          "tbody",
          {},
          names.map((name, row) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, h("span", { class: "row" }, chip(name), t.states[name])),
              names.map((_, at) => cell(row, at)),
            ),
          ),
        ),
      ),
    ),
    h("p", { class: "muted small" }, t.model.confusionHint),
  );
}

/**
 * @param {Bin[]} bins
 * @param {Scores} scores
 */
function reliability(bins, scores) {
  const [wide, high, left, foot, end] = [430, 330, 68, 44, 26];
  /** @param {number} value */
  const x = (value) => left + ((value - 0.2) / 0.8) * (wide - left - end);
  /** @param {number} value */
  const y = (value) => high - foot - value * (high - foot - 12);
  const most = Math.max(...bins.map((bin) => bin.count));
  const svg = s("svg", {
    viewBox: `0 0 ${wide} ${high}`,
    role: "img",
    "aria-label": t.model.reliabilityAlt(percent(scores.calibration_error)),
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    svg.append(
      s("line", { x1: left, x2: wide - end, y1: y(share), y2: y(share), stroke: "var(--grid)" }),
      s("text", { x: left - 8, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
    );
    if (share >= 0.25)
      svg.append(s("text", { x: x(share), y: high - foot + 18, "text-anchor": "middle" }, percent(share)));
  }
  svg.append(
    s("line", { x1: x(0.2), y1: y(0.2), x2: x(1), y2: y(1), stroke: "var(--muted)", "stroke-dasharray": "5 4" }),
  );
  for (const bin of bins) {
    const height = (bin.count / most) * 46;
    svg.append(
      s("rect", {
        x: x(bin.low) + 1,
        width: x(bin.high) - x(bin.low) - 2,
        y: y(0) - height,
        height,
        fill: "var(--grid)",
      }),
    );
  }
  svg.append(
    s("polyline", {
      points: bins.map((bin) => `${x(bin.confidence)},${y(bin.accuracy)}`).join(" "),
      fill: "none",
      stroke: "var(--accent)",
      "stroke-width": "2",
    }),
  );
  for (const bin of bins)
    svg.append(s("circle", { cx: x(bin.confidence), cy: y(bin.accuracy), r: "4", fill: "var(--accent)" }));
  svg.append(
    s("text", { x: (left + wide - end) / 2, y: high - 4, "text-anchor": "middle" }, t.model.said),
    s("text", { x: -(high - foot) / 2, y: 12, transform: "rotate(-90)", "text-anchor": "middle" }, t.model.right),
  );
  return h(
    "section",
    { class: "card chart" },
    h("h2", {}, t.model.reliability),
    svg,
    h("p", { class: "muted small" }, t.model.reliabilityHint(percent(scores.calibration_error))),
  );
}
