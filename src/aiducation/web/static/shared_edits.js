// The edits of a recording, on which this browser and the server agree although others may change them, too: nobody's are lost.
import { agreedOf, agreeOn, editsOf, keepAgreed, keepEdits, media, missingIn, sayTheSame } from "./annotations.js";
import { getJson, Problem, send } from "./api.js";

/** @typedef {import("./annotations.js").Entry} Entry */

/**
 * What others made of a list, with what was added and taken back here meanwhile.
 * @param {Entry[]} theirs
 * @param {Entry[]} before both had this
 * @param {Entry[]} own
 */
export function joined(theirs, before, own) {
  const left = missingIn(theirs, missingIn(before, own));
  return [...left, ...missingIn(missingIn(own, before), left)];
}

/**
 * The edits of a recording at an address of the API; open() once, then tell() after each change of `editsOf(id)`.
 * @param {string} here
 * @param {string} id
 */
export function sharedEdits(here, id) {
  let before = /** @type {Entry[]} */ ([]),
    tried = /** @type {Entry[]} */ ([]); // what was sent since then: of some of it no answer may have come

  const get = async () => /** @type {Api.EditList} */ (await getJson(`${here}/annotations`));

  /**
   * Put what an answer has brought in the place of the list: only if it says anything else. Another tab may have changed the list at
   * this moment, and what is written here would take that back.
   * @param {Entry[]} list
   */
  function bring(list) {
    if (!sayTheSame(editsOf(id), list)) keepEdits(id, list);
  }

  /**
   * The server has what this browser sent, or the browser what the server sent.
   * @param {Api.EditList} there
   * @param {Entry[]} sent
   */
  function agree(there, sent) {
    before = there.annotations;
    tried = [];
    agreeOn(id, there.edition, sent);
    media.know(there.media);
    return there;
  }

  /**
   * The server has another list than the one that was known: it is joined with this browser's, and what was sent
   * and is taken back stays so. Gives whether that changed this one.
   * @param {Api.EditList} there
   */
  function join(there) {
    const own = editsOf(id);
    const both = joined(missingIn(there.annotations, missingIn(tried, own)), before, own);
    bring(both);
    before = there.annotations;
    keepAgreed(id, { edition: there.edition, waiting: true });
    return missingIn(both, own).length + missingIn(own, both).length > 0;
  }

  /** What the server has, unless this browser has changes of which it was not told. */
  async function open() {
    let there = await get();
    const known = agreedOf(id);
    if (there.edition < (known?.edition ?? 0)) there = await get(); // another tab told the server more meanwhile
    if (known ? !known.waiting : !editsOf(id).length) {
      bring(there.annotations);
      agree(there, there.annotations);
      return;
    }
    if (known?.edition !== there.edition) join(there);
    await tell();
  }

  /**
   * Tell the server; where others were faster, theirs are joined with these. Gives its answer, and whether that changed the list.
   * @returns {Promise<Api.EditList & { others: boolean }>}
   */
  async function tell() {
    for (let others = false; ; ) {
      const sent = editsOf(id);
      tried = [...tried, ...sent];
      const edits = { annotations_version: 1, annotations: sent };
      try {
        const answer = await send(`${here}/annotations?edition=${agreedOf(id)?.edition ?? 0}`, edits, "PUT");
        return { ...agree(await answer.json(), sent), others };
      } catch (problem) {
        if (!(problem instanceof Problem && problem.code === "changed")) throw problem;
      }
      others = join(await get()) || others;
    }
  }
  return { open, tell };
}
