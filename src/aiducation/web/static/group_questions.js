// Group labels: which of them a project asks for, and the buttons with which they are given, each with its key.
import { groups } from "./annotations.js";
import { model } from "./looks.js";
import { isWriting } from "./state_buttons.js";
import { t } from "./texts.js";
import { h, show, toggle } from "./ui.js";

/** What is asked of each face, in order: "state", then attributes. */
export function stepsOf() {
  const { agreed, attributes, states } = groups.asked;
  const chosen = agreed
    ? Object.keys(model.labelling.group_attributes).filter((name) => attributes.includes(name))
    : [];
  return states || !chosen.length ? ["state", ...chosen] : chosen;
}

/** The part of the setup in which group labels are switched on. */
export function groupSetup() {
  const choices = h("div", { class: "options" });
  function paint() {
    const { agreed, attributes, states } = groups.asked;
    show(
      choices,
      Object.keys(model.labelling.group_attributes).map((name) => {
        const one = toggle(t.groups.names[name] ?? name, agreed && attributes.includes(name), (on) => {
          const others = groups.asked.attributes.filter((other) => other !== name);
          groups.ask({ attributes: on ? [...others, name] : others });
        });
        lock(one, !agreed);
        return one;
      }),
      (() => {
        const one = toggle(t.groups.states, states, (on) => groups.ask({ states: on }));
        lock(one, !agreed);
        return one;
      })(),
    );
  }
  paint();
  return h(
    "details",
    { class: "group-setup", open: groups.asked.agreed && groups.asked.attributes.length > 0 },
    h("summary", {}, t.groups.title),
    h("p", {}, t.groups.lead),
    h("p", {}, t.groups.law),
    h(
      "div",
      { class: "options" },
      toggle(t.groups.agreed, groups.asked.agreed, (on) => {
        groups.ask(on ? { agreed: true } : { agreed: false, attributes: [], states: true });
        paint();
      }),
    ),
    choices,
    h("p", { class: "muted small" }, `${t.groups.optional} ${t.groups.agree}`),
  );
}

/**
 * @param {HTMLElement} label with a box
 * @param {boolean} locked
 */
function lock(label, locked) {
  const box = /** @type {HTMLInputElement} */ (label.querySelector("input"));
  box.disabled = locked;
}

/**
 * The key of each answer: 1 to 9, then 0; U for "cannot tell".
 * @param {string} name of the attribute
 * @returns {[value: string, key: string][]}
 */
const keysOf = (name) => [
  ...model.labelling.group_attributes[name].values.map(
    (value, i) => /** @type {[string, string]} */ ([value, String((i + 1) % 10)]),
  ),
  ["cannot_tell", "u"],
];

/**
 * An answer in words.
 * @param {string} name of the attribute
 * @param {string} value
 */
export function wordsOf(name, value) {
  if (value === "cannot_tell") return t.groups.cannot;
  if (value in model.labelling.group_attributes[name].colors) return t.groups.tone(value);
  return t.groups.values[name]?.[value] ?? value;
}

/**
 * Buttons for what can be said of an attribute; onsay(value).
 * @param {string} name of the attribute
 * @param {(value: string) => void} onsay
 */
export function groupButtons(name, onsay) {
  const { colors } = model.labelling.group_attributes[name];
  const swatches = Object.keys(colors).length > 0;
  const buttons = h(
    "div",
    {
      class: swatches ? "labels tones" : "labels words",
      role: "group",
      "aria-label": t.groups.questions[name] ?? name,
    },
    keysOf(name).map(([value, key]) =>
      h(
        "button",
        {
          type: "button",
          "aria-keyshortcuts": key,
          "data-label": value,
          ...(value in colors && { "aria-label": wordsOf(name, value) }),
          onclick: () => onsay(value),
        },
        value in colors && h("span", { class: "tone", style: { "--c": colors[value] }, "aria-hidden": "true" }),
        h("span", {}, value in colors ? value : wordsOf(name, value)),
        key !== value && h("kbd", { "aria-hidden": "true" }, key.toUpperCase()),
      ),
    ),
  );
  return swatches ? h("div", {}, buttons, h("p", { class: "muted small" }, t.groups.scale)) : buttons;
}

/**
 * The answer whose key was pressed; nothing with a modifier or while somebody writes.
 * @param {KeyboardEvent} event
 * @param {string} name of the attribute
 */
export function groupOfKey(event, name) {
  if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event)) return undefined;
  return keysOf(name).find(([, key]) => key === event.key.toLowerCase())?.[0];
}
