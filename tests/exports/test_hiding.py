"""Hiding names and everything else: nothing readable is left, and every door says in the same words what is hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from aiducation.errors import ConfigError
from aiducation.exports.annotated_video import annotated_video
from aiducation.exports.formats import save
from aiducation.exports.hiding import HIDE, hidden, hide_of
from aiducation.exports.lettering import cover_text, mosaic
from aiducation.media.samples import gallery, portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.vision.analyzer import Analyzer
from galleries import Meeting, meeting, read_by_ocr
from needs import programs

no_ocr = programs("tesseract", packages="tesseract-ocr").mark()

#: Galleries from 4 to 49 tiles, small and large, dark and light, of every style.
MEETINGS: dict[str, dict[str, Any]] = {
    "zoom, 4 tiles": {"tiles": 4, "style": "zoom", "width": 960, "height": 540},
    "teams, 9 light tiles": {"tiles": 9, "style": "teams", "dark": False},
    "meet, 25 tiles": {"tiles": 25, "style": "meet", "width": 1920, "height": 1080},
    "bigbluebutton, 49 tiles": {"tiles": 49, "style": "bigbluebutton", "width": 1440, "height": 810},
    "names at the top, speaker and strip": {"tiles": 5, "style": "top", "speaker": True},
}


@pytest.mark.slow
@no_ocr
@pytest.mark.parametrize("name", MEETINGS)
def test_no_name_can_be_read(name: str, analyzer: Analyzer) -> None:
    made: Meeting = meeting(**MEETINGS[name])
    faces = analyzer.photo(made.picture)
    assert len(faces) >= 2
    assert len(read_by_ocr(made.picture) & made.words) >= 0.4 * len(made.words)  # they could be read
    assert len(read_by_ocr(hidden(made.picture, faces, True)) & made.words) >= 2  # to cover faces does not hide them
    for hide in ("text", "all"):
        covered = hidden(made.picture, faces, hide)  # type: ignore[arg-type]
        assert covered.shape == made.picture.shape
        assert not read_by_ocr(covered) & made.words


@pytest.mark.slow
@no_ocr
def test_large_letters_cannot_be_read_either() -> None:
    """A slide, and initials as large as a tile."""
    slide = Image.new("RGB", (1280, 720), "white")
    draw = ImageDraw.Draw(slide)
    for line, size in enumerate((84, 40, 28)):
        draw.text((60, 60 + 170 * line), "Photosynthesis", font=ImageFont.load_default(size), fill="black")
    draw.text((900, 560), "QRS", font=ImageFont.load_default(110), fill=(40, 60, 150), anchor="mm")
    picture, faces = np.asarray(slide), _nobody(1280, 720)
    assert {"photosynthesis", "qrs"} <= read_by_ocr(picture)
    for hide in ("text", "all"):
        assert not {"photosynthesis", "qrs"} & read_by_ocr(hidden(picture, faces, hide))  # type: ignore[arg-type]


def _nobody(width: int, height: int) -> Any:
    from dataclasses import replace

    from makers import faces_of

    return replace(faces_of([]), width=width, height=height)


@pytest.mark.parametrize(
    ("ink", "paper", "size"),
    [(ink, paper, size) for ink, paper in ((255, 225), (150, 190), (60, 90)) for size in (9, 14, 24)]
    + [(ink, paper, size) for ink, paper in ((20, 255), (240, 90)) for size in (9, 14, 24, 40, 64)],
)
def test_pale_and_dark_names_of_any_size_are_covered(ink: int, paper: int, size: int) -> None:
    """Nothing of the letters' strokes is left, on smooth ground and with the noise of a camera."""
    page = Image.new("RGB", (960, 540), (paper,) * 3)
    draw = ImageDraw.Draw(page)
    draw.text((300, 270), "Elena Petrova", font=ImageFont.load_default(size), fill=(ink,) * 3, anchor="mm")
    left, top, right, bottom = draw.textbbox(
        (300, 270), "Elena Petrova", font=ImageFont.load_default(size), anchor="mm"
    )
    noise = np.random.default_rng(0).normal(0, 2, (540, 960, 3))
    picture = np.clip(np.asarray(page) + noise, 0, 255).astype(np.uint8)
    covered = cover_text(picture)
    word = np.s_[round(top) : round(bottom), round(left) : round(right)]
    strokes = [float(np.abs(np.diff(p[word].astype(float), axis=1)).mean()) for p in (picture, covered)]
    assert strokes[1] < 0.3 * strokes[0]


def test_smooth_pictures_stay_as_they_are() -> None:
    ramp = np.repeat(np.linspace(0, 255, 640).astype(np.uint8)[None, :, None], 360, axis=0).repeat(3, axis=2)
    assert (cover_text(ramp) == ramp).all()


@pytest.mark.slow
def test_the_whole_picture_becomes_24_squares_wide(analyzer: Analyzer) -> None:
    image = gallery(3, 3)
    covered = hidden(image, analyzer.photo(image), "all")
    assert len(np.unique(hidden(image, _nobody(1280, 720), "all").reshape(-1, 3), axis=0)) <= 24 * 14
    assert len(analyzer.photo(covered)) == 0


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (500, 3, 3), (20, 20, 3), (719, 1279, 3)])
@pytest.mark.parametrize("hide", ["text", "all"])
def test_pictures_of_any_size_keep_it(shape: tuple[int, ...], hide: Any) -> None:
    image = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    covered = hidden(image, _nobody(shape[1], shape[0]), hide)
    assert covered.shape == shape and covered.dtype == np.uint8
    assert mosaic(image, 7).shape == shape


def test_names_of_what_is_hidden() -> None:
    assert [hide_of(value) for value in (False, True, "no", "faces", "text", "all")] == [
        False,
        True,
        False,
        True,
        "text",
        "all",
    ]
    with pytest.raises(ConfigError, match="names"):
        hide_of("names")
    assert all(words for _, words in HIDE.values())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "shown"),
        (["--anonymize", "faces"], "anonymized; names and other text stay readable"),
        (["--anonymize", "text"], "anonymized, and what may be text"),
        (["--anonymize", "all"], "anonymized, and everything around them"),
    ],
)
def test_the_report_says_what_is_hidden(options: list[str], said: str, tmp_path: Path, run_cli: Any) -> None:
    Image.fromarray(gallery(3, 2, width=640, height=360)).save(tmp_path / "meeting.png")
    assert (
        run_cli("analyze", tmp_path / "meeting.png", "--out", tmp_path / "out", "--save", "report", *options).code == 0
    )
    assert f">{said}<" in (tmp_path / "out" / "meeting.report.html").read_text(encoding="utf-8")


@pytest.mark.slow
@no_ocr
def test_a_video_hides_names_in_every_frame(analyzer: Analyzer, tmp_path: Path) -> None:
    made = meeting(4, "zoom", width=960, height=540)
    with VideoWriter(tmp_path / "meeting.mp4", 960, 540) as writer:
        for i in range(4):
            writer.write(made.picture, i / 4)
    with annotated_video(tmp_path / "hidden.mp4", hide_faces="text") as draw:
        analyzer.video(tmp_path / "meeting.mp4", every_s=0.5, on_frame=draw)
    with VideoReader(tmp_path / "hidden.mp4") as reader:
        for frame in reader.frames(0.5):
            assert not read_by_ocr(frame.image[:540]) & made.words


def test_saving_takes_the_names_of_the_library(analyzer: Analyzer, tmp_path: Path) -> None:
    image = portrait()
    faces = analyzer.photo(image, source="portrait.png")
    made = {}
    for value in (False, True, "text", "all"):
        save(faces, tmp_path, ["picture"], image=image, anonymize=value, min_group=1)
        made[value] = np.asarray(Image.open(tmp_path / "portrait.annotated.jpg")).tobytes()
    assert len(set(made.values())) == 4
    assert {value for value, _ in HIDE.values()} == set(made)
