// Few people: where fewer than usual are seen well, the server says so, and the page shows where faces are, but no states.
import { t } from "./texts.js";
import { h, toggle } from "./ui.js";

/**
 * The faces of a picture as they are shown. `group` is that of the result; `time` is that of the picture in a recording.
 * What could not be judged keeps its reason: it says why so few were seen well.
 */
export function shownFaces(faces, group, time = null) {
  const within = ([start, end]) => time >= start && time < end;
  const hide = time === null ? group.states_withheld !== null : group.withheld_s.some(within);
  return hide ? faces.map(withoutState) : faces;
}

function withoutState(face) {
  if (face.p_neutral === null) return face;
  const probs = Object.keys(face).filter((name) => name.startsWith("p_"));
  const empty = Object.fromEntries(["reason", "confidence", ...probs].map((name) => [name, null]));
  return { ...face, ...empty, state: "withheld" };
}

/**
 * A switch that shows the states of few people all the same; nothing where all are shown anyway. `people` are at a time in the
 * picture; `open` says whether they are shown; onchange(open).
 */
export function fewSwitch(group, people, open, onchange) {
  if (!open && group.states_withheld === null) return null;
  const words = group.withheld || open ? t.few.show(people) : t.few.showThen;
  return h("div", { class: "few" }, toggle(words, open, onchange));
}
