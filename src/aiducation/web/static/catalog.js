// The texts of the page, from the server.
import { settings } from "./settings.js";

/** @type {import("./language.js").Catalog} */
const ENGLISH = { language: "en", languages: {}, messages: {} };

/**
 * The catalogue of the language that was chosen here, or else of what the server or the browser prefers. Where it cannot be
 * had the page is English, and the requests that follow say what is wrong.
 * @returns {Promise<import("./language.js").Catalog>}
 */
export async function load() {
  const chosen = settings.language ? `?language=${settings.language}` : "";
  try {
    const response = await fetch(`api/texts${chosen}`, { redirect: "manual" });
    return response.ok ? await response.json() : ENGLISH;
  } catch {
    return ENGLISH;
  }
}
