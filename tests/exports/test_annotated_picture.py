"""Detector, quality, drawing and anonymizing: what happens to pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from aiducation.errors import ConfigError
from aiducation.exports import annotated_picture as drawing
from aiducation.exports.annotated_picture import annotate, mark_of
from aiducation.exports.anonymize import METHODS, anonymize
from aiducation.media.inputs import LeftOut, find_inputs
from aiducation.media.samples import gallery, portrait
from aiducation.observations.detections import Detections
from aiducation.observations.faces import Faces
from aiducation.states import OUTCOMES, UNCLEAR, VIEWS, WITHHELD
from aiducation.texts import LANGUAGES, texts_of
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.detectors import DETECTORS, Together
from aiducation.vision.quality import QualityLimits, assess, reasons
from makers import faces_of

YUNET = DETECTORS["yunet"].make(threads=1)


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


@pytest.mark.parametrize("factor", [0.12, 0.2, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0])
def test_boxes_follow_the_size_of_the_picture(factor: float) -> None:
    """From a face of 20 pixels to one of 1,000."""
    whole, other = YUNET.detect(portrait()), YUNET.detect(scaled(portrait(), factor))
    assert len(whole) == len(other) == 1
    np.testing.assert_allclose(other.boxes[0] / factor, whole.boxes[0], atol=40)


@pytest.mark.parametrize("pad", [0, 1, 13, 31])
def test_boxes_move_with_the_face(pad: int) -> None:
    moved = np.pad(portrait(), ((pad, 0), (3 * pad, 0), (0, 0)), mode="edge")
    before, after = YUNET.detect(portrait()), YUNET.detect(moved)
    np.testing.assert_allclose(after.boxes[0] - before.boxes[0], np.tile((3 * pad, pad), 2), atol=8)


def test_a_recording_is_looked_at_as_closely_as_needed() -> None:
    """Large faces are found in half size where they are; a frame with small ones is looked at closely."""
    frames = [gallery(3, 3, shift=s) for s in (0.0, 0.3, 0.6)]
    together = Together(YUNET)
    for frame in frames:
        found, full = together.next()(frame), YUNET.detect(frame)
        assert len(found) == len(full) == 9
        gap = np.abs(np.sort(found.boxes, axis=0) - np.sort(full.boxes, axis=0)).max()
        assert gap < 12
    small, together = scaled(gallery(4, 4), 0.4), Together(YUNET)
    first, *rest = (together.next()(small) for _ in range(3))
    assert all((other.boxes == first.boxes).all() for other in rest)


def test_recall_on_small_faces(media: Path) -> None:
    photo = np.asarray(Image.open(media / "portrait_grid.jpg").convert("RGB"))
    found = YUNET.detect(photo)
    factor = 20 / float(np.median(found.boxes[:, 2] - found.boxes[:, 0]))
    assert len(YUNET.detect(scaled(photo, factor))) >= 0.95 * len(found)


def measured(image: Image.Image) -> tuple[float, float, float]:
    quality = assess(np.asarray(image), YUNET.detect(portrait()))
    return float(quality.sharpness[0]), float(quality.brightness[0]), float(quality.contrast[0])


def test_quality_falls_where_the_picture_gets_worse() -> None:
    face = Image.fromarray(portrait())
    sharp = [measured(face.filter(ImageFilter.GaussianBlur(s)))[0] for s in (0, 4, 8, 16, 32)]
    assert sharp == sorted(sharp, reverse=True) and sharp[0] > 0.5 > 0.2 > sharp[-1]
    bright = [measured(ImageEnhance.Brightness(face).enhance(f))[1] for f in (0.1, 0.5, 1.0, 1.5)]
    assert bright == sorted(bright)
    contrast = [measured(ImageEnhance.Contrast(face).enhance(f))[2] for f in (0.1, 0.5, 1.0)]
    assert contrast == sorted(contrast)


def test_pose_changes_sides_in_the_mirror() -> None:
    seen, mirrored = YUNET.detect(portrait()), YUNET.detect(np.ascontiguousarray(portrait()[:, ::-1]))
    one, other = assess(portrait(), seen), assess(np.ascontiguousarray(portrait()[:, ::-1]), mirrored)
    assert one.yaw[0] == pytest.approx(-other.yaw[0], abs=0.15)
    assert abs(one.roll[0] + other.roll[0]) < 6
    for turn in (-40, 40):  # counter-clockwise in Pillow: the line through the eyes rises to the right
        turned = np.asarray(Image.fromarray(portrait()).rotate(turn, expand=True))
        assert np.sign(assess(turned, YUNET.detect(turned)).roll[0] - one.roll[0]) == -np.sign(turn)


def test_each_reason_has_its_cause() -> None:
    quality = assess(portrait(), YUNET.detect(portrait()))
    assert reasons(quality, QualityLimits()) == ("",)
    for change, reason in (
        ({"size": 9}, "too small"),
        ({"visible": 0.5}, "cut off"),
        ({"brightness": 0.01}, "too dark"),
        ({"brightness": 0.99}, "too bright"),
        ({"yaw": -0.9}, "turned away"),
        ({"sharpness": 0.1}, "blurred"),
        ({"contrast": 0.001}, "blurred"),
    ):
        worse = replace(quality, **{name: np.array([value], np.float32) for name, value in change.items()})
        assert reasons(worse, QualityLimits()) == (reason,)


def side_by_side(n: int, width: int, height: int) -> Faces:
    """Faces on a grid with half a face between them, of all outcomes and some unclear."""
    rng = np.random.default_rng(0)
    columns = int(np.ceil(np.sqrt(n * width / height)))
    cell = width / columns
    at = np.array([(i % columns, i // columns) for i in range(n)]) * cell + cell / 4
    probs = [np.full(5, np.nan) if i % 6 == 5 else np.eye(5)[rng.integers(5)] * 0.6 + 0.08 for i in range(n)]
    faces = faces_of(probs)
    boxes = np.hstack([at, at + cell / 2]).astype(np.float32)
    landmarks = np.repeat(at[:, None].astype(np.float32), 5, axis=1)
    found = Detections(boxes=boxes, landmarks=landmarks, scores=np.ones(n, np.float32))
    return replace(faces, detections=found, width=width, height=height)


@pytest.mark.parametrize(
    ("n", "width", "height"), [(1, 64, 64), (6, 320, 200), (40, 1280, 720), (200, 2400, 1600), (12, 6000, 3000)]
)
def test_no_label_covers_a_face(n: int, width: int, height: int) -> None:
    blank, faces = np.full((height, width, 3), 128, np.uint8), side_by_side(n, width, height)
    drawn = annotate(blank, faces, legend=False)
    assert drawn.shape == blank.shape and (drawn != blank).any()
    for left, top, right, bottom in faces.boxes:
        rim = (right - left) * 0.15 + 2
        inside = drawn[int(top + rim) : int(bottom - rim), int(left + rim) : int(right - rim)]
        assert (inside == 128).all()


def labels_of(faces: Faces, **options: bool) -> list[tuple[np.ndarray, str]]:
    """Box and words of every label on a gray picture with these faces."""
    found: list[tuple[np.ndarray, str]] = []
    plate = drawing._plate

    def kept(draw: Any, box: tuple[float, ...], words: str, *rest: Any) -> None:
        found.append((np.array(box), words))
        plate(draw, box, words, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "_plate", kept)
        annotate(np.full((faces.height, faces.width, 3), 128, np.uint8), faces, legend=False, **options)
    return found


def overlap(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Pixels that a box shares with each of the others."""
    return np.maximum(np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2]), 0).prod(axis=1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_state_of_a_view_has_a_letter_of_its_own(view: str, language: str) -> None:
    """Where a face has room for nothing but the letter, it alone says the state."""
    texts, states = texts_of(language), (*VIEWS[view], UNCLEAR)
    marks = [mark_of(state, texts) for state in states]
    assert len(set(marks)) == len(states) and all(len(mark) == 1 for mark in marks)
    assert all(mark.lower() in texts.gettext(state) for mark, state in zip(marks[:-1], states, strict=False))
    assert marks[-1] == "?" and mark_of(WITHHELD, texts) == ""


@pytest.mark.parametrize("seed", range(8))
def test_each_label_hangs_on_one_face_and_touches_nothing_else(seed: int) -> None:
    """In crowds of any density, with faces that overlap and such that are cut off by the edge."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 120))
    faces = side_by_side(n, 1600, 900)
    side = rng.uniform(20, 140, (n, 1)).astype(np.float32)
    centre = rng.uniform((-20, -20), (1620, 920), (n, 2)).astype(np.float32)
    boxes = np.hstack([centre - side / 2, centre + side / 2])
    faces = replace(faces, detections=replace(faces.detections, boxes=boxes))
    labels = labels_of(faces)
    visible = np.clip(boxes, 0, np.tile((1600, 900), 2))
    for k, (box, words) in enumerate(labels):
        touched = overlap(box, visible) > 0
        assert touched.sum() == 1, words
        others = np.array([other for j, (other, _) in enumerate(labels) if j != k]).reshape(-1, 4)
        assert (overlap(box, others) == 0).all()
        assert (box[:2] >= 0).all() and (box[2:] <= (1600, 900)).all()
    assert len(labels) >= 0.5 * sum(state != "unclear" for state in faces.states)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (996, 448), (1280, 720), (1920, 1080), (4000, 3000)])
def test_letters_have_one_size_that_can_be_read_where_a_page_shows_the_picture(width: int, height: int) -> None:
    faces = side_by_side(6, width, height)
    highs = {round(float(box[3] - box[1]), 3) for box, _ in labels_of(faces)}
    assert len(highs) == 1 and highs.pop() * min(930 / width, 1) >= 15  # letters of 12 pixels, and the air around them


@pytest.mark.slow
def test_words_get_shorter_as_faces_get_small() -> None:
    words = [{len(text.split()) for _, text in labels_of(side_by_side(n, 1600, 900))} for n in (20, 120, 500)]
    assert 3 in words[0] and words[2] == {1}


@pytest.mark.parametrize(("width", "height"), [(320, 200), (996, 448), (1920, 1080)])
def test_boxes_are_thick_enough_to_see(width: int, height: int) -> None:
    faces = replace(side_by_side(2, width, height), states=("angry", "angry"), reasons=("", ""))
    drawn = annotate(np.full((height, width, 3), 128, np.uint8), faces, legend=False)
    left, top, _, bottom = faces.boxes[0].astype(int)
    across = drawn[(top + bottom) // 2, left - 3 : left + 40]
    assert (across == drawing._color("angry")).all(axis=1).sum() >= 3


def test_the_legend_counts_and_keeps_its_size() -> None:
    blank = np.full((400, 640, 3), 128, np.uint8)
    shapes = {annotate(blank, side_by_side(n, 640, 400)).shape for n in (1, 9, 30)}
    assert len(shapes) == 1 and shapes.pop()[0] > 400


def test_a_small_crowd_is_enlarged_so_that_it_can_be_read() -> None:
    blank, faces = np.full((300, 480, 3), 128, np.uint8), side_by_side(40, 480, 300)
    assert annotate(blank, faces, legend=False, enlarge=True).shape[1] >= 3 * 480


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_of_an_anonymized_face(method: str, analyzer: Analyzer) -> None:
    image = gallery(3, 2)
    boxes = analyzer.photo(image).boxes
    covered = anonymize(image, boxes, method=method)
    assert len(analyzer.photo(covered)) == 0
    assert (image == gallery(3, 2)).all()  # the original is not touched
    left, top, right, bottom = boxes[0].astype(int)
    inside = covered[top:bottom, left:right].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) <= (36 if method == "pixelate" else len(inside) // 2)


def test_anonymizing_at_the_edge_and_with_a_wrong_name() -> None:
    image = np.random.default_rng(0).integers(0, 255, (50, 50, 3), dtype=np.uint8)
    boxes = np.array([[-30, -30, 10, 10], [45, 45, 90, 90], [200, 200, 220, 220], [5, 5, 5, 5]], np.float32)
    assert anonymize(image, boxes).shape == image.shape
    assert (anonymize(image, np.zeros((0, 4), np.float32)) == image).all()
    with pytest.raises(ConfigError, match="smear"):
        anonymize(image, boxes, method="smear")


def test_inputs_come_in_natural_order_and_once(tmp_path: Path) -> None:
    for name in ("photo 10.jpg", "photo 2.jpg", "Photo 1.JPG", "clip.mp4"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff" if "hoto" in name else b"\0\0\0\x18ftypmp42")
    (tmp_path / "notes.txt").write_text("Who was there?")
    found = find_inputs(
        [str(tmp_path), str(tmp_path / "clip.mp4"), str(tmp_path / "photo*.jpg"), "camera:1", "screen:"]
    )
    left = [found.pop(at) for at, one in reversed([*enumerate(found)]) if isinstance(one, LeftOut)]
    assert [one.name for one in found] == [
        "clip.mp4",
        "Photo 1.JPG",
        "photo 2.jpg",
        "photo 10.jpg",
        "camera:1",
        "screen:0",
    ]
    assert [one.kind for one in found] == ["video", "photo", "photo", "photo", "camera", "screen"]
    assert left == [LeftOut("notes.txt", "neither a photo nor a recording")]


def test_every_outcome_is_possible_to_draw() -> None:
    faces = faces_of([np.eye(5)[k] for k in range(5)])
    assert faces.states == OUTCOMES
    annotate(np.zeros((720, 1280, 3), np.uint8), faces)
