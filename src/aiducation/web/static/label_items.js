// The faces that are to be labelled: of photos that were chosen here, and of recordings that the server has.
import { boxOf } from "./annotations.js";
import { alignedOf, alignedOfPhoto, getBlob, getJson, plainPhoto, postJson, postPhoto, recordingAt } from "./api.js";
import { heldPicture } from "./held_pictures.js";
import { model } from "./looks.js";
import { settings } from "./settings.js";

/**
 * A face to label: where it is, why it was chosen, its picture, what is known of the photo or recording, and its pixels as the
 * model sees them.
 * @typedef {{
 *   source: string,
 *   face: Api.Result["faces"][number],
 *   chosen: string,
 *   size: [number, number],
 *   medium: import("./annotations.js").Medium,
 *   person: string,
 *   picture: () => Promise<CanvasImageSource>,
 *   ahead: () => void, // opens the picture before it is needed
 *   pixels: () => Promise<string | null>,
 * }} Item
 */

const SEED = 0; // two annotators are shown the same faces

/**
 * The faces of photos, those first that help most; onphoto(i) tells how far it is.
 * @param {File[]} files
 * @param {number} n
 * @param {AbortSignal} signal
 * @param {(done: number, of: number) => void} onphoto
 * @returns {Promise<{ items: Item[], problems: string[] }>}
 */
export async function photoItems(files, n, signal, onphoto) {
  const offered = /** @type {Omit<Item, "chosen">[]} */ ([]);
  const problems = /** @type {string[]} */ ([]);
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1)); // whatever order they were chosen in
  for (const [i, file] of sorted.entries()) {
    onphoto(i, sorted.length);
    try {
      const answer = await postPhoto(file, { min_group: settings.minGroup(true) }, [], signal);
      const result = /** @type {Api.Result} */ (await answer.json());
      offered.push(...facesOfPhoto(file, result));
    } catch (problem) {
      if (signal.aborted) throw problem;
      const words = String(problem.message); // what is wrong with a file begins with its name
      problems.push(words.startsWith(file.name) ? words : `${file.name}: ${words}`);
    }
  }
  const faces = offered.map(({ face }) => ({ probs: probsOf(face), person: "" }));
  if (!faces.length) return { items: [], problems };
  const chosen = /** @type {Api.ChosenFaces} */ (await postJson("api/sample", { faces, n, seed: SEED }));
  return { items: chosen.faces.map((one) => ({ ...offered[one.index], chosen: one.chosen })), problems };
}

/**
 * @param {File} file
 * @param {Api.Result} result
 * @returns {Omit<Item, "chosen">[]}
 */
function facesOfPhoto(file, result) {
  let aligned = /** @type {Promise<Api.AlignedFaces> | undefined} */ (undefined);
  function alignedOnce() {
    aligned ??= alignedOfPhoto(file);
    aligned.catch(() => {
      aligned = undefined; // the server may answer again
    });
    return aligned;
  }
  const { source, width, height } = result;
  const size = /** @type {[number, number]} */ ([width, height]);
  return result.faces.map((face) => ({
    source,
    face,
    size,
    medium: { source, width, height },
    person: "",
    ...heldPicture(file, size, () => pictureOf(file)),
    pixels: async () => (await alignedOnce()).faces.find((one) => one.face === face.face)?.pixels ?? null,
  }));
}

/**
 * A photo as the browser shows it; what it cannot read, the server can.
 * @param {File} file
 */
const pictureOf = (file) =>
  createImageBitmap(file, { imageOrientation: "from-image" }).catch(async () =>
    createImageBitmap(await plainPhoto(file)),
  );

/**
 * The faces of a part of a recording, those first that help most.
 * @param {import("./annotations.js").Session} session
 * @param {AbortSignal} signal
 * @returns {Promise<Item[]>}
 */
export async function recordingItems({ id, n, from, to }, signal) {
  const here = recordingAt(id);
  const options = new URLSearchParams({ n: String(n), seed: String(SEED), from_s: String(from) });
  if (to !== null) options.set("to_s", String(to));
  const [sample, { source, width, height }, { media }] = await Promise.all([
    getJson(`${here}/sample?${options}`, signal),
    getJson(`${here}/summary`, signal),
    getJson(`${here}/annotations`, signal),
  ]);
  const medium = /** @type {Api.AnnotationList} */ ({ media }).media[0] ?? { source, width, height };
  const size = /** @type {[number, number]} */ ([width, height]);
  /** @param {number} time */
  function pictureAt(time) {
    const address = `${here}/picture?time_s=${time}`;
    return heldPicture(address, size, async () => createImageBitmap(await getBlob(address)));
  }
  return /** @type {Api.RecordingSample} */ (sample).faces.map(({ chosen, face }) => ({
    source: face.source,
    face: /** @type {Api.Result["faces"][number]} */ (face),
    chosen,
    size,
    medium,
    person: face.track_id === null ? "" : `${face.source} ${face.track_id}`,
    ...pictureAt(face.time_s ?? 0),
    pixels: async () => (await alignedOf(here, face.time_s ?? 0, boxOf(face))).faces[0]?.pixels ?? null,
  }));
}

/** @param {Api.Result["faces"][number]} face */
const probsOf = (face) =>
  face.p_neutral === null
    ? null
    : model.outcomes.map((outcome) => face[/** @type {`p_${Measured}`} */ (`p_${outcome}`)] ?? 0);
