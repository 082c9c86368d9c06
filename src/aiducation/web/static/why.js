// Why a face got its answer: a map of what spoke for it, made when somebody asks.
import { send } from "./api.js";
import { t } from "./texts.js";
import { alertOf, button, h, show } from "./ui.js";

/** What was made for each face: cards are drawn anew whenever a pointer moves. */
const made = /** @type {WeakMap<Face, HTMLElement>} */ (new WeakMap());

/**
 * A button that shows the map; pixels() gives the face as the model sees it. Nothing where the face has no answer of the model.
 * @param {Face} face
 * @param {() => Promise<string | null | undefined>} pixels
 */
export function whyButton(face, pixels) {
  if (face.p_neutral === null || face.state === "unclear" || face.state === "withheld") return null;
  const known = made.get(face);
  if (known) return known;
  const place = h("div", { "aria-live": "polite" });
  const method = h(
    "select",
    { onchange: explain },
    Object.entries(t.why.methods).map(([name, words]) => h("option", { value: name }, words)),
  );
  const choice = h("label", { class: "field small", hidden: true }, t.why.method, method);
  const ask = button(t.why.ask, explain);
  let turn = 0; // of several methods the last one counts, whichever map comes first

  async function explain() {
    turn += 1;
    const mine = turn;
    show(place, h("p", { class: "muted small" }, t.why.busy));
    try {
      const seen = await pixels();
      if (mine !== turn) return;
      if (!seen) {
        show(place, h("p", { class: "small" }, t.why.none));
        return;
      }
      const answer = await send("api/explain", { pixels: seen, state: explained(face), method: method.value });
      const blob = await answer.blob();
      if (mine !== turn) return;
      const src = URL.createObjectURL(blob);
      const alt = t.why.alt(t.states[face.state]);
      show(
        place,
        h("img", { class: "map", src, alt, onload: () => URL.revokeObjectURL(src) }),
        h("p", { class: "muted small" }, t.why.hint),
      );
      ask.hidden = true;
      choice.hidden = false;
    } catch (problem) {
      if (mine === turn) show(place, alertOf(problem.message));
    }
  }
  const element = h("div", { class: "why" }, h("div", { class: "row" }, ask, choice), place);
  made.set(face, element);
  return element;
}

/**
 * What the model tells apart of the state that is shown: a view may show two of its outcomes as one.
 * @param {Face} face
 */
const explained = (face) =>
  face.state === "calm" ? ((face.p_neutral ?? 0) >= (face.p_focused ?? 0) ? "neutral" : "focused") : face.state;
