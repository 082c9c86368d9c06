"""The report: what it says, and what it leaves out."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from aiducation.states import OUTCOMES
from aiducation.vision.drawing import annotate
from aiducation.vision.faces import REASONS, Faces, Recording
from aiducation.vision.group import group_entry
from aiducation.vision.report import report_html
from makers import faces_of, recording_of


def some(n: int) -> list[np.ndarray]:
    return [np.eye(5, dtype=np.float32)[i % 5] * 0.5 + 0.1 for i in range(n)]


def page(result: Faces | Recording, **options: object) -> str:
    return re.sub(r"\s+", " ", report_html(result, model=options.pop("model", {}), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recording", "says"),
    [
        (recording_of([some(12)] * 8), "That could not be tested: the recording is too short"),
        (recording_of([some(7)] * 40), "That could not be tested: fewer than 8 faces"),
        (recording_of([some(12)] * 40), "At no time did the group change by more than chance explains"),
    ],
    ids=["too short", "too few", "tested"],
)
def test_it_says_whether_a_change_could_be_tested(recording: Recording, says: str) -> None:
    html = page(recording)
    assert says in html and ("At no time" in html) == ("At no time" in says)
    assert (group_entry(recording)["untested"] is None) == ("At no time" in says)


def test_a_small_group_has_no_chart_and_no_claim() -> None:
    html = page(recording_of([some(2)] * 40))
    assert "<svg" not in html and "Over time" not in html and "At no time" not in html
    assert "Group figures are withheld" in html and "If all of them agree" in html


def test_mean_probabilities_and_counts_are_told_apart() -> None:
    faces = faces_of([np.array([0.45, 0.1, 0.4, 0.03, 0.02]) for _ in range(6)])
    html = page(faces)
    assert "the mean probability" in html and "faces that were named so" in html
    assert "<b>40 %</b>" in html and "· 0 faces" in html  # focused
    assert "<b>45 %</b>" in html and "· 6 faces" in html  # neutral


def test_scores_stand_in_the_order_of_the_states() -> None:
    scores = {"recall": dict.fromkeys(sorted(OUTCOMES), 0.5), "accuracy": 0.7, "of_another_model": 1.5}
    rows = re.findall(r'scope="row">([^<]+)</th><td class="num">', page(faces_of(some(5)), model={"scores": scores}))
    assert rows[0].startswith("right") and rows[-1] == "of another model"
    assert [row.split(": ")[1] for row in rows if ": " in row] == list(OUTCOMES)


def test_each_face_of_the_picture_says_its_words() -> None:
    faces = faces_of([*some(4), np.full(5, np.nan)])
    picture = annotate(np.full((faces.height, faces.width, 3), 128, np.uint8), faces, enlarge=True)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG")
    html = page(faces, picture=file.getvalue(), min_group=1)
    words = re.findall(r'class="spot" style="left:([\d.]+)%;top:([\d.]+)%[^"]*" title="([^"]+)"', html)
    assert [w for *_, w in words] == [
        "face 0: neutral 60 %",
        "face 1: angry 60 %",
        "face 2: focused 60 %",
        "face 3: bored 60 %",
        "face 4: unclear: too small",
    ]
    for (left, top, _), box in zip(words, faces.boxes, strict=True):
        scale = picture.shape[1] / faces.width
        assert float(left) / 100 * picture.shape[1] == pytest.approx(box[0] * scale, abs=1)
        assert float(top) / 100 * picture.shape[0] == pytest.approx(box[1] * scale, abs=1)


def test_it_needs_no_scripts_and_no_network() -> None:
    for result in (faces_of(some(6)), recording_of([some(6)] * 20)):
        html = page(result)
        assert "<script" not in html and not re.search(r'(src|href)="(?!data:|#)', html)
    assert "holds no picture of the recording" in html


def test_every_reason_has_words() -> None:
    assert all(hint.endswith(".") for hint in REASONS.values())
