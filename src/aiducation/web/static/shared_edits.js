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
 * The edits of a recording at an address of the API; open() once, then change() the list() and tell() the server.
 *
 * What this tab changes it remembers until the server knows it: tabs run in different processes, hear of each other's
 * `localStorage` a moment late, and write an old list over a new one then.
 * @param {string} here
 * @param {string} id
 */
export function sharedEdits(here, id) {
  let before = /** @type {Entry[]} */ ([]), // the server's list of this edition
    edition = 0,
    tried = /** @type {Entry[]} */ ([]), // what was sent since then: of some of it no answer may have come
    changes = /** @type {{ from: Entry[], to: Entry[] }[]} */ ([]);

  const get = async () => /** @type {Api.EditList} */ (await getJson(`${here}/annotations`));

  /** @param {Entry[]} some */
  const withChanges = (some) => changes.reduce((now, { from, to }) => joined(now, from, to), some);
  const list = () => withChanges(editsOf(id));

  /** @param {Entry[]} wanted */
  function change(wanted) {
    changes.push({ from: list(), to: wanted });
    keepEdits(id, wanted);
  }

  /** @param {Api.EditList} there */
  function know(there) {
    before = there.annotations;
    edition = there.edition;
  }

  /**
   * Put another list in the place of the kept one: only if it says anything else. Another tab may have changed that at this moment,
   * and what is written here would take it back.
   * @param {Entry[]} wanted
   */
  function bring(wanted) {
    if (!sayTheSame(editsOf(id), wanted)) keepEdits(id, wanted);
  }

  /**
   * The server has what this browser sent, or the browser what the server sent.
   * @param {Api.EditList} there
   * @param {Entry[]} sent
   */
  function agree(there, sent) {
    know(there);
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
    const own = list();
    const both = joined(missingIn(there.annotations, missingIn(tried, own)), before, own);
    bring(both);
    know(there);
    keepAgreed(id, { edition, waiting: true });
    return missingIn(both, own).length + missingIn(own, both).length > 0;
  }

  /** What the server has, unless this browser has changes of which it was not told. */
  async function open() {
    let there = await get();
    const known = agreedOf(id);
    if (there.edition < (known?.edition ?? 0)) there = await get(); // another tab told the server more meanwhile
    if (!changes.length && (known ? !known.waiting : !editsOf(id).length)) {
      bring(there.annotations);
      agree(there, there.annotations);
      return;
    }
    if (known?.edition !== there.edition) join(there);
    else know(there);
    await tell();
  }

  /**
   * Tell the server; where others were faster, theirs are joined with these. Gives its answer, and whether that changed the list.
   * @returns {Promise<Api.EditList & { others: boolean }>}
   */
  async function tell() {
    let others = false;
    if ((agreedOf(id)?.edition ?? 0) !== edition) others = join(await get()); // another tab has told it more
    for (;;) {
      const [sent, n] = [list(), changes.length];
      bring(sent);
      tried = [...tried, ...sent];
      const edits = { annotations_version: 1, annotations: sent };
      try {
        const answer = await send(`${here}/annotations?edition=${edition}`, edits, "PUT");
        changes = changes.slice(n);
        bring(withChanges(joined(sent, [], editsOf(id)))); // what another tab takes back at this moment it will tell, too
        return { ...agree(await answer.json(), sent), others };
      } catch (problem) {
        if (!(problem instanceof Problem && problem.code === "changed")) throw problem;
      }
      others = join(await get()) || others;
    }
  }
  return { list, change, open, tell };
}
