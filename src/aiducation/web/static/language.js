// The language of the page: translations from the server, numbers and plural forms from the browser.
import { load } from "./catalog.js";

/**
 * What the server says: the language, those that there are, and English text -> translation, one for each plural form.
 * @typedef {{ language: string, languages: Record<string, string>, messages: Record<string, string[]> }} Catalog
 */

const { language, languages, messages } = await load();

export { language, languages };

const plural = new Intl.PluralRules(language);
const there = plural.resolvedOptions().pluralCategories; // in another order in each browser
const categories = /** @type {const} */ (["zero", "one", "two", "few", "many", "other"]).filter((one) =>
  there.includes(one),
);

/**
 * Put values into the places of a text that have their names in braces.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/**
 * A text in the language of the page.
 * @param {string} text English, with names in braces for what is filled in
 * @param {Record<string, string | number>} values
 */
export const _ = (text, values = {}) => filled(messages[text]?.[0] ?? text, values);

/**
 * The form of a text that fits a number; {n} in it is the number.
 * @param {string} one English, for one
 * @param {string} many English, for all other numbers
 * @param {number} n
 * @param {Record<string, string | number>} values
 */
export function n_(one, many, n, values = {}) {
  const forms = messages[one] ?? [one, many];
  const form = categories.indexOf(plural.select(n));
  return filled(forms[Math.min(form, forms.length - 1)], { n: number(n), ...values });
}

const ROUNDING = /** @type {const} */ ({ roundingMode: "halfEven" }); // as reports round

/**
 * A number, with at most so many decimals.
 * @param {number} value
 * @param {number} digits
 */
export const number = (value, digits = 1) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, ...ROUNDING }).format(value);

/**
 * 0.256 -> "26 %", which no line breaks.
 * @param {number | null | undefined} share
 */
export const percent = (share) =>
  share === null || share === undefined || Number.isNaN(share) ? "–" : `${number(share * 100, 0)}\u00a0%`;

/**
 * Differences of shares in percentage points, all with so many decimals that none but 0 is told as 0, as reports tell them:
 * 0.256 -> "+26", and never "-0".
 * @param {...(number | null)} shares
 */
export function points(...shares) {
  const smallest = Math.min(1, ...shares.map((share) => Math.abs(share || 1)));
  const digits = [0, 1].find((one) => smallest >= 0.0095 / 10 ** one) ?? 2;
  const { format } = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
    ...ROUNDING,
  });
  return shares.map((share) => (share === null ? "–" : format(share * 100)));
}

/**
 * "5 minutes", "1.5 hours".
 * @param {number} value
 * @param {"second" | "minute" | "hour"} unit
 */
const inUnit = (value, unit) =>
  new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(value);

/**
 * 300 -> "5 minutes", 5400 -> "1.5 hours".
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 90) return inUnit(seconds < 10 ? seconds : Math.round(seconds), "second");
  if (seconds < 3600) return inUnit(Math.round(seconds / 60), "minute");
  return inUnit(Math.round(seconds / 360) / 10, "hour");
}
