// Buttons for what can be said of a face, each with its key; onsay(label).
import { chip, model } from "./looks.js";
import { t } from "./texts.js";
import { h } from "./ui.js";

/**
 * The key of each label: the states in order, then U.
 * @returns {[label: string, key: string][]}
 */
export const keysOf = () =>
  model.labelling.labels.map((label, i) => [label, label === "cannot_tell" ? "u" : String(i + 1)]);

/**
 * @param {string} name of the group of buttons
 * @param {(label: string) => void} onsay
 */
export const stateButtons = (name, onsay) =>
  h(
    "div",
    { class: "labels", role: "group", "aria-label": name },
    keysOf().map(([label, key]) =>
      h(
        "button",
        { type: "button", "aria-keyshortcuts": key, "data-label": label, onclick: () => onsay(label) },
        label !== "cannot_tell" && chip(/** @type {State} */ (label)),
        h("span", {}, t.label.states[label]),
        h("kbd", { "aria-hidden": "true" }, key.toUpperCase()),
      ),
    ),
  );

/**
 * The label whose key was pressed; nothing with a modifier or while somebody writes.
 * @param {KeyboardEvent} event
 */
export function labelOfKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event)) return undefined;
  return keysOf().find(([, key]) => key === event.key.toLowerCase())?.[0];
}

/** @param {Event} event */
export const isWriting = ({ target }) =>
  target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === "text");
