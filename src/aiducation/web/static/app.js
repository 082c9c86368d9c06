// The frame of the page: tabs, consent, and which part is shown.
import { check, getJson } from "./api.js";
import { forgetUnknown } from "./assumed.js";
import { learn, model } from "./looks.js";
import { offers } from "./offers.js";
import { topBar } from "./preferences.js";
import { settings } from "./settings.js";
import { builders, TABS } from "./tabs.js";
import { t } from "./texts.js";
import { alertOf, arriveAt, button, h, show } from "./ui.js";

/** @typedef {import("./tabs.js").Tab} Tab */

const pages = /** @type {Map<Tab, import("./tabs.js").Page>} */ (new Map()); // made when they are first shown, kept then
const main = h("main", { id: "main", tabindex: "-1" });

const build = builders({
  hand,
  review(id) {
    go("review");
    pages.get("review")?.show?.(id);
  },
});

/** @returns {Tab} */
const tabNow = () => TABS.find((tab) => location.hash === `#${tab}`) ?? TABS[0];

/** @param {Tab} tab */
function go(tab) {
  if (tabNow() !== tab) location.hash = tab;
  paint();
}

/**
 * Take files to the page that is for them; sure says that they are for it all, whatever their type claims. That may be known late:
 * who has gone on to something else meanwhile, such as a live lesson, is not taken away from it.
 * @param {"photo" | "recording" | "label" | "review"} tab
 * @param {File[]} files
 * @param {boolean} sure
 */
function hand(tab, files, sure = false) {
  const there = TABS.includes(tab) ? tab : "photo";
  if (!sure || tabNow() === "photo" || tabNow() === "recording") go(there);
  pageOf(there).take?.(files, sure);
}

/** @param {Tab} tab */
function pageOf(tab) {
  const page = pages.get(tab) ?? build[tab]();
  pages.set(tab, page);
  return page;
}

function paint() {
  const tab = tabNow();
  const page = pageOf(tab);
  for (const one of /** @type {Tab[]} */ (["live", "class"])) if (tab !== one) pages.get(one)?.stop?.();
  if (main.firstChild !== page.element) {
    show(main, page.element);
    page.shown?.();
  }
  document.title = `${t.tabs[tab]} · ${t.name}`;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".tabs a"))) {
    if (link.hash === `#${tab}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (needsConsent()) askConsent();
}

/** The page about the model shows nobody, and a class asks itself. */
const needsConsent = () => !settings.agreed && !["model", "class"].includes(tabNow());

/** Before anybody is looked at: what this does, and whether those who are seen know. */
function askConsent() {
  if (document.querySelector("dialog[open]")) return;
  const box = h("input", {
    type: "checkbox",
    onchange: () => {
      begin.disabled = !box.checked;
    },
  });
  const begin = button(
    t.consent.begin,
    () => {
      settings.agreed = new Date().toISOString();
      dialog.close();
    },
    "main",
  );
  const read = () => {
    dialog.close();
    go("model");
  };
  begin.disabled = true;
  const dialog = h(
    "dialog",
    { "aria-labelledby": "consent-title" },
    h("h1", { id: "consent-title" }, t.consent.title),
    t.consent.words.map((words) => h("p", {}, words)),
    h(
      "ul",
      {},
      t.consent.list(model).map((words) => h("li", {}, words)),
    ),
    h("div", { class: "notice" }, h("p", {}, t.legal)),
    h(
      "div",
      { class: "confirm" },
      h("label", { class: "switch agree" }, box, h("span", {}, t.consent.agree)),
      h("div", { class: "row end" }, button(t.consent.model, read, "plain"), begin),
    ),
  );
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    arriveAt(main.querySelector("h1"));
    if (needsConsent()) askConsent(); // browsers close a dialog at the second Escape, whatever the page says
  });
  document.body.append(dialog);
  dialog.showModal();
  box.focus();
}

/** @param {File[]} files */
function dropped(files) {
  if (!files.length) return;
  if (!settings.agreed) {
    go("photo"); // which asks first
    return;
  }
  const [{ type }] = files;
  const here = tabNow();
  if ((here === "label" || here === "review") && !type.startsWith("video/")) {
    hand(here, files);
    return;
  }
  const video = type.startsWith("video/") || (tabNow() === "recording" && !type.startsWith("image/"));
  hand(video ? "recording" : "photo", files);
}

function listen() {
  addEventListener("hashchange", () => {
    paint();
    arriveAt(main.querySelector("h1"));
    scrollTo(0, 0);
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("drag");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("drag");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("drag");
    dropped([...(event.dataTransfer?.files ?? [])]);
  });
  addEventListener("paste", (event) => dropped([...(event.clipboardData?.files ?? [])]));
  addEventListener("beforeunload", (event) => {
    if ([...pages.values()].some((page) => page.running?.())) event.preventDefault();
  });
}

/** What this page loads beside files of its own origin. What an extension of the browser tries in the page is something else. */
const LOADED = /^(blob|data|wasm-eval|wss?:)/;

/**
 * The server's own policy lets through all that this page does: another one was added on the way.
 * @param {SecurityPolicyViolationEvent} event
 */
function policyBroken({ effectiveDirective, blockedURI }) {
  if (!LOADED.test(blockedURI) && !blockedURI.startsWith(location.origin)) return;
  document.removeEventListener("securitypolicyviolation", policyBroken);
  main.before(h("div", { class: "between" }, alertOf(t.problem.policy(effectiveDirective, blockedURI))));
}

/** @param {MouseEvent} event */
function skip(event) {
  event.preventDefault(); // the address names the tab
  main.focus();
}

async function start() {
  document.addEventListener("securitypolicyviolation", policyBroken);
  show(
    /** @type {HTMLElement} */ (document.getElementById("app")),
    h("a", { class: "skip", href: "#main", onclick: skip }, t.skip),
    topBar(
      { "aria-label": t.nav },
      TABS.map((tab) => h("a", { href: `#${tab}` }, t.tabs[tab])),
    ),
    main,
    h(
      "footer",
      {},
      h("p", {}, t.footer),
      h("p", {}, t.limits[0], " ", offers.server && h("a", { href: "docs" }, t.apiLink)),
      offers.licenses.length > 0 &&
        h(
          "p",
          {},
          t.licenses,
          " ",
          offers.licenses.map((file) => [h("a", { href: file }, file.replace(/.*\//, "")), " "]),
        ),
    ),
    h("div", { id: "announcer", class: "visually-hidden", role: "status" }),
  );
  try {
    learn((await Promise.all([getJson("api/model"), check()]))[0]);
  } catch (problem) {
    show(main, alertOf(problem.message));
    return;
  }
  settings.usualGroup = model.min_group;
  forgetUnknown();
  listen();
  paint();
}

start();
