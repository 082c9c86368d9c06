// Small helpers to build the page. Nothing here knows what the page is about.

/** An element: h("p", { class: "muted" }, "words", child, ...). Functions become listeners; "style" is an object. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (["value", "checked", "disabled", "hidden", "srcObject", "muted"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Put new children in the place of the old ones. */
export function show(element, ...children) {
  element.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/** Say something to screen readers without showing it. */
export function announce(words) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = words;
}

/** 0.256 -> "26 %". */
export function percent(share) {
  return share === null || share === undefined || Number.isNaN(share) ? "–" : `${Math.round(share * 100)} %`;
}

/** 3723 -> "1:02:03", 75 -> "1:15". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Start a download of a blob under a name. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

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

/** A drop zone with a button to choose files. */
export function dropZone({ lead, hint, choose, accept, multiple = false, slim = false, onfiles }) {
  const input = h("input", {
    type: "file",
    accept,
    multiple,
    hidden: true,
    onchange: () => {
      take(input.files);
      input.value = "";
    },
  });
  const take = (files) => files.length && onfiles([...files]);
  const arrow = s(
    "svg",
    { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.4", "aria-hidden": "true" },
    s("path", { d: "M12 15V4m0 0L8 8m4-4 4 4M4 15v4a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-4" }),
  );
  return h(
    "div",
    { class: `drop ${slim ? "slim" : ""}` },
    arrow,
    h("p", { class: "lead" }, lead),
    hint && h("p", { class: "muted small" }, hint),
    h(
      "div",
      { class: "row" },
      button(choose, () => input.click(), slim ? "" : "main"),
      input,
    ),
  );
}
