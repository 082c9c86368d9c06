// The top bar of every page: its name, where one can go, and what the reader prefers: the language, light or dark.
import { language, languages } from "./language.js";
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { button, h, show } from "./ui.js";

const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/** What small screens show of the theme. */
const SIGNS = { auto: "◐", light: "☀\ufe0e", dark: "☾" };

/**
 * The top bar, made once a page.
 * @param {Record<string, string>} aria attributes of the navigation
 * @param {HTMLAnchorElement[]} links
 */
export function topBar(aria, links) {
  document.documentElement.lang = language;
  return h(
    "header",
    { class: "top" },
    h(
      "div",
      { class: "top-inner" },
      h("div", { class: "brand" }, h("img", { src: "static/icon.svg", alt: "" }), t.name),
      h("nav", { class: "tabs", ...aria }, links),
      h("div", { class: "row" }, languageChoice(), themeButton()),
    ),
  );
}

/** The languages that there are, each by its own name; the page is loaded again in the one that is chosen. */
function languageChoice() {
  if (Object.keys(languages).length < 2) return null;
  /** @type {HTMLSelectElement} */
  const choice = h(
    "select",
    {
      class: "language",
      "aria-label": t.language,
      onchange: () => {
        settings.language = choice.value;
        location.reload();
      },
    },
    Object.entries(languages).map(([code, name]) =>
      h("option", { value: code, lang: code, selected: code === language }, name),
    ),
  );
  return choice;
}

/** A button that shows the theme and goes to the next. */
function themeButton() {
  const one = button("", next, "plain theme");
  function apply() {
    if (settings.theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = settings.theme;
    one.setAttribute("aria-label", t.theme.label(t.theme[settings.theme]));
    show(
      one,
      h("span", { class: "name" }, t.theme.name),
      h("span", { class: "value" }, t.theme[settings.theme]),
      h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[settings.theme]),
    );
  }
  function next() {
    settings.theme = THEMES[(THEMES.indexOf(settings.theme) + 1) % THEMES.length];
    apply();
  }
  apply();
  return one;
}
