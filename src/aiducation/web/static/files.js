// Files: where the user drops or chooses them, and the row of those that were chosen.
import { sampleButton } from "./sample.js";
import { button, h, s } from "./ui.js";

/** A picture of nothing: browsers draw a broken one where an image without a source was one before. */
const BLANK = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/%3E";

/**
 * A row of files to choose from; tell(file) gives { name, words, picture }, picture undefined where there are none.
 * @template {object} F
 * @param {{
 *   label: string,
 *   tell: (file: F) => { name: string, words: string, picture?: string | null },
 *   onchoose: (file: F) => void,
 * }} options
 */
export function strip({ label, tell, onchoose }) {
  const made = /** @type {Map<F, ReturnType<typeof make>>} */ (new Map()); // built once, so that the focus stays where it is
  const unknown = new Set(); // addresses of pictures that the browser cannot show
  const element = h("div", { class: "strip", role: "group", "aria-label": label, hidden: true });

  /** @param {F} file */
  function make(file) {
    const img = h("img", {
      alt: "",
      onerror: () => {
        unknown.add(img.getAttribute("src"));
        img.src = BLANK;
      },
    });
    const [name, words] = [h("span"), h("span", { class: "muted" })];
    const { picture } = tell(file);
    const one = button([picture !== undefined && img, name, words], () => onchoose(file));
    element.append(one);
    return { img, name, words, button: one };
  }

  /**
   * Show these files; `current` is the one that is looked at.
   * @param {F[]} files
   * @param {F | null} current
   */
  function paint(files, current) {
    element.hidden = files.length < 2;
    for (const [file, parts] of made) {
      if (files.includes(file)) continue;
      parts.button.remove();
      made.delete(file);
    }
    for (const file of files) {
      const parts = made.get(file) ?? make(file);
      made.set(file, parts);
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

/**
 * A drop zone with a button to choose files.
 * @param {{
 *   lead: string,
 *   hint: string,
 *   choose: string,
 *   accept: string,
 *   sample?: import("./sample.js").Kind,
 *   onfiles: (files: File[]) => void,
 * }} options
 */
export function dropZone({ lead, hint, choose, accept, sample, onfiles }) {
  const input = h("input", {
    type: "file",
    accept,
    multiple: true,
    hidden: true,
    onchange: () => {
      const files = [...(input.files ?? [])];
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
  const trial = sample && sampleButton(sample, (file) => onfiles([file]));
  const element = h(
    "div",
    { class: "drop" },
    arrow,
    h("p", { class: "lead" }, lead),
    h("p", { class: "muted small" }, hint),
    h("div", { class: "row" }, pick, trial?.button, input),
    trial?.notice,
  );
  return {
    element,
    /**
     * A line is enough once there are files.
     * @param {boolean} on
     */
    slim(on) {
      element.classList.toggle("slim", on);
      pick.classList.toggle("main", !on);
    },
  };
}
