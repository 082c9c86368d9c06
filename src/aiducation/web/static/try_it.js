// "Try it" on the API's page: a form for each address that sends a real request, and shows the answer.
import { api } from "./model_texts.js";
import { alertOf, button, download, h, show } from "./ui.js";

const LONGEST = 20_000; // letters of an answer that are shown

/** @typedef {import("./docs.js").Operation} Operation */
/** @typedef {import("./docs.js").Schema} Schema */

/**
 * The words of an enumeration, in which null stands for nothing said.
 * @param {Schema} schema
 */
export const wordsOf = ({ enum: some }) => some?.filter((one) => one !== null);

/**
 * Values that a parameter may have; none where anything can be typed.
 * @param {Schema} schema
 * @returns {string[]}
 */
const choices = (schema = {}) => [
  ...(wordsOf(schema) ?? []),
  ...(schema.anyOf ?? []).flatMap(choices),
  ...(schema.type === "boolean" ? ["true"] : []),
];

/**
 * Whether a body is JSON, not a form with a file.
 * @param {Operation} about
 */
export const takesJson = ({ requestBody }) => "application/json" in (requestBody?.content ?? {});

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} about
 */
export function tryIt(path, method, about) {
  const answer = h("div", { role: "status" });
  const fileId = `try-${method}${path}-body`.replace(/[^\w-]/g, "-");
  const json = takesJson(about);
  const text = json && h("textarea", { id: fileId, required: true, rows: "4", spellcheck: "false" });
  const body =
    about.requestBody &&
    (text || h("input", { id: fileId, type: "file", multiple: path === "/api/photos", required: true }));
  const inputs = (about.parameters ?? []).map((parameter) => {
    const values = choices(parameter.schema);
    const free =
      !parameter.schema.enum &&
      (values.length === 0 ||
        parameter.schema.anyOf?.some(({ enum: some, type }) => !some && type !== "boolean" && type !== "null"));
    const id = `try-${method}${path}-${parameter.name}`.replace(/[^\w-]/g, "-");
    const input = free
      ? h("input", {
          id,
          type: "text",
          required: parameter.in === "path",
          placeholder: String(parameter.schema.default ?? ""),
        })
      : h(
          "select",
          { id },
          h("option", { value: "" }, api.byDefault),
          values.map((value) => h("option", { value }, value)),
        );
    return { parameter, input, row: h("p", {}, h("label", { for: id }, h("code", {}, parameter.name)), " ", input) };
  });

  async function send() {
    let address = path.slice(1);
    const query = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      const value = /** @type {HTMLInputElement | HTMLSelectElement} */ (input).value.trim();
      if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else if (value) query.set(parameter.name, value);
    }
    const files = body instanceof HTMLInputElement ? body.files : null;
    const form = files && new FormData();
    for (const file of files ?? []) form?.append("file", file);
    const headers = { "content-type": "application/json" };
    const began = performance.now();
    try {
      const response = await fetch(`${address}${query.size ? `?${query}` : ""}`, {
        method: method.toUpperCase(),
        ...(form && { body: form }),
        ...(text && { body: text.value, headers }),
      });
      await tell(response, performance.now() - began);
    } catch (error) {
      show(answer, alertOf(String(error)));
    }
  }

  /**
   * @param {Response} response
   * @param {number} ms
   */
  async function tell(response, ms) {
    const head = h("p", {}, h("b", {}, response.status), ` ${response.statusText} · ${Math.round(ms)} ms`);
    const type = response.headers.get("content-type") ?? "";
    const blob = await response.blob();
    const isText = /^(text\/(?!html)|application\/json)/.test(type);
    const words = isText ? await blob.text() : "";
    const shown = type.startsWith("application/json") ? JSON.stringify(JSON.parse(words), null, 2) : words;
    const name =
      path
        .split("/")
        .filter((part) => part && !part.startsWith("{"))
        .pop() ?? "answer";
    show(
      answer,
      head,
      shown && h("pre", { tabindex: "0" }, shown.slice(0, LONGEST), shown.length > LONGEST && "\n…"),
      blob.size > 0 && button(api.saveAnswer, () => download(blob, name)),
    );
  }

  return h(
    "details",
    { class: "try" },
    h("summary", {}, api.tryIt),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          send();
        },
      },
      body && h("p", {}, h("label", { for: fileId }, h("code", {}, json ? "JSON" : "file")), " ", body),
      inputs.map(({ row }) => row),
      h("button", { type: "submit", class: "main" }, api.send),
    ),
    answer,
  );
}
