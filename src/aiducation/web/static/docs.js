// The API's page, drawn from /openapi.json: every address with its parameters, answers and an example to copy.
import { getJson } from "./api.js";
import { api } from "./model_texts.js";
import { topBar } from "./preferences.js";
import { t } from "./texts.js";
import { takesJson, tryIt, wordsOf } from "./try_it.js";
import { alertOf, h, show, tableWith } from "./ui.js";

const here = new URL(".", location.href).href.replace(/\/$/, ""); // with the path below which a proxy shows it

/** @typedef {{ enum?: (string | null)[], anyOf?: Schema[], type?: string | string[], default?: unknown }} Schema */

/**
 * An operation of the OpenAPI document, as far as this page shows it.
 * @typedef {{
 *   summary: string,
 *   description?: string,
 *   parameters?: { name: string, in: string, schema: Schema, description?: string }[],
 *   requestBody?: { content: Record<string, object> },
 *   responses: Record<string, { description: string, content?: Record<string, { example?: unknown }> }>,
 * }} Operation
 */

/**
 * A text in which what stands between backticks is code.
 * @param {string} text
 */
const coded = (text) =>
  text.split(/(`[^`]+`)/).map((part) => (part.startsWith("`") ? h("code", {}, part.slice(1, -1)) : part));

/** @param {string} text */
const words = (text) => text.split("\n\n").map((paragraph) => h("p", {}, coded(paragraph)));

/**
 * @param {Schema} schema
 * @returns {string}
 */
const kind = (schema = {}) =>
  wordsOf(schema)?.join(", ") ?? schema.anyOf?.map(kind).join(api.or) ?? [schema.type].flat().join(api.or);

/**
 * What curl must be told of the method: without a body it asks with GET, with one with POST.
 * @param {string} method
 * @param {Operation} about
 */
function methodOf(method, { requestBody }) {
  return method === (requestBody ? "post" : "get") ? "" : `-X ${method.toUpperCase()} `;
}

/**
 * The body as curl sends it.
 * @param {Operation} about
 */
function bodyOf(about) {
  if (takesJson(about)) return '-H "Content-Type: application/json" -d @FILE ';
  return about.requestBody ? "-F file=@FILE " : "";
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} about
 */
function operation(path, method, about) {
  const parameters = about.parameters ?? [];
  const example = `curl ${methodOf(method, about)}${bodyOf(about)}"${here}${path}"`;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, h("span", { class: "method" }, method.toUpperCase()), " ", h("code", {}, path)),
    h("p", {}, h("b", {}, about.summary)),
    words(about.description ?? ""),
    parameters.length > 0 &&
      tableWith(
        api.columns,
        parameters.map((p) => [
          h("code", {}, p.name),
          p.in,
          [kind(p.schema), p.schema.default !== undefined ? ` (${p.schema.default})` : ""],
          coded(p.description ?? ""),
        ]),
        api.parameters(method, path),
      ),
    h("pre", { tabindex: "0" }, example),
    // An endless stream of events is for programs.
    !path.endsWith("/events") && tryIt(path, method, about),
    answerExamples(about.responses),
    h(
      "details",
      {},
      h("summary", {}, api.answers),
      h(
        "ul",
        {},
        Object.entries(about.responses).map(([status, answer]) =>
          h(
            "li",
            {},
            h("b", {}, status),
            ` ${answer.description} `,
            Object.keys(answer.content ?? {}).map((type) => [h("code", {}, type), " "]),
          ),
        ),
      ),
    ),
  );
}

/** @param {Operation["responses"]} responses */
function answerExamples(responses) {
  return Object.entries(responses)
    .map(([status, answer]) => ({ status, value: answer.content?.["application/json"]?.example }))
    .filter(({ value }) => value)
    .map(({ status, value }) =>
      h(
        "details",
        {},
        h("summary", {}, api.example(status)),
        h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)),
      ),
    );
}

/**
 * @param {string} name
 * @param {object} value
 */
function schema(name, value) {
  return h(
    "section",
    { class: "card" },
    h("details", {}, h("summary", {}, name), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2))),
  );
}

async function start() {
  const main = h("main", { id: "main" });
  document.title = api.page(t.name);
  show(
    /** @type {HTMLElement} */ (document.getElementById("app")),
    topBar({ "aria-label": t.nav }, [h("a", { href: "./" }, api.back)]),
    main,
  );
  try {
    const { info, paths, components } =
      /** @type {{ info: { description: string }, paths: Record<string, Record<string, Operation>>, components: { schemas: Record<string, object> } }} */ (
        await getJson("openapi.json")
      );
    show(
      main,
      h("div", { class: "page-head" }, h("h1", {}, api.title)),
      h(
        "section",
        { class: "card" },
        words(info.description),
        h("p", {}, api.machines, " ", h("a", { href: "openapi.json" }, "openapi.json"), "."),
      ),
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, about]) => operation(path, method, about)),
      ),
      h("h2", {}, api.schemas),
      Object.entries(components.schemas).map(([name, value]) => schema(name, value)),
    );
  } catch (problem) {
    show(main, alertOf(problem.message));
  }
}

start();
