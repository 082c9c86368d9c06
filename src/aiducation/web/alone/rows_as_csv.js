// The table of a photo, as the CSV files of the package have it.

/** What a spreadsheet program would compute: signs of formulas, also full-width and raised ones, behind blanks and quotes. */
const COMPUTED = /^[\s"'`´‘’‚“”„«»\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFE62\uFE63\uFE66\uFE6B\u207A\u207C]/u;

/** The columns, also of a photo without a face: the tables of several photos are put together. */
const COLUMNS = [
  ...["source", "frame", "time_s", "face", "track_id", "state", "expression", "reason", "confidence"],
  ...["p_neutral", "p_angry", "p_focused", "p_bored", "p_other"],
  ...["v_neutral", "v_happiness", "v_surprise", "v_sadness", "v_anger", "v_disgust", "v_fear", "v_contempt"],
  ...["left", "top", "right", "bottom", "score"],
  ...["size", "sharpness", "brightness", "contrast", "yaw", "roll", "visible"],
];

/**
 * A row for each face.
 * @param {Api.Result["faces"]} faces
 * @param {boolean} comma see `rowsAsCsv`
 */
export function table(faces, comma) {
  return rowsAsCsv(
    COLUMNS,
    faces.map((face) => COLUMNS.map((name) => Object(face)[name])),
    comma,
  );
}

/**
 * A table as text.
 * @param {string[]} names
 * @param {unknown[][]} rows
 * @param {boolean} comma semicolons and decimal commas, for German, French and like spreadsheets
 */
export function rowsAsCsv(names, rows, comma) {
  const delimiter = comma ? ";" : ",";
  /** @param {unknown} value */
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return comma ? String(value).replace(".", ",") : String(value);
    const text = COMPUTED.test(String(value)) ? `'${value}` : String(value);
    return /[",;\t|\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  const lines = rows.map((row) => row.map(cell).join(delimiter));
  const body = [names.join(delimiter), ...lines, ""].join("\n");
  return comma || !/^[\x20-\x7e\n]*$/.test(body) ? `\uFEFF${body}` : body;
}
