// The edits of a recording, on which this browser and the server agree although others may change them, too: nobody's are lost.
import { agreedOf, editsOf, keepAgreed, keepEdits, media } from "./annotations.js";
import { getJson, Problem, send } from "./api.js";

/** @typedef {import("./annotations.js").Entry} Entry */

/** What an edit says, in whatever order its fields come. @param {Entry} entry */
const saying = (entry) => JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The entries of the first list that the second one does not have.
 * @param {Entry[]} some
 * @param {Entry[]} others
 */
function missingIn(some, others) {
  const said = new Set(others.map(saying));
  return some.filter((entry) => !said.has(saying(entry)));
}

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
  let before = /** @type {Entry[]} */ ([]);

  const get = async () => /** @type {Api.EditList} */ (await getJson(`${here}/annotations`));

  /**
   * Server and browser have the same.
   * @param {Api.EditList} there
   */
  function agree(there) {
    before = there.annotations;
    keepAgreed(id, { edition: there.edition, waiting: false });
    media.know(there.media);
    return there;
  }

  /**
   * The server has another list than the one that was known: it is joined with this browser's. Gives whether that changed this one.
   * @param {Api.EditList} there
   */
  function join(there) {
    const own = editsOf(id);
    const both = joined(there.annotations, before, own);
    keepEdits(id, both);
    before = there.annotations;
    keepAgreed(id, { edition: there.edition, waiting: true });
    return missingIn(both, own).length + missingIn(own, both).length > 0;
  }

  /** What the server has, unless this browser has changes of which it was not told. */
  async function open() {
    const there = await get();
    const known = agreedOf(id);
    if (known ? !known.waiting : !editsOf(id).length) {
      keepEdits(id, there.annotations);
      agree(there);
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
      const edits = { annotations_version: 1, annotations: editsOf(id) };
      try {
        const answer = await send(`${here}/annotations?edition=${agreedOf(id)?.edition ?? 0}`, edits, "PUT");
        return { ...agree(await answer.json()), others };
      } catch (problem) {
        if (!(problem instanceof Problem && problem.code === "changed")) throw problem;
      }
      others = join(await get()) || others;
    }
  }
  return { open, tell };
}
