"""The report on paper, as Chromium prints it to a PDF file: no page half blank, nothing clipped, nothing folded away."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.exports.format import Material
from aiducation.exports.picture import picture_jpeg
from aiducation.exports.report import report_html
from aiducation.observations.faces import MadeWith
from makers import faces_of, lesson
from needs import BROWSER, CHROMIUM, need_package

SCORES = {name: {"estimate": 0.7, "low": 0.6, "high": 0.8} for name in ("accuracy", "f1_macro", "calibration_error")}
MODEL = MadeWith(
    model={"name": "flagship", "threshold": 0.35, "scores": SCORES, "data_hash": "0123456789abcdef" * 4},
    settings={"detector": "yunet", "a setting with a long value": "value-without-any-blank-" * 8},
)


def printed(folder: Path, html: str) -> Any:
    """The pages, as pypdfium2 opens them."""
    BROWSER.check()
    pdfium = need_package("pypdfium2")
    (folder / "report.html").write_text(html, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'browser'}"]
    command += ["--no-pdf-header-footer", f"--print-to-pdf={folder / 'report.pdf'}", (folder / "report.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return pdfium.PdfDocument(str(folder / "report.pdf"))


def ink(page: Any) -> tuple[float, float, float]:
    """Where what is printed begins at the left and ends at the right and below, as shares of the page; without its number."""
    gray = np.asarray(page.render(scale=1).to_pil().convert("L"))
    rows, columns = (gray < 235).any(axis=1), (gray < 235).any(axis=0)
    body = np.flatnonzero(rows[: int(0.95 * len(rows))])
    x = np.flatnonzero(columns)
    return x[0] / len(columns), (x[-1] + 1) / len(columns), (body[-1] + 1) / len(rows)


def check(document: Any, says: list[str]) -> None:
    pages = [document[i] for i in range(len(document))]
    assert [round(v) for v in pages[0].get_size()] == [595, 842], "A4"
    text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    plain = "".join(text.split())
    for words in says:
        assert "".join(words.split()) in plain, words
    assert f"1 / {len(pages)}" in text
    for number, page in enumerate(pages, 1):
        left, right, bottom = ink(page)
        assert left > 0.05 and right < 0.95, f"page {number} reaches into its margins"
        assert bottom > 0.5 or number == len(pages), f"page {number} is half blank"


@pytest.mark.slow
def test_a_lesson_on_paper(tmp_path: Path) -> None:
    result = replace(lesson(source="a_long_name_" * 12 + ".mp4"), made_with=MODEL)
    document = printed(tmp_path, report_html(Material(result=result)))
    check(
        document,
        [result.source, "turned to other", "Each face over time (8)", "training data", "0123456789abcdef"],
    )
    last = document[len(document) - 1].get_textpage().get_text_range()
    assert "Article 5(1)(f)" in last and "No data left this machine" in last


@pytest.mark.slow
@pytest.mark.parametrize("size", [(640, 360), (400, 900)], ids=["wide", "tall"])
def test_a_photo_on_paper(size: tuple[int, int], tmp_path: Path) -> None:
    faces = replace(faces_of([np.eye(5)[i % 5] * 0.5 + 0.1 for i in range(60)]), made_with=MODEL)
    faces = replace(faces, width=size[0], height=size[1])
    image = np.asarray(Image.new("RGB", size, (90, 110, 130)))
    material = Material(result=faces, image=image)
    document = printed(tmp_path, report_html(material, picture=picture_jpeg(material)))
    check(document, ["Each face (60)", "What this cannot tell", "value-without-any-blank"])
    first = document[0].get_textpage().get_text_range()
    assert "Click the picture" not in first and "60 faces" in first
