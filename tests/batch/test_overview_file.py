"""The overview of a folder of results lists what is there, also where only one is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.overview import IndexEntry, index_html
from aiducation.batch.overview_file import write_overview
from aiducation.batch.summary import Summary
from aiducation.texts import LANGUAGES, texts_of

SUMMARY = Summary(kind="photo", frames=1, counts={"unclear": 0}, faces=0, judged=None, shares=None, words="")


def put(folder: Path, *stems: str) -> None:
    """Results with a report each."""
    manifest = Manifest(folder)
    for stem in stems:
        report = f"{stem}.report.html"
        (folder / report).touch()
        manifest.add(
            Entry(stem=stem, source=stem, made_from={"file": [stem]}, files=(report,), complete=True, summary=SUMMARY)
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_overview_does_not_go_on_to_list_what_is_gone(language: str, tmp_path: Path) -> None:
    put(tmp_path, "a", "b")
    page = write_overview(tmp_path, [], texts_of(language))
    assert page == tmp_path / "index.html" and "b.report.html" in page.read_text(encoding="utf-8")
    for gone in ("b", "a"):
        (tmp_path / f"{gone}.report.html").unlink()
        assert write_overview(tmp_path, []) == page
        assert f"{gone}.report.html" not in page.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.glob("*.html")] == ["index.html"]


def test_one_result_needs_none_and_another_page_of_this_tool_is_none(tmp_path: Path) -> None:
    put(tmp_path, "a")
    assert write_overview(tmp_path, []) is None and not (tmp_path / "index.html").exists()
    entry = IndexEntry(source="a.mp4", error="broken")
    other = index_html([entry, entry]).replace("<title>Apparent states: overview<", "<title>Agreement<")
    (tmp_path / "index.html").write_text(other, encoding="utf-8")
    assert write_overview(tmp_path, []) is None
    put(tmp_path, "b")
    assert write_overview(tmp_path, []) == tmp_path / "overview.html"
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == other
