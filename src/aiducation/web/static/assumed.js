// Which states are shown, and how frequent each is assumed to be: chosen on this page, for everything that is analyzed from now on.
import { model, outcomes, viewNow } from "./looks.js";
import { offers } from "./offers.js";
import { settings } from "./settings.js";
import { t as page } from "./texts.js";
import { h } from "./ui.js";

const t = page.assumed;
const CHANGED = "assumed"; // the event: the choice is shown on several pages
const OWN = "own";

/** The states whose shares a user can say, none where the model knows none; the share of "other" is the model's. */
const states = () =>
  /** @type {Measured[]} */ (outcomes("states").filter((state) => state in model.priors && state !== "other"));

/** A choice of an earlier visit that this server does not know is forgotten. */
export function forgetUnknown() {
  if (!offers.server || (settings.view && !model.views[settings.view])) settings.view = null;
  if (settings.priors && !states().length) settings.priors = null;
}

/**
 * Call a function whenever the choice changes, on whatever page.
 * @param {() => void} listener
 */
export const onAssumed = (listener) => addEventListener(CHANGED, listener);

/** Whether something was analyzed as it would be now; `asked` is what `settings.assumed` gave then. */
export const sameAssumed = (/** @type {object | undefined} */ asked) =>
  JSON.stringify(asked ?? {}) === JSON.stringify(settings.assumed());

/**
 * What is chosen: one of the named priors, or own ones.
 * @returns {string}
 */
const priorsNow = () => {
  const chosen = settings.priors ?? model.assumed.priors;
  return chosen in model.known_priors ? chosen : OWN;
};

/**
 * Own shares: those that were said last, as they were written; else those that the server assumes, of all but "other".
 * @returns {Record<string, number>}
 */
function ownShares() {
  if (settings.priors?.includes(":"))
    return Object.fromEntries(
      settings.priors.split(",").map((part) => [part.split(":")[0], Number(part.split(":")[1])]),
    );
  const all = states().map((state) => Number(model.assumed.shares?.[state] ?? 0));
  const sum = all.reduce((total, share) => total + share, 0) || 1;
  return Object.fromEntries(states().map((state, i) => [state, all[i] / sum]));
}

/** Both choices; nothing where there is no server that could follow them. */
export function assumedChoice() {
  if (!offers.server) return null;
  const view = choice(Object.keys(model.views), t.view, (one) => t.views[one] ?? one);
  const priors = choice([...Object.keys(model.known_priors), OWN], t.priors, (one) => t.named[one] ?? one);
  const fields = states().map((state) => shareField(state));
  const sum = h("span", { class: "muted small" });
  const own = h(
    "fieldset",
    { class: "shares-said" },
    h("legend", {}, t.shares),
    fields.map(({ label }) => label),
    sum,
  );
  const hint = h("p", { class: "muted small" });
  const element = h(
    "div",
    { class: "assumed" },
    h("div", { class: "row" }, view.label, states().length > 0 && priors.label),
    own,
    hint,
  );

  function paint() {
    view.select.value = viewNow();
    priors.select.value = priorsNow();
    own.hidden = priorsNow() !== OWN;
    for (const { state, input } of fields) if (document.activeElement !== input) input.value = percentOf(state);
    hint.textContent = [t.viewHints[viewNow()], t.priorHints[priorsNow()]].filter(Boolean).join(" ");
    count();
  }
  /** @param {Measured} state */
  const percentOf = (state) => String(Math.round((ownShares()[state] ?? 0) * 100));

  /** What was written into the fields, and whether it can be used: at least one share above 0. */
  function count() {
    const values = fields.map(({ input }) => Math.max(Number(input.value) || 0, 0));
    const total = values.reduce((all, value) => all + value, 0);
    sum.textContent = total > 0 ? t.total(total) : t.none;
    return total > 0 ? values.map((value, i) => `${fields[i].state}:${value / 100}`).join() : null;
  }

  const tell = () => dispatchEvent(new Event(CHANGED));
  view.select.addEventListener("change", () => {
    settings.view = view.select.value === model.view ? null : view.select.value;
    tell();
  });
  priors.select.addEventListener("change", () => {
    const chosen = priors.select.value;
    settings.priors = chosen === model.assumed.priors ? null : chosen === OWN ? count() : chosen;
    tell();
  });
  for (const { input } of fields) {
    input.addEventListener("input", count);
    input.addEventListener("change", () => {
      const said = count();
      if (said) settings.priors = said;
      if (said) tell();
    });
  }
  onAssumed(paint);
  paint();
  return element;
}

/**
 * A field to choose from.
 * @param {string[]} values
 * @param {string} words
 * @param {(value: string) => string} named
 */
function choice(values, words, named) {
  /** @type {HTMLSelectElement} */
  const select = h(
    "select",
    {},
    values.map((value) => h("option", { value }, named(value))),
  );
  return { select, label: h("label", { class: "field" }, words, select) };
}

/** @param {Measured} state */
function shareField(state) {
  /** @type {HTMLInputElement} */
  const input = h("input", { type: "number", min: "0", max: "100", step: "1", inputmode: "numeric" });
  return { state, input, label: h("label", { class: "field" }, page.states[state], h("span", {}, input, " %")) };
}
