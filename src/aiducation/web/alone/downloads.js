// The files of a recording, made in the browser.
import { getJson } from "./api.js";
import { rowsAsCsv, table } from "./rows_as_csv.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { button, download, h } from "./ui.js";

/**
 * Buttons that save, where a served page has links.
 * @param {Api.Job} job
 * @param {unknown} _options
 */
export function downloadLinks(job, _options) {
  const result = () => /** @type {Promise<Api.Result>} */ (getJson(job.links.json));
  /**
   * @param {string} ending
   * @param {string} type
   * @param {(result: Api.Result) => string} text
   */
  const save = (ending, type, text) => async () => {
    const made = await result();
    download(new Blob([text(made)], { type }), made.source.replace(/\.[^.]*$/, "") + ending);
  };
  const comma = () => settings.decimalComma;
  return {
    element: h(
      "div",
      { class: "row" },
      button(
        t.save["timeline.csv"],
        save(".timeline.csv", "text/csv", ({ group }) => timelineTable(/** @type {RecordingGroup} */ (group), comma())),
      ),
      button(
        t.save.csv,
        save(".csv", "text/csv", ({ faces }) => table(faces, comma())),
      ),
      button(
        t.save.json,
        save(".json", "application/json", (made) => JSON.stringify(made)),
      ),
    ),
    address: () => {},
  };
}

/**
 * @param {RecordingGroup} group
 * @param {boolean} comma
 */
function timelineTable({ timeline: { step_s: _, ...columns } }, comma) {
  const names = Object.keys(columns);
  const lists = /** @type {unknown[][]} */ (Object.values(columns));
  return rowsAsCsv(
    names,
    (lists[0] ?? []).map((_one, i) => lists.map((list) => list[i])),
    comma,
  );
}
