// Links to the result of a recording in each format.
import { inLanguage } from "./api.js";
import { dialectOf } from "./dialect.js";
import { t } from "./texts.js";
import { h } from "./ui.js";

const DOWNLOADS = /** @type {const} */ (["report", "timeline.png", "timeline.csv", "csv", "json", "video"]);

/**
 * The links, and a function that writes their addresses anew; options() gives what is asked for with all of them.
 * @param {Api.Job} job
 * @param {(name: string) => Record<string, string>} options
 */
export function downloadLinks(job, options) {
  const links = DOWNLOADS.filter((name) => job.links[name]).map((name) => ({
    name,
    link: h("a", { class: "button", download: true }, t.save[name]),
  }));
  const address = () => {
    for (const { name, link } of links) {
      const asked = new URLSearchParams({ ...options(name), ...dialectOf(name) });
      link.href = inLanguage(`${job.links[name]}?${asked}`);
    }
  };
  address();
  return {
    element: h(
      "div",
      { class: "row" },
      links.map(({ link }) => link),
    ),
    address,
  };
}
