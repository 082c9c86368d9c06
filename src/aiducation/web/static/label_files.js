// The labels that this browser keeps: how many, by whom, how far people and the model agree, and as files.
import { groups, labels, media, person } from "./annotations.js";
import { postFile, postJson, send } from "./api.js";
import { number, percent } from "./language.js";
import { model } from "./looks.js";
import { t } from "./texts.js";
import { alertOf, arriveAt, button, card, download, h, noticeOf, show, tableWith } from "./ui.js";

/** @typedef {import("./annotations.js").Entry} Entry */
/** @typedef {import("./label_items.js").Item} Item */

const LEAST = 5; // faces from which on agreement is shown

/**
 * A choice of format with a button that downloads annotations, and says what the format cannot hold; entries() gives them. `id` is
 * that of the recording that all are about, if the server may still have it: it knows where faces are.
 * @param {{
 *   entries: () => Entry[],
 *   name: () => string,
 *   onproblem: (message: string) => void,
 *   recordings?: boolean,
 *   id?: string,
 * }} options
 */
export function saveAnnotations({ entries, name, onproblem, recordings, id }) {
  const formats = Object.entries(model.labelling.formats).filter(([, one]) => !recordings || one.recordings);
  const choice = h(
    "select",
    {},
    formats.map(([format, { about }]) => h("option", { value: format }, t.label.formats[format] ?? about)),
  );
  const leftOut = h("div", { "aria-live": "polite" });
  /** @param {string} format */
  async function save(format) {
    const asked = { annotations: entries(), media: media.of(entries()), recordings: id ? [id] : [] };
    const address = `api/annotations/${format}`;
    const answer = await send(address, asked).catch((problem) => {
      if (problem.code !== "not_found" || !id) throw problem;
      asked.recordings = []; // the server has forgotten it: what this browser knows must do
      return send(address, asked);
    });
    download(await answer.blob(), `${name()}${model.labelling.formats[format].ending}`);
    const { notes } = /** @type {Api.LeftOut} */ (await postJson(`${address}/left-out`, asked));
    show(leftOut, noticeOf(notes));
  }
  return h(
    "div",
    {},
    h(
      "div",
      { class: "row" },
      h("label", { class: "field" }, t.label.file, choice),
      button(t.label.download, () => {
        show(leftOut);
        save(choice.value).catch((problem) => onproblem(problem.message));
      }),
    ),
    leftOut,
  );
}

/**
 * A button that reads a file of annotations of any known kind; onread(entries, notes). A file may hold those of a whole project:
 * with a `source`, only what is said of that is read.
 * @param {{
 *   onread: (entries: Entry[], notes: string[]) => void,
 *   onproblem: (message: string) => void,
 *   source?: string,
 * }} options
 */
export function readAnnotations({ onread, onproblem, source }) {
  const input = h("input", {
    type: "file",
    hidden: true,
    onchange: async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      try {
        const read = /** @type {Api.AnnotationList} */ (await (await postFile("api/annotations", file)).json());
        const about = read.annotations.filter((one) => source === undefined || one.source === source);
        const others = read.annotations.length - about.length;
        onread(about, [...read.notes, ...(others ? [t.label.others(others)] : [])]);
        media.know(read.media.filter((one) => source === undefined || one.source === source));
      } catch (problem) {
        onproblem(problem.message);
      }
    },
  });
  return h(
    "span",
    {},
    button(t.label.upload, () => input.click()),
    input,
  );
}

/**
 * The card with all labels; paint(items) after each change. onforget() when all were deleted.
 * @param {{ onchange: () => void, onforget: () => void, labelOf: (item: Item) => Entry | undefined }} options
 */
export function labelFiles({ onchange, onforget, labelOf }) {
  const table = h("div");
  const notice = h("div", { class: "below", "aria-live": "polite" });
  const scores = h("div");
  let items = /** @type {Item[]} */ ([]),
    turn = 0;
  const problem = (/** @type {string} */ message) => show(notice, alertOf(message));
  const remove = button(t.label.remove, ask, "danger");
  const sure = h("div", { class: "row", hidden: true });
  const files = h(
    "div",
    { class: "below" },
    saveAnnotations({
      entries: labels.all,
      name: () => t.label.fileName,
      onproblem: problem,
    }),
  );
  const element = card(
    t.label.yours,
    table,
    files,
    notice,
    h(
      "div",
      { class: "row" },
      readAnnotations({
        onread: (entries, notes) => {
          labels.add(entries);
          show(
            notice,
            h("p", {}, t.label.read(entries.length)),
            notes.map((note) => h("p", { class: "muted" }, note)),
          );
          onchange();
        },
        onproblem: problem,
      }),
      remove,
      sure,
    ),
    h("h3", {}, t.label.scores),
    scores,
    h("p", { class: "muted small" }, t.label.private),
  );

  function ask() {
    sure.hidden = false;
    show(
      sure,
      h("span", {}, t.label.sure(labels.all().length)),
      button(t.label.remove, forget, "danger"),
      button(t.cancel, () => {
        sure.hidden = true;
        remove.focus();
      }),
    );
    /** @type {HTMLButtonElement} */ (sure.querySelector("button:last-child")).focus();
  }
  function forget() {
    labels.clear();
    groups.end();
    sure.hidden = true;
    show(notice);
    onforget();
    if (!element.contains(document.activeElement) && document.activeElement !== document.body) return; // at the next face
    arriveAt(element.querySelector("h2")); // the button is hidden, because nothing is left to delete
  }

  /** @param {Item[]} now */
  function paint(now) {
    items = now;
    const all = labels.all();
    const labelled = new Set(all.map(({ source }) => source));
    media.know(items.filter(({ source }) => labelled.has(source)).map(({ medium }) => medium));
    const said = all.filter(({ kind }) => kind === "state" || kind === "group");
    const people = [...new Set(said.map((one) => one.annotator ?? ""))];
    show(
      table,
      people.length
        ? tableWith(
            Object.values(t.label.columns),
            people.map((name) => row(name, said)),
          )
        : h("p", { class: "muted" }, t.label.nothing),
    );
    files.hidden = remove.hidden = !all.length;
    paintScores();
  }

  /**
   * @param {string} name
   * @param {Entry[]} all
   */
  function row(name, all) {
    const own = all.filter((one) => (one.annotator ?? "") === name);
    const random = own.filter((one) => one.kind === "state" && isFair(one)).length;
    return [name || t.label.nobody, number(own.length), number(random)];
  }

  async function paintScores() {
    turn += 1;
    const mine = turn;
    let lines = /** @type {(string | null)[]} */ ([]);
    try {
      lines = (await Promise.all([withModel(), ...others().map(withPerson)])).filter(Boolean);
    } catch (problem) {
      if (mine === turn) show(scores, h("p", { class: "muted" }, problem.message));
      return;
    }
    if (mine !== turn) return;
    show(
      scores,
      lines.length
        ? [lines.map((words) => h("p", {}, words)), h("p", { class: "muted small" }, t.label.scoresHint)]
        : h("p", { class: "muted" }, t.label.few(LEAST)),
    );
  }

  /** Everybody but the one who labels now. */
  const others = () =>
    [...new Set(labels.all().map((one) => one.annotator ?? ""))].filter((name) => name !== person.name);

  async function withModel() {
    const fair = items.filter((item) => isFair(labelOf(item)));
    const found = await agreement(fair, (item) => model.outcomes.indexOf(saidOf(item)), labelOf);
    if (!found) return null;
    const { low, high } = found.observed;
    if (low === null) return t.label.withModelAlone(found.same, found.faces);
    return t.label.withModel(found.same, found.faces, percent(low), percent(high), kappaOf(found));
  }

  /** @param {string} name */
  async function withPerson(name) {
    const theirs = labels.all().filter((one) => one.kind === "state" && (one.annotator ?? "") === name);
    const found = await agreement(
      items,
      (item) => indexOf(theirs.findLast((one) => same(one, labelOf(item)))),
      labelOf,
    );
    return found && t.label.withPerson(name || t.label.nobody, found.same, found.faces, kappaOf(found));
  }
  return { element, paint };
}

/**
 * Cohen's kappa, with its interval where there is one.
 * @param {Api.TwoAgree} found
 */
function kappaOf({ kappa: { estimate, low, high } }) {
  if (estimate === null) return "–";
  const value = number(estimate, 2);
  return low === null || high === null ? value : t.label.kappa(value, number(low, 2), number(high, 2));
}

/**
 * Whether a label may measure the model.
 * @param {Entry | undefined} label
 */
const isFair = (label) => label !== undefined && !label.answer_shown && (label.chosen ?? "random") === "random";

/**
 * Whether two labels are about one face.
 * @param {Entry} one
 * @param {Entry | undefined} other
 */
const same = (one, other) =>
  other !== undefined &&
  one.source === other.source &&
  (one.from_s ?? null) === (other.from_s ?? null) &&
  Boolean(one.box?.every((side, i) => Math.abs(side - (other.box?.[i] ?? 0)) < 1));

/**
 * Number of the state that a label gives, -1 for none.
 * @param {Entry | undefined} label
 */
const indexOf = (label) => model.outcomes.indexOf(/** @type {any} */ (label?.state ?? ""));

/**
 * The most probable outcome of a face.
 * @param {Item} item
 */
const saidOf = ({ face }) =>
  model.outcomes.reduce((one, other) => {
    const of = (/** @type {string} */ outcome) => face[/** @type {`p_${Measured}`} */ (`p_${outcome}`)] ?? 0;
    return of(other) > of(one) ? other : one;
  });

/**
 * How far the labels agree with another rater; null where there are too few.
 * @param {Item[]} items
 * @param {(item: Item) => number} other
 * @param {(item: Item) => Entry | undefined} labelOf
 * @returns {Promise<Api.TwoAgree | null>}
 */
async function agreement(items, other, labelOf) {
  const rows = items
    .map((item) => ({
      first: indexOf(labelOf(item)),
      second: other(item),
      who: item.person || `${item.source} ${item.face.face}`,
    }))
    .filter(({ first, second }) => first >= 0 && second >= 0);
  if (rows.length < LEAST) return null;
  return postJson("api/agreement", {
    first: rows.map(({ first }) => first),
    second: rows.map(({ second }) => second),
    people: rows.map(({ who }) => who),
  });
}
