// Few people: where fewer than usual are seen well, the server says so, and the page shows where faces are, but no states.
import { t } from "./texts.js";
import { h, toggle } from "./ui.js";

/**
 * The faces of a picture as they are shown. `group` is that of the result; `time` is that of the picture in a recording.
 * What could not be judged keeps its reason: it says why so few were seen well.
 * @param {Api.Result["faces"]} faces
 * @param {Group} group
 * @param {number | null} time
 * @returns {Face[]}
 */
export function shownFaces(faces, group, time = null) {
  /** @param {[number, number]} span */
  const within = ([start, end]) => time !== null && time >= start && time < end;
  const hide = time === null ? group.states_withheld !== null : group.withheld_s?.some(within);
  return hide ? faces.map(withoutState) : faces;
}

/**
 * @param {Api.Result["faces"][number]} face
 * @returns {Face}
 */
function withoutState(face) {
  if (face.p_neutral === null) return face;
  return {
    ...face,
    ...{ state: "withheld", expression: null, reason: null, confidence: null },
    ...{ p_neutral: null, p_angry: null, p_focused: null, p_bored: null, p_other: null },
  };
}

/**
 * A switch that shows the states of few people all the same; nothing where all are shown anyway. `people` are at a time in the
 * picture; `open` says whether they are shown; onchange(open).
 * @param {Group} group
 * @param {number} people
 * @param {boolean} open
 * @param {(open: boolean) => void} onchange
 */
export function fewSwitch(group, people, open, onchange) {
  if (!open && group.states_withheld === null) return null;
  const words = group.withheld || open ? t.few.show(people) : t.few.showThen;
  return h("div", { class: "few" }, toggle(words, open, onchange));
}
