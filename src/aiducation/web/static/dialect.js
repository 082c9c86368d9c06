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

/**
 * The switch that belongs to every place where CSV files are saved; onchange() follows.
 * @param {() => void} [onchange]
 */
export function dialectToggle(onchange) {
  return toggle(t.save.decimalComma, settings.decimalComma, (on) => {
    settings.decimalComma = on;
    onchange?.();
  });
}
