// Figures about a group and about one face.
import { chip, inkOf, outcomes, reasons } from "./look.js";
import { t } from "./texts.js";
import { facts, h, percent } from "./ui.js";

function bar(state, share) {
  return h(
    "div",
    { class: "bar", style: inkOf(state), "aria-hidden": "true" },
    h("i", { style: { width: `${share * 100}%` } }),
  );
}

/** A row: what it is, a bar, its number, and a second line. */
function row(state, name, share, number, second) {
  return h(
    "div",
    { class: "share" },
    h("span", { class: "name" }, chip(state), name),
    bar(state, share),
    h("span", { class: "num" }, number),
    second && h("span", { class: "range" }, second),
  );
}

/** Of a group: how many faces were given each state, then its mean probability; last those that were given none. */
function countRows({ counts, shares }) {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const of = (key) => [counts[key] / Math.max(total, 1e-9), t.group.of(counts[key], total)];
  return [
    ...outcomes().map((state) => {
      const { share, low, high } = shares[state];
      return row(state, t.states[state], ...of(state), t.group.mean(percent(share), percent(low), percent(high)));
    }),
    ...["not_sure", "not_seen_well"]
      .filter((key) => counts[key] >= 0.05)
      .map((key) => row("unclear", t.group.none_of[key], ...of(key))),
  ];
}

/** State -> number of faces. */
export function count(faces) {
  const counts = {};
  for (const face of faces) counts[face.state] = (counts[face.state] ?? 0) + 1;
  return counts;
}

/** How many faces of a group show each state, and the mean probabilities with their intervals; or why there are none. */
export function groupShares(group, { looks } = {}) {
  const words = looks ? t.group.countsOverTime(Math.round(group.found / looks)) : t.group.counts(group.found, group.judged);
  const found = h("p", { class: "muted small" }, words);
  const few = group.states_withheld && h("p", {}, group.states_withheld);
  if (group.withheld) return [found, h("p", {}, group.withheld), few];
  return [
    found,
    h("div", { class: "counted" }, countRows(group)),
    h("p", { class: "muted small" }, t.group.explain),
    few,
  ];
}

/** The probabilities of the outcomes. */
export const probabilities = (of) => outcomes().map((state) => row(state, t.states[state], of(state), percent(of(state))));

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
