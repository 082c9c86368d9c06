// The texts of the page, from a file beside it: of the language that was chosen, or of the first that the browser prefers.
import { settings } from "./settings.js";

/** @type {import("./language.js").Catalog} */
const ENGLISH = { language: "en", languages: {}, messages: {} };

/** @param {string} language */
async function of(language) {
  try {
    const response = await fetch(`answers/${language}/texts.json`);
    return response.ok ? /** @type {typeof ENGLISH} */ (await response.json()) : null;
  } catch {
    return null;
  }
}

export async function load() {
  const english = (await of("en")) ?? ENGLISH;
  const wanted = [settings.language, ...(globalThis.navigator?.languages ?? [])].map((one) => one?.split("-")[0]);
  const chosen = wanted.find((one) => one && one in english.languages) ?? "en";
  return (chosen === "en" ? null : await of(chosen)) ?? english;
}
