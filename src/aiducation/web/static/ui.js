// Small helpers to build the page. Nothing here knows what the page is about.

/**
 * What may stand in an element: words, elements, nested arrays of them; nothing for null, undefined and false.
 * @typedef {string | number | boolean | null | undefined | Node | ReadonlyArray<Child>} Child
 */

/**
 * Attributes, properties and listeners of an element.
 * @typedef {{ [name: string]: unknown } & {
 *   onclick?: (event: MouseEvent) => unknown,
 *   onchange?: (event: Event) => unknown,
 *   onkeydown?: (event: KeyboardEvent) => unknown,
 *   onerror?: (event: Event) => unknown,
 *   onload?: (event: Event) => unknown,
 * }} Props
 */

/** @typedef {Record<string, string | number>} Style of an element: CSS property -> value */

/**
 * An element: h("p", { class: "muted" }, "words", child, ...). Functions become listeners; "style" is an object.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} props
 * @param {...Child} children
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props} props
 * @param {...Child} children
 */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

const PROPERTIES = ["value", "checked", "disabled", "hidden", "srcObject", "muted"];

/**
 * The children that are there.
 * @param {ReadonlyArray<Child>} children
 * @returns {(string | Node)[]}
 */
const there = (children) =>
  children
    .flatMap((child) => (Array.isArray(child) ? there(child) : [child]))
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));

/**
 * @template {HTMLElement | SVGElement} E
 * @param {E} element
 * @param {Props} props
 * @param {Child[]} children
 */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "style") dress(element, /** @type {Style} */ (value));
    else if (PROPERTIES.includes(name)) Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...there(children));
  return element;
}

/**
 * Set CSS properties of an element.
 * @param {HTMLElement | SVGElement} element
 * @param {Style} style
 */
export function dress(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, String(value));
}

/**
 * Put new children in the place of the old ones.
 * @param {Element} element
 * @param {...Child} children
 */
export function show(element, ...children) {
  element.replaceChildren(...there(children));
}

/**
 * Put another view in the place of the old one. Whoever worked in the old one goes on at the heading of the new one.
 * @param {Element} place
 * @param {...Child} children
 */
export function change(place, ...children) {
  const inside = place.contains(document.activeElement);
  show(place, ...children);
  if (inside) arriveAt(/** @type {HTMLElement?} */ (place.querySelector("h2") ?? document.querySelector("main h1")));
}

/**
 * Move the focus to a heading.
 * @param {HTMLElement | null | undefined} heading
 */
export function arriveAt(heading) {
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * A table that can be moved sideways; the first cell of a row says what the row is.
 * @param {Child[]} columns
 * @param {Child[][]} rows
 * @param {string} [title] where nothing beside it says what it is
 */
export function tableWith(columns, rows, title) {
  const head = columns.map((one) => h("th", { scope: "col" }, one));
  const body = rows.map(([first, ...cells]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, first),
      cells.map((one) => h("td", {}, one)),
    ),
  );
  const about = title ? { tabindex: "0", role: "region", "aria-label": title } : {};
  const caption = title && h("caption", { class: "visually-hidden" }, title);
  const whole = h("table", {}, caption, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
  return h("div", { class: "scroll", ...about }, whole);
}

/**
 * What a reader should know of a result, if there is anything.
 * @param {string[]} notes
 */
export const noticeOf = (notes) =>
  notes.length > 0 &&
  h(
    "div",
    { class: "notice" },
    notes.map((note) => h("p", {}, note)),
  );

/**
 * Say something to screen readers without showing it.
 * @param {string} words
 */
export function announce(words) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = words;
}

/**
 * 3723 -> "1:02:03", 75 -> "1:15".
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6)); // 0.7 * 90 is a little less than 63
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  /** @param {number} n */
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Pixels of the screen for a pixel of the design: pages on a projector are set larger. */
export const scale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/**
 * Start a download of a blob under a name.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * A part of the page with a heading.
 * @param {Child} title
 * @param {...Child} children
 */
export const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), children);

/**
 * What went wrong: words, or [words, lines to copy].
 * @param {string | string[]} message
 */
export function alertOf(message) {
  const [words, lines] = [message].flat();
  return h("div", { class: "notice", role: "alert" }, h("p", {}, words), lines && h("pre", { tabindex: "0" }, lines));
}

/**
 * Figures with words below.
 * @param {Child[][]} pairs
 */
export const tiles = (pairs) =>
  h(
    "div",
    { class: "tiles" },
    pairs.map(([value, words]) => h("div", { class: "tile" }, h("b", {}, value), h("span", {}, words))),
  );

/**
 * Names with values.
 * @param {Child[][]} pairs
 */
export const facts = (pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

/**
 * A check box with words beside it.
 * @param {string} words
 * @param {boolean} checked
 * @param {(on: boolean) => void} onchange
 */
export function toggle(words, checked, onchange) {
  /** @type {HTMLInputElement} */
  const box = h("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
  return h("label", { class: "switch" }, box, words);
}

/**
 * A button.
 * @param {Child} words
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {string} kind a class, or several
 */
export function button(words, onclick, kind = "") {
  return h("button", { type: "button", class: kind || null, onclick }, words);
}

/**
 * A button that works once, until what it leads to takes its place; it stays in the page and keeps the focus.
 * @param {Child} words
 * @param {() => unknown} onclick
 * @param {string} kind
 */
export function onceButton(words, onclick, kind = "") {
  const element = button(words, act, kind);
  /** @param {MouseEvent} event */
  function act({ detail }) {
    if (element.ariaDisabled || detail > 1) return; // the second click of a double click may meet the next one's button
    element.ariaDisabled = "true";
    onclick();
  }
  return element;
}

/**
 * Does one piece of work after the other, in the order in which they are given: of two questions on their way to a server at the
 * same time, either may come first.
 */
export function inTurn() {
  let last = /** @type {Promise<unknown>} */ (Promise.resolve());
  return (/** @type {() => Promise<void>} */ work) => {
    last = last.then(work, work);
    return last;
  };
}

/**
 * Whether the browser can read a picture, and show it at once.
 * @param {HTMLImageElement} img
 */
export const canBeShown = (img) =>
  img.decode().then(
    () => true,
    () => false,
  );
