// Small helpers to build the page. Nothing here knows what the page is about.

/** An element: h("p", { class: "muted" }, "words", child, ...). Functions become listeners; "style" is an object. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

const PROPERTIES = ["value", "checked", "disabled", "hidden", "srcObject", "muted"];
const there = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "style") dress(element, value);
    else if (PROPERTIES.includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...there(children));
  return element;
}

/** Set CSS properties of an element. */
export function dress(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
}

/** Put new children in the place of the old ones. */
export function show(element, ...children) {
  element.replaceChildren(...there(children));
}

/** Put another view in the place of the old one. Whoever worked in the old one goes on at the heading of the new one. */
export function change(place, ...children) {
  const inside = place.contains(document.activeElement);
  show(place, ...children);
  if (inside) arriveAt(place.querySelector("h2") ?? document.querySelector("main h1"));
}

/** Move the focus to a heading. */
export function arriveAt(heading) {
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Say something to screen readers without showing it. */
export function announce(words) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = words;
}

/** 0.256 -> "26 %", which no line breaks. */
export function percent(share) {
  return share === null || share === undefined || Number.isNaN(share) ? "–" : `${Math.round(share * 100)}\u00a0%`;
}

/** 3723 -> "1:02:03", 75 -> "1:15". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Pixels of the screen for a pixel of the design: pages on a projector are set larger. */
export const scale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** Start a download of a blob under a name. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A part of the page with a heading. */
export const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), children);

/** What went wrong: words, or [words, lines to copy]. */
export function alertOf(message) {
  const [words, lines] = [message].flat();
  return h("div", { class: "notice", role: "alert" }, h("p", {}, words), lines && h("pre", { tabindex: "0" }, lines));
}

/** Figures with words below. */
export const tiles = (pairs) =>
  h(
    "div",
    { class: "tiles" },
    pairs.map(([value, words]) => h("div", { class: "tile" }, h("b", {}, value), h("span", {}, words))),
  );

/** Names with values. */
export const facts = (pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

/** A check box with words beside it. */
export function toggle(words, checked, onchange) {
  return h(
    "label",
    { class: "switch" },
    h("input", { type: "checkbox", checked, onchange: (e) => onchange(e.target.checked) }),
    words,
  );
}

/** A button. */
export function button(words, onclick, kind = "") {
  return h("button", { type: "button", class: kind || null, onclick }, words);
}

/** A button that works once, until what it leads to takes its place; it stays in the page and keeps the focus. */
export function onceButton(words, onclick, kind = "") {
  const element = button(words, act, kind);
  function act({ detail }) {
    if (element.ariaDisabled || detail > 1) return; // the second click of a double click may meet the next one's button
    element.ariaDisabled = "true";
    onclick();
  }
  return element;
}

/** A picture of nothing: browsers draw a broken one where an image without a source was one before. */
const BLANK = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/%3E";

/** A row of files to choose from; tell(file) gives { name, words, picture }, picture undefined where there are none. */
export function strip({ label, tell, onchoose }) {
  const made = new Map(); // file -> its elements: built once, so that the focus stays where it is
  const unknown = new Set(); // addresses of pictures that the browser cannot show
  const element = h("div", { class: "strip", role: "group", "aria-label": label, hidden: true });
  function make(file) {
    const parts = {
      img: h("img", {
        alt: "",
        onerror: ({ target }) => {
          unknown.add(target.getAttribute("src"));
          target.src = BLANK;
        },
      }),
      name: h("span"),
      words: h("span", { class: "muted" }),
    };
    const { picture } = tell(file);
    parts.button = button([picture !== undefined && parts.img, parts.name, parts.words], () => onchoose(file));
    element.append(parts.button);
    made.set(file, parts);
  }
  function paint(files, current) {
    element.hidden = files.length < 2;
    for (const [file, parts] of made) {
      if (files.includes(file)) continue;
      parts.button.remove();
      made.delete(file);
    }
    for (const file of files) {
      if (!made.has(file)) make(file);
      const parts = made.get(file);
      const { name, words, picture } = tell(file);
      parts.name.textContent = name;
      parts.words.textContent = words;
      const shown = !picture || unknown.has(picture) ? BLANK : picture;
      if (parts.img.getAttribute("src") !== shown) parts.img.src = shown;
      parts.button.setAttribute("aria-current", String(file === current));
    }
  }
  return { element, paint };
}

/** A drop zone with a button to choose files. */
export function dropZone({ lead, hint, choose, accept, onfiles }) {
  const input = h("input", {
    type: "file",
    accept,
    multiple: true,
    hidden: true,
    onchange: () => {
      const files = [...input.files];
      input.value = "";
      if (files.length) onfiles(files);
    },
  });
  const arrow = s(
    "svg",
    { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.4", "aria-hidden": "true" },
    s("path", { d: "M12 15V4m0 0L8 8m4-4 4 4M4 15v4a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-4" }),
  );
  const pick = button(choose, () => input.click(), "main");
  const element = h(
    "div",
    { class: "drop" },
    arrow,
    h("p", { class: "lead" }, lead),
    h("p", { class: "muted small" }, hint),
    h("div", { class: "row" }, pick, input),
  );
  return {
    element,
    /** A line is enough once there are files. */
    slim(on) {
      element.classList.toggle("slim", on);
      pick.classList.toggle("main", !on);
    },
  };
}
