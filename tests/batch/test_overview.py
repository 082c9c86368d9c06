"""The overview: its sentences are in the language of the page."""

from __future__ import annotations

import re

import pytest

from aiducation.batch.overview import IndexEntry, index_html, reasons
from aiducation.batch.summary import summarize
from aiducation.media import file_kinds, folders
from aiducation.media.inputs import LeftOut
from aiducation.texts import Texts
from makers import faces_of, recording_of

PROBS = [[0.6, 0.1, 0.1, 0.1, 0.1]] * 6


def headline(language: str, *, failed: int) -> str:
    entries = [
        IndexEntry(source="a.jpg", summary=summarize(faces_of(PROBS))),
        IndexEntry(source="a.mp4", summary=summarize(recording_of([PROBS]))),
        *[IndexEntry(source=f"{k}.mp4", error="It is cut.") for k in range(failed)],
    ]
    found = re.search(r"<h1>(.*?)</h1>", index_html(entries, texts=Texts(language)))
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("language", "failed", "says"),
    [
        ("en", 1, "1 photo with 6 faces, 1 recording; 1 could not be read"),
        ("de", 1, "1 Foto mit 6 Gesichtern, 1 Aufnahme; 1 nicht lesbar"),
        ("fr", 1, "1 photo avec 6 visages, 1 enregistrement\u00a0; 1 illisible"),
        ("fr", 2, "1 photo avec 6 visages, 1 enregistrement\u00a0; 2 illisibles"),
    ],
)
def test_the_headline_has_the_forms_of_the_language(language: str, failed: int, says: str) -> None:
    assert headline(language, failed=failed) == says


def test_a_withheld_group_is_told_in_the_language_of_the_page() -> None:
    one = summarize(faces_of(PROBS[:2]))
    assert one.words == "Group figures are withheld"
    html = index_html([IndexEntry(source="a.jpg", summary=one)], texts=Texts("de"))
    assert "Zahlen zur Gruppe werden nicht gezeigt" in html and one.words not in html


def why_left_out() -> set[str]:
    """Everything that is said of files that are left out of folders."""
    kinds = [value.why for value in vars(file_kinds).values() if isinstance(value, file_kinds.Kind) and value.why]
    told = [
        value
        for name, value in vars(folders).items()
        if name in ("_COMPANION", "_HIDDEN", "_RESULT", "_CLOUD", "_LINK")
    ]
    return {*kinds, *told}


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_was_left_out_is_told_in_the_language_of_the_page(language: str) -> None:
    whys = why_left_out()
    assert "neither a photo nor a recording" in whys and len(whys) > 10
    for why in whys:
        [said] = reasons([LeftOut("my notes, and (more).txt", why)], Texts(language))
        assert said.startswith({"de": "1 Datei: ", "fr": "1 fichier\u00a0: "}[language]) and why not in said
        assert said.endswith(" (my notes, and (more).txt)")
    many = reasons([LeftOut(f"{k}.txt", "neither a photo nor a recording") for k in range(7)], Texts(language))
    assert many[0].endswith({"de": "und 2 weitere)", "fr": "et 2 de plus)"}[language])
