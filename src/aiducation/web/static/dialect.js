// How CSV files are saved: with semicolons and decimal commas where the user's spreadsheet program expects them.
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { toggle } from "./ui.js";

/**
 * The options of the request for a file in a format: none but for CSV.
 * @param {string} format
 * @returns {{ csv_dialect?: string }}
 */
export function dialectOf(format) {
  return format.endsWith("csv") && settings.decimalComma ? { csv_dialect: "excel" } : {};
}

const CHANGED = "dialect"; // the event: there are several switches, on pages that are kept while another one is shown

/** What follows a switch, for as long as there is that switch. */
const followers = /** @type {WeakMap<HTMLElement, () => void>} */ (new WeakMap());

/**
 * The switch that belongs to every place where CSV files are saved; onchange() follows, whichever of them is used.
 * @param {() => void} [onchange]
 */
export function dialectToggle(onchange) {
  const one = toggle(t.save.decimalComma, settings.decimalComma, (on) => {
    settings.decimalComma = on;
    dispatchEvent(new Event(CHANGED));
  });
  if (onchange) followers.set(one, onchange);
  const held = new WeakRef(one); // results come and go
  addEventListener(CHANGED, function follow() {
    const there = held.deref();
    if (!there) return removeEventListener(CHANGED, follow);
    /** @type {HTMLInputElement} */ (there.querySelector("input")).checked = settings.decimalComma;
    followers.get(there)?.();
  });
  return one;
}
