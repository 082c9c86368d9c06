// Figures about a group and about one face.
import { chip, inkOf, outcomes, reasons } from "./look.js";
import { t } from "./texts.js";
import { facts, h, percent } from "./ui.js";

function bar(state, share, low, high) {
  const whisker =
    low === undefined ? null : h("b", { style: { left: `${low * 100}%`, width: `${(high - low) * 100}%` } });
  return h(
    "div",
    { class: "bar", style: inkOf(state), "aria-hidden": "true" },
    h("i", { style: { width: `${share * 100}%` } }),
    whisker,
  );
}

function row(state, share, interval, named) {
  return h(
    "div",
    { class: "share" },
    h("span", { class: "name" }, chip(state), t.states[state]),
    bar(state, share, interval?.low, interval?.high),
    h("span", { class: "num" }, percent(share)),
    interval && h("span", { class: "range" }, t.group.range(percent(interval.low), percent(interval.high))),
    named !== undefined && h("span", { class: "named" }, t.group.named(named)),
  );
}

/** State -> number of faces. */
export function count(faces) {
  const counts = {};
  for (const face of faces) counts[face.state] = (counts[face.state] ?? 0) + 1;
  return counts;
}

/** Shares of a group with their intervals and, of one picture's faces, their numbers; or why there are none. */
export function groupShares(group, { faces, looks } = {}) {
  const counts = faces && count(faces);
  const words = looks ? t.group.countsOverTime(Math.round(group.found / looks)) : t.group.counts(group.found, group.judged);
  const found = h("p", { class: "muted small" }, words);
  const few = group.states_withheld && h("p", {}, group.states_withheld);
  if (group.withheld) return [found, h("p", {}, group.withheld), few];
  return [
    found,
    outcomes().map((state) => row(state, group.shares[state].share, group.shares[state], counts && (counts[state] ?? 0))),
    h("p", { class: "muted small" }, t.group.explain),
    few,
  ];
}

/** The probabilities of the outcomes. */
export const probabilities = (of) => outcomes().map((state) => row(state, of(state)));

/** What is known of one face: state, reason, probabilities, quality. */
export function faceDetails(face) {
  if (face.state === "withheld") return [h("p", {}, t.few.face), facts(t.face.quality(face))];
  const unclear = face.state === "unclear";
  const title = unclear ? t.face.unclear(face.reason) : t.face.looks(t.states[face.state], percent(face.confidence));
  return [
    h("p", { class: "row" }, chip(face.state), h("b", {}, title)),
    unclear && h("p", { class: "muted small" }, reasons.get(face.reason)),
    face.p_neutral === null ? h("p", { class: "small" }, t.face.notAsked) : probabilities((state) => face[`p_${state}`]),
    facts(t.face.quality(face)),
  ];
}
