"""Pages that are written as files, in a real browser: reports, the overview, the consent kit. axe-core finds nothing in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.kit.facts import facts
from aiducation.kit.kit import document
from aiducation.texts import texts_of
from aiducation.vision.classifier import Classifier
from commands import RunCli
from makers import lesson
from needs import BROWSER, need_package
from page_makers import PATIENCE, SIZES

ROOT = Path(__file__).parents[2]

pytestmark = BROWSER.mark()

#: What a narrow screen or dark colours can change.
LOOKS = (("phone", "light"), ("laptop", "dark"))


@pytest.fixture
def check(browser: Any) -> Any:
    """Opens a page in every look, with everything unfolded, and asks axe-core."""
    axe = need_package("axe_playwright_python.sync_playwright").Axe()

    def look(path: Path) -> None:
        for size, scheme in LOOKS:
            width, height = SIZES[size]
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.set_default_timeout(PATIENCE)
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(path.as_uri())
            page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            page.close()
            where = (path.name, size, scheme)
            assert not found, (*where, [(v["id"], [node["html"][:100] for node in v["nodes"]][:3]) for v in found])
            assert wide <= 0, where
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == [], where

    return look


def test_a_report_of_a_recording(check: Any, tmp_path: Path) -> None:
    path = tmp_path / "lesson.report.html"
    path.write_text(report_html(Material(result=lesson())), encoding="utf-8")
    check(path)


def test_a_timeline_that_is_wider_than_the_screen_says_so(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "lesson.report.html"
    path.write_text(report_html(Material(result=lesson())), encoding="utf-8")
    for width, is_told in ((390, True), (1000, False)):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.goto(path.as_uri())
        is_wider = page.locator("figure.timeline").evaluate("(figure) => figure.scrollWidth > figure.clientWidth")
        assert page.get_by_text("swipe or scroll it sideways").is_visible() == is_wider == is_told
        page.close()


def test_what_is_wider_than_a_phone_fades_where_it_goes_on(browser: Any) -> None:
    """A table that ends between two columns, and a figure that ends between two marks, look whole."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_default_timeout(PATIENCE)
    page.goto((ROOT / "results" / "study" / "index.html").as_uri())
    looks = """() => [...document.querySelectorAll("section > .scroll, figure > .scroll")].map(
      (one) => [one.scrollWidth > one.clientWidth, getComputedStyle(one).maskImage !== "none"])"""
    assert {(True, True), (False, False)} == {tuple(one) for one in page.evaluate(looks)}
    page.evaluate("() => document.querySelectorAll('.scroll').forEach((one) => one.scrollTo({ left: 10000 }))")
    page.wait_for_function(f"() => ({looks})().every(([, fades]) => !fades)")
    page.close()


@pytest.mark.slow
def test_agreement_and_explanations(check: Any, samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """On a phone, figures keep letters that can be read: they are scrolled inside of the page."""
    need_package("matplotlib")
    for name, state in (("anna", "focused"), ("ben", "bored")):
        rows = "".join(f"m.mp4,person {i},0,{4 + i},{state if i % 3 else 'other'}\n" for i in range(6))
        (tmp_path / f"{name}.csv").write_text(f"source,person,from_s,to_s,state\n{rows}")
    done = run_cli("agree", tmp_path / "anna.csv", tmp_path / "ben.csv", "--out", tmp_path / "agreement")
    assert done.code == 0, done.err
    check(tmp_path / "agreement" / "index.html")
    assert "min-width: " in (tmp_path / "agreement" / "index.html").read_text(encoding="utf-8")
    done = run_cli("explain", samples / "gallery.jpg", "--out", tmp_path / "why")
    assert done.code == 0, done.err
    check(tmp_path / "why" / "index.html")


@pytest.mark.slow
def test_the_report_of_a_photo_and_the_overview(check: Any, samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    for name in ("one.jpg", "two.jpg"):
        (tmp_path / name).write_bytes((samples / "gallery.jpg").read_bytes())
    done = run_cli("analyze", tmp_path / "one.jpg", tmp_path / "two.jpg", "--save", "report", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    check(tmp_path / "out" / "one.report.html")
    check(tmp_path / "out" / "index.html")


@pytest.mark.slow
def test_the_consent_kit(check: Any, tmp_path: Path) -> None:
    texts = texts_of("de")  # whose words are the longest
    known = facts(Classifier().info, texts)
    for name in ("impact-assessment", "consent-parents", "legal"):  # the others are made of the same parts
        path = tmp_path / f"{name}.html"
        path.write_text(document(name, known, texts), encoding="utf-8")
        check(path)
