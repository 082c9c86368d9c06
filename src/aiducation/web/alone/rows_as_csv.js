// The table of a photo, as the CSV files of the package have it.

/** What a spreadsheet program would compute: signs of formulas, also full-width and raised ones, behind blanks and quotes. */
const COMPUTED = /^[\s"'`´‘’‚“”„«»\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFE62\uFE63\uFE66\uFE6B\u207A\u207C]/u;

/** Not in tables. */
const LEFT_OUT = "landmarks";

/**
 * A row for each face.
 * @param {Api.Result["faces"]} faces
 * @param {boolean} comma semicolons and decimal commas, for German, French and like spreadsheets
 */
export function table(faces, comma) {
  const delimiter = comma ? ";" : ",";
  /** @param {unknown} value */
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return comma ? String(value).replace(".", ",") : String(value);
    const text = COMPUTED.test(String(value)) ? `'${value}` : String(value);
    return /[",;\t|\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  const names = Object.keys(faces[0] ?? {}).filter((name) => name !== LEFT_OUT);
  const lines = faces.map((face) => names.map((name) => cell(Object(face)[name])).join(delimiter));
  const body = [names.join(delimiter), ...lines, ""].join("\n");
  return comma || !faces.every(({ source }) => /^[\x20-\x7e]*$/.test(source)) ? `\uFEFF${body}` : body;
}
