// Figures about a group and about one face.
import { chip, dress, outcomes, reasons } from "./look.js";
import { t } from "./texts.js";
import { h, percent } from "./ui.js";

function bar(state, share, low, high) {
  const whisker =
    low === undefined ? null : h("b", { style: { left: `${low * 100}%`, width: `${(high - low) * 100}%` } });
  return h(
    "div",
    { class: "bar", style: dress(state), "aria-hidden": "true" },
    h("i", { style: { width: `${share * 100}%` } }),
    whisker,
  );
}

/** Shares of a group with their intervals, or why there are none. */
export function groupShares(group) {
  const counts = h("p", { class: "muted small" }, t.group.counts(group.found, group.judged));
  if (group.withheld)
    return [
      counts,
      h("p", {}, group.withheld),
      group.found > 0 && group.min_group > 1 && h("p", { class: "muted small" }, t.group.showAll),
    ];
  return [
    counts,
    outcomes().map((state) => {
      const { share, low, high } = group.shares[state];
      return h(
        "div",
        { class: "share" },
        h("span", { class: "name" }, chip(state), t.states[state]),
        bar(state, share, low, high),
        h("span", { class: "num" }, percent(share)),
        h("span", { class: "range" }, t.group.range(percent(low), percent(high))),
      );
    }),
    h("p", { class: "muted small" }, t.group.explain),
  ];
}

/** What is known of one face: state, reason, probabilities, quality. */
export function faceDetails(face) {
  const unclear = face.state === "unclear";
  const known = face.p_neutral !== null;
  const title = unclear ? t.face.unclear(face.reason) : t.face.looks(t.states[face.state], percent(face.confidence));
  return [
    h("p", {}, h("span", { class: "row" }, chip(face.state), h("b", {}, title))),
    unclear && h("p", { class: "muted small" }, reasons.get(face.reason)),
    known
      ? outcomes().map((state) =>
          h(
            "div",
            { class: "share" },
            h("span", { class: "name" }, chip(state), t.states[state]),
            bar(state, face[`p_${state}`]),
            h("span", { class: "num" }, percent(face[`p_${state}`])),
          ),
        )
      : h("p", { class: "small" }, t.face.notAsked),
    h(
      "dl",
      { class: "facts" },
      t.face.quality(face).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    ),
  ];
}
