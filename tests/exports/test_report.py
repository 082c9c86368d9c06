"""The report: what it says, and what it leaves out."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from aiducation.exports.annotated_picture import annotate
from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.group import group_of
from aiducation.observations.reasons import REASONS
from aiducation.observations.recording import Recording
from aiducation.states import OUTCOMES
from aiducation.texts import texts_of
from makers import faces_of, recording_of


def some(n: int) -> list[np.ndarray]:
    return [np.eye(5, dtype=np.float32)[i % 5] * 0.5 + 0.1 for i in range(n)]


def lively(n: int, at: int, turned: int = 0) -> list[np.ndarray]:
    """Faces that waver between neutral and focused, each at its own pace; some look other."""
    base = [np.array([0.45, 0.05, 0.35, 0.05, 0.1]), np.array([0.3, 0.05, 0.5, 0.05, 0.1])]
    own = [base[(at // (3 + i % 7) + i) % 2] for i in range(n)]
    return [np.array([0.1, 0.05, 0.1, 0.05, 0.7]) if i < turned else probs for i, probs in enumerate(own)]


def turned(people: int) -> Recording:
    """Three minutes of 25 people, some of whom look other from 1:00 to 2:00."""
    return recording_of([lively(25, i, people if 60 <= i < 120 else 0) for i in range(180)])


def page(result: Faces | Recording, **options: object) -> str:
    made_with = MadeWith(model=options.pop("model", {}))  # type: ignore[arg-type]
    picture = options.pop("picture", None)
    material = Material(result=replace(result, made_with=made_with), **options)  # type: ignore[arg-type]
    return re.sub(r"\s+", " ", report_html(material, picture=picture))  # type: ignore[arg-type]


def test_what_was_seen_comes_first_then_how_sure_it_is() -> None:
    html = page(turned(15))
    seen, sure = html.index("15 of 25 people turned to other"), html.index("certain</span>")
    assert (
        seen
        < sure
        < html.index("The test asks whether these people changed together")
        < html.index("answer another question")
    )
    assert "other: 0 of 25 people before, 15 during the change" in html and "1:00 to 2:00" in html
    assert "No change of expressions is certain" not in html


def test_what_is_not_certain_is_shown_with_what_it_would_take() -> None:
    """Two of 25 people who all waver, each at times of their own."""
    rng, wavering = np.random.default_rng(2), []
    neutral, focused, other = np.array([[9, 1, 7, 1, 2], [6, 1, 10, 1, 2], [2, 1, 2, 1, 14]]) / 20
    state = rng.integers(0, 2, 25)
    for at in range(180):
        state = np.where(rng.random(25) < 0.08, 1 - state, state)
        wavering.append([other if i < 2 and 60 <= at < 120 else (neutral, focused)[s] for i, s in enumerate(state)])
    html = page(recording_of(wavering))
    assert "2 of 25 people turned to other" in html and "not certain" in html
    assert re.search(
        r"No change of expressions is certain. With 25 people seen well, about \d+ would have to change together", html
    )


def test_faces_that_leave_are_a_change_of_their_own() -> None:
    whole = [*[lively(25, i) for i in range(60)], *[lively(25, i)[:17] for i in range(60, 120)]]
    html = page(recording_of(whole))
    assert "8 faces left: 25 before, 17 after" in html and "<b>1:00</b>" in html and "counted" in html


@pytest.mark.parametrize(
    ("recording", "says"),
    [
        (recording_of([some(12)] * 7), "could not be tested: the recording is too short"),
        (recording_of([some(12)] * 40), "No change of expressions is certain"),
        (recording_of([some(7)] * 40), "With 7 people seen well"),
    ],
    ids=["too short", "nothing", "few"],
)
def test_it_never_says_that_nothing_changed(recording: Recording, says: str) -> None:
    html = page(recording)
    assert says in html and "At no time" not in html
    tested = "could not be tested" not in says
    assert (group_of(recording).entry()["untested"] is None) == tested
    assert tested or ("No change of expression was seen" not in html and "The test asks whether" not in html)


def test_a_small_group_has_no_chart_and_no_claim() -> None:
    html = page(recording_of([some(2)] * 40))
    assert "<svg" not in html and "Over time" not in html and "At no time" not in html
    assert "Group figures are withheld" in html and "If all of them agree" in html


def test_counts_come_first_and_mean_probabilities_second() -> None:
    faces = faces_of([np.array([0.45, 0.1, 0.4, 0.03, 0.02]) for _ in range(6)])
    html = page(faces)
    assert '<b>6 of 6 faces</b><br><span class="muted">mean probability 45 %' in html
    assert '<b>0 of 6 faces</b><br><span class="muted">mean probability 40 %' in html  # focused
    assert "most looked neutral (6 of 6 faces, mean probability 45 %)" in html
    assert group_of(faces).entry()["counts"]["neutral"] == 6


def test_a_number_and_its_percent_sign_stay_on_one_line() -> None:
    """On a phone a line ended between them."""
    html = report_html(Material(result=turned(15)))
    text = re.sub(r"<style.*?</style>|<[^>]*>", "", html, flags=re.DOTALL)
    assert re.search(r"\d\u00a0%", text) and not re.search(r"\d %", text)
    assert ": 100%; height: auto" in html  # styles stay as they are


def test_the_figure_has_the_numbers_of_the_bars_and_the_length_its_last_step() -> None:
    """The last step has one picture, the others two; with each step alike, "other" came out as 2.4 beside 2.2."""
    other, neutral = np.eye(5)[4], np.eye(5)[0]
    frames = [[*[other] * (2 if at < 8 else 4), *[neutral] * 4] for at in range(9)]
    html = page(recording_of(frames, every_s=0.5))
    counted = re.findall(r"<b>(\S+) of \S+ faces</b>", html)
    beside = html[html.index("faces on average</text>") : html.index("mean probability</text>")]
    figure = re.findall(r"(\d[\d.]*)</text>", beside)
    assert "2.2" in counted
    assert sorted(n for n in figure if n != "0") == sorted(n for n in counted if n != "0")
    assert "A recording of 0:04," in html and "<b>0:04</b>" in html
    assert "A recording of 0:08," in page(recording_of(frames[:8]))


def test_wrong_answers_are_those_that_were_counted_elsewhere() -> None:
    """A mean error over all faces was said to bound answers of 99 %: "expect 0 to 10 to be wrong", where 40 were."""
    sets = [
        {
            "name": name,
            "faces": 9,
            "calm_accuracy_when_answered": {"estimate": right},
            "accuracy_when_answered": {"estimate": 0.5},
        }
        for name, right in {"test": 0.95, "web": 0.6, "press": 0.84}.items()
    ]
    faces = replace(faces_of([np.array([0.01, 0.96, 0.01, 0.01, 0.01])] * 12), view="calm")
    html = page(faces, model={"off_by": 0.08, "elsewhere": {"sets": sets}})
    assert "16 of a hundred answers were wrong on the best set of pictures and 40 on the worst" in html
    assert "up to 8 percentage points too high or too low, on average over all faces" in html
    assert "to be wrong" not in html and "(88 % to 100 %)" not in html
    assert "of a hundred answers" not in page(faces, model={"off_by": 0.08})


def test_the_figure_explains_lines_only_where_there_are_some() -> None:
    certain, none = page(turned(15)), page(recording_of([some(7)] * 40))
    assert "Thick vertical lines" in certain and "The bar above a line" in certain
    assert "vertical lines" not in none and "The bar above" not in none


def test_scores_stand_in_the_order_of_the_states() -> None:
    scores = {"recall": dict.fromkeys(sorted(OUTCOMES), 0.5), "accuracy": 0.7, "of_another_model": 1.5}
    rows = re.findall(r'scope="row">([^<]+)</th><td class="num">', page(faces_of(some(5)), model={"scores": scores}))
    assert rows[0].startswith("accuracy") and rows[-1] == "of another model"
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
    assert "contains no picture of the recording" in html


def test_every_reason_has_words() -> None:
    assert all(hint.endswith(".") for hint in REASONS.values())


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Each face (1,001)"), ("de", "(1.001)"), ("fr", "(1\u202f001)")]
)
def test_how_many_rows_a_table_has_is_written_as_the_language_writes_numbers(language: str, words: str) -> None:
    html = page(faces_of([np.full(5, 0.2)] * 1001), texts=texts_of(language))
    assert f"{words.replace(chr(0x202F), ' ')}</summary>" in html  # ``page`` makes a plain blank of each one


def test_one_is_not_told_as_several() -> None:
    """ "1 faces found", "1 pictures analyzed", "0 of 1 faces could be judged"."""
    several = re.compile(r"\b1(</b><span>| )(faces|pictures|views)")
    photo, recording = faces_of(some(1)), replace(recording_of([some(1)]), duration_s=0.33)
    unseen = faces_of([np.full(5, np.nan, np.float32)])
    for result in (photo, unseen, recording):
        html = page(result, min_group=1)
        assert not several.search(html), several.search(html)
        assert ("The only face has no state" in html) == (result is unseen)
    assert "A recording of 0.3 s, about 1 face at a time" in page(recording, min_group=1)
    assert "<b>1</b><span>picture analyzed</span>" in page(recording, min_group=1)
