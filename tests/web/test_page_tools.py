"""Tools of the page in a browser, each without the rest of the page: numbers of tracks, switches, answers that come late."""

from __future__ import annotations

from typing import Any

import pytest

from needs import BROWSER
from page_makers import expect

pytestmark = BROWSER.mark()


@pytest.fixture
def page(new_page: Any) -> Any:
    page = new_page("#review")
    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    return page


def test_a_track_that_is_split_off_has_a_number_of_its_own(page: Any) -> None:
    """Not that of a track that was hidden, nor that of one whose split has not arrived yet."""
    numbers = page.evaluate(
        """async () => {
          const { editTools } = await import("/static/edit_tools.js");
          const { keepEdits } = await import("/static/annotations.js");
          const made = [];
          const onedit = (entry) => made.push(entry);
          const names = { key: "a", nameOf: String, ownName: () => "", onname: () => {} };
          const tools = editTools("a.mp4", { ...names, onedit });
          const tracks = (...ids) => ({ every_s: 1, times_s: [0, 1], tracks: ids.map((track_id) => ({ track_id, spans: [] })) });
          const buttons = () => [...tools.element.querySelectorAll("button")];
          const split = () => buttons().find((one) => /another person/.test(one.textContent)).click();
          keepEdits("a", [{ kind: "hide", source: "a.mp4", track_id: 9 }]);
          tools.update(tracks(7, 8));
          tools.choose(7);
          split();
          keepEdits("a", [{ kind: "hide", source: "a.mp4", track_id: 9 }, made[0]]);
          split();
          keepEdits("a", []);
          tools.update(tracks(7, 8, 9, 14));
          tools.update(tracks(7, 8)); // the others are hidden by what another program said
          split();
          return made.map(({ into }) => into);
        }"""
    )
    assert numbers == [10, 11, 15]


def test_all_switches_for_tables_say_the_same(page: Any) -> None:
    said = page.evaluate(
        """async () => {
          const { dialectToggle, dialectOf } = await import("/static/dialect.js");
          const followed = [];
          const [one, other] = ["one", "other"].map((name) => dialectToggle(() => followed.push([name, dialectOf("csv")])));
          const boxes = [one, other].map((label) => label.querySelector("input"));
          document.body.append(one, other);
          boxes[0].click();
          one.remove();
          other.remove();
          return [boxes.map(({ checked }) => checked), followed];
        }"""
    )
    excel = {"csv_dialect": "excel"}
    assert said == [[True, True], [["one", excel], ["other", excel]]]


def test_of_two_comparisons_the_last_one_is_shown(page: Any) -> None:
    shown = page.evaluate(
        """async () => {
          const { compareCard } = await import("/static/compare.js");
          const { fetch } = window;
          const answers = [];
          window.fetch = (address, options) =>
            address.startsWith("api/comparison") ? new Promise((done) => answers.push(done)) : fetch(address, options);
          const known = ["a", "b", "c"].map((id) => ({ id, name: id }));
          const card = compareCard("a", known, () => 5);
          const button = card.querySelector("button");
          button.click();
          button.click();
          const refused = (message) => Response.json({ error: { code: "x", message } }, { status: 400 });
          const quiet = () => new Promise((done) => setTimeout(done, 0));
          answers[1](refused("second"));
          while (!card.querySelector("[role=alert]")) await quiet();
          answers[0](refused("first"));
          for (let i = 0; i < 20; i++) await quiet();
          window.fetch = fetch;
          return card.querySelector("[role=alert]").textContent;
        }"""
    )
    assert shown == "second"


def test_an_element_of_a_page_without_encryption_says_what_is_missing(page: Any) -> None:
    """Browsers give such a page no ``mediaDevices`` at all."""
    said = page.evaluate(
        """async () => {
          await import("/static/aiducation-live.js");
          const one = document.createElement("aiducation-live");
          document.body.append(one);
          Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
          const told = new Promise((done) => one.addEventListener("aiducation-error", ({ detail }) => done(detail)));
          one.start();
          const words = await told;
          delete navigator.mediaDevices;
          one.remove();
          return words;
        }"""
    )
    assert "its connection is not secure" in said
