// Light or dark: as the system has it, or as was chosen.
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { button, h, show } from "./ui.js";

const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/** A button that shows the theme and goes to the next; made once a page. */
export function themeButton() {
  const one = button("", next, "plain theme");
  function apply() {
    if (settings.theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = settings.theme;
    one.setAttribute("aria-label", t.theme.label(t.theme[settings.theme]));
    show(one, h("span", {}, t.theme.name), t.theme[settings.theme]);
  }
  function next() {
    settings.theme = THEMES[(THEMES.indexOf(settings.theme) + 1) % THEMES.length];
    apply();
  }
  apply();
  return one;
}
