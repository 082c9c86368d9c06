// One table of several photos.
import { postPhoto } from "./api.js";
import { dialectOf } from "./dialect.js";

/**
 * A CSV file with the faces of all photos. One photo after the other: the server has no place for all of them at once.
 * @param {Pick<import("./photo.js").Photo, "file" | "edits">[]} photos
 */
export async function tableOf(photos) {
  const lines = [];
  for (const { file, edits } of photos) {
    const asked = { format: "csv", ...dialectOf("csv") };
    const table = await (await postPhoto(file, asked, edits)).text();
    const rows = table
      .replace(/^\uFEFF/, "")
      .trimEnd()
      .split("\n");
    lines.push(...rows.slice(lines.length ? 1 : 0));
  }
  return new Blob(["\uFEFF", lines.join("\n"), "\n"], { type: "text/csv" });
}
