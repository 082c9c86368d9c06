"""What tests of the page in a real browser share: what a teacher does there, and what one then sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiducation.vision.analyzer import Analyzer
from needs import need_package
from waiting import PATIENCE_S
from web_makers import Server

expect = need_package("playwright.sync_api").expect
PATIENCE = 1000 * PATIENCE_S  # milliseconds
expect.set_options(timeout=PATIENCE)

SIZES = {"laptop": (1280, 800), "phone": (390, 844), "projector": (1920, 1080)}

#: Whether the browser asks before somebody leaves the page.
LEAVING = """() => {
  const leaving = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""

#: A second camera, where the test's browser has one; both are the same film.
SECOND_CAMERA = """
  const tell = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
  navigator.mediaDevices.enumerateDevices = async () => {
    const there = await tell();
    const one = there.find(({ kind, deviceId }) => kind === "videoinput" && deviceId);
    return one ? [...there, { kind: "videoinput", deviceId: "second", label: "At the board" }] : there;
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.asked = [];
  navigator.mediaDevices.getUserMedia = (what) => { window.asked.push(what); return ask({ ...what, video: true }); };
"""

#: A page that waits a second or longer before it asks again waits a tenth of it.
HURRY = """() => {
  const later = setTimeout;
  window.setTimeout = (then, ms, ...rest) => later(then, ms >= 1000 ? ms / 10 : ms, ...rest);
}"""

#: Every text that is shown, with its place: words of elements, and what screen readers and pointers are told.
WORDS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: element, textContent: words } = walk.currentNode;
    if (!element.closest("noscript, script")) found.push([element.outerHTML, words.trim()]);
  }
  for (const element of document.querySelectorAll("[aria-label], [alt], [placeholder], [title]"))
    for (const name of ["aria-label", "alt", "placeholder", "title"])
      if (element.getAttribute(name)) found.push([element.outerHTML.slice(0, 200), element.getAttribute(name)]);
  return found.filter(([, words]) => /[A-Za-z]{2}/.test(words) && !told.has(words.replace(/^\\w+: /, "")));
}"""

#: Keeps every text that the server sends in its answers: what it says of a result is its own, not the page's.
LISTEN = """() => {
  window.told = new Set();
  const keep = (value) => {
    if (typeof value === "string") told.add(value);
    else if (value && typeof value === "object" && !value.messages) Object.entries(value).flat().forEach(keep);
    return value;
  };
  const [json, parse] = [Response.prototype.json, JSON.parse];
  Response.prototype.json = async function () { return keep(await json.call(this)); };
  JSON.parse = (text) => keep(parse(text));
}"""


def ids_kept(page: Any, kind: str) -> list[str]:
    """The ids of what a server holds for a page's browser: of each "recording", "session" or "class" that was not let go."""
    script = "(kind) => Object.keys(localStorage).flatMap((key) => key.split(` ${kind} `)[1] ?? [])"
    found: list[str] = page.evaluate(script, kind)
    return found


def record(page: Any, place: str) -> None:
    """Keep all that an element says from now on in ``said``: who looks now and then misses what stands there for a moment."""
    page.locator(place).evaluate("""(place) => {
      window.said = [place.textContent];
      const hear = () => said.push(place.textContent);
      new MutationObserver(hear).observe(place, { childList: true, characterData: true, subtree: true });
    }""")


def to_tab(page: Any, name: str) -> None:
    """Go to another tab. The page hears of the click a moment later; until then it shows the old one."""
    link = page.locator(".tabs").get_by_role("link", name=name)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


def choose(page: Any, *files: Path) -> None:
    page.locator("main input[type=file]").first.set_input_files([str(file) for file in files])


def save(page: Any, words: str) -> bytes:
    """What a click on a download button gives."""
    with page.expect_download() as waiting:
        page.locator("main").get_by_text(words, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def seconds_seen(received: list[Any]) -> float:
    """Seconds between the first and the last live picture that showed faces."""
    frames = [message for message in map(json.loads, received) if message.get("type") == "frame" and message["faces"]]
    return frames[-1]["time_s"] - frames[0]["time_s"] if frames else 0.0


def faces_found(folder: Path, picture: bytes) -> int:
    """How many faces a detector finds in a picture that the page gave."""
    (folder / "picture").write_bytes(picture)
    return len(Analyzer().photo(folder / "picture"))


def expect_no_states(page: Any, people: int) -> None:
    """The faces have boxes without states."""
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(people)
    expect(page.locator(".face .tag:visible")).to_have_count(0)


def expect_none_left(page: Any, server: Server) -> None:
    """The page shows no recording, and then the server has none: one leaves the page when it is deleted."""
    for name in ("Delete from this machine", "Cancel", "Remove it from the list"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert sum(server.get("health")[1]["recordings"].values()) == 0


def analyzed(page: Any, clip: Path) -> None:
    """Let a page analyze a recording of nine faces."""
    choose(page, clip)
    expect(page.locator(".face")).to_have_count(9)


def delete(page: Any) -> None:
    """Delete the recording from the page that lists it."""
    to_tab(page, "Recording")
    page.reload(wait_until="networkidle")  # nothing is on its way any more that would not be found
    page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


def reviewed(new_page: Any, clip: Path) -> Any:
    """A page that shows a recording's faces to correct."""
    page = new_page("#recording")
    analyzed(page, clip)
    page.get_by_role("button", name="Review and correct").click()
    expect(page.locator(".review .face")).to_have_count(9)
    return page


def told(page: Any) -> None:
    """Until the server knows every change of the result that is reviewed.

    A page that is loaded anew before tells the server, too; who comes second is told that its list is an old one (412).
    """
    page.wait_for_function(
        """() => {
          const all = Object.values(JSON.parse(localStorage["aiducation-agreed"] ?? "{}"));
          return all.length > 0 && all.every(({ waiting }) => !waiting);
        }"""
    )


def says(page: Any, words: str) -> Any:
    """Mark a time of the recording that is corrected."""
    page.get_by_label("What happened").fill(words)
    page.keyboard.press("Enter")
    return expect(page.locator(".edits li").filter(has_text=words)).to_be_visible()
