"""``aiducation kit``: every document in every language, filled in with what the model's file says."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aiducation.kit.facts import facts
from aiducation.kit.kit import DOCUMENTS, PURPOSE, document, write_kit
from aiducation.kit.law import RULES
from aiducation.model_info import ModelInfo
from aiducation.texts import LANGUAGES, texts_of
from aiducation.vision.classifier import Classifier
from commands import COULD_NOT, RunCli, check_refused

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))


@pytest.fixture(scope="module")
def info() -> ModelInfo:
    return Classifier().info


class _Outline(HTMLParser):
    """Names of the headings, links and blanks of a page; every tag is closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings = self.blanks = self.boxes = self.rows = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag in ("h1", "h2", "h3")
        self.rows += tag == "tr"
        self.blanks += given.get("class") == "fill"
        self.boxes += given.get("class") == "box"
        self.links += [given["href"] or ""] if "href" in given else []
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"


def outline(page: str) -> _Outline:
    made = _Outline()
    made.feed(page)
    assert not made.open
    return made


@pytest.mark.parametrize("name", DOCUMENTS)
def test_languages_have_the_same_parts(info: ModelInfo, name: str) -> None:
    """A paragraph that somebody forgets in one language is missed here."""
    made = {}
    for language in LANGUAGES:
        texts = texts_of(language)
        page = document(name, facts(info, texts), texts)
        assert f'<html lang="{language}">' in page
        parts = outline(page)
        made[language] = (parts.headings, parts.blanks, parts.boxes, parts.rows, len(parts.links))
    assert len(set(made.values())) == 1, made


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_kit_as_files(info: ModelInfo, language: str, tmp_path: Path) -> None:
    texts = texts_of(language)
    known = facts(info, texts)
    written = write_kit(tmp_path / "kit", known, texts)
    assert [path.name for path in written][-1] == PURPOSE and len(written) == len(DOCUMENTS) + 1
    start = outline(written[0].read_text(encoding="utf-8"))
    assert len(start.links) == len(DOCUMENTS) and all((tmp_path / "kit" / link).is_file() for link in start.links)
    assessment = (tmp_path / "kit" / "5-impact-assessment.html").read_text(encoding="utf-8")
    assessment = assessment.replace("\N{NO-BREAK SPACE}", " ")
    assert known.worst and known.worst in assessment and known.off_by in assessment and info.name in assessment
    assert all(rule.since in written[1].read_text(encoding="utf-8") for rule in RULES)
    assert all(how_long in assessment for _, _, how_long in known.stored)
    for path in written:
        assert "http" not in path.read_text(encoding="utf-8"), "nothing is fetched from anywhere"


def test_figures_are_those_of_the_model(info: ModelInfo) -> None:
    known = facts(info, texts_of("en"))
    right = [one["calm_accuracy"]["estimate"] for one in info.elsewhere["sets"] if one["name"] not in ("valid", "test")]
    assert (known.worst, known.best) == (f"{100 * min(right):.0f} %", f"{100 * max(right):.0f} %")
    assert any("60 minutes" in how_long for _, _, how_long in known.stored)


def test_a_model_that_was_measured_nowhere_says_so() -> None:
    plain = ModelInfo(name="mine", outcomes=("neutral", "angry", "focused", "bored", "other"), limits=())
    texts = texts_of("en")
    assert "was not measured" in document("notice", facts(plain, texts), texts)
    assert "aiducation evaluate" in document("impact-assessment", facts(plain, texts), texts)


def test_the_command(tmp_path: Path, run_cli: RunCli) -> None:
    done = run_cli("kit", "--out", tmp_path / "kit", "--language", "de", "--json")
    assert done.code == 0, done.err
    assert all(Path(name).is_file() for name in json.loads(done.out))
    check_refused(run_cli("kit", "--out", tmp_path / "kit"), COULD_NOT, "--force")


def test_the_legal_page_is_made_from_the_rules() -> None:
    import legal_page

    page = (ROOT / "docs" / "legal.md").read_text(encoding="utf-8")
    assert page == legal_page.legal_page(), "the rules changed; run: python tools/legal_page.py > docs/legal.md"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", rule.since) for rule in RULES)
