"""Arguments of the public names as programs give them: paths as text, one format by its name."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation import Analyzer, Dataset, Predictions, RunFolder, Split, group_of, read_votes, save
from aiducation.errors import ConfigError, DataFileError, ShapeError
from aiducation.exports.annotated_video import annotated_video
from aiducation.media.video_writer import VideoWriter
from aiducation.vision.classifier import default_model_path
from makers import lesson, recording_of


def test_a_model_is_named_by_text(analyzer: Analyzer) -> None:
    assert Analyzer(model=str(default_model_path()), threads=1).classifier.info == analyzer.classifier.info


def test_one_format_and_the_file_of_a_recording_are_named_by_text(tmp_path: Path) -> None:
    [path] = save(lesson(), str(tmp_path), "boris", media=str(tmp_path / "lesson.mp4"))
    assert "lesson.mp4" in path.read_text(encoding="utf-8")


def test_files_of_the_study_are_named_by_text(
    dataset: Dataset, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    fer2013, ferplus = map(str, synthetic_files)
    assert len(read_votes(fer2013, ferplus)) > 0
    dataset.save(str(tmp_path / "data"))
    assert Dataset.load(str(tmp_path / "data")).info == dataset.info
    split = dataset.split("official")
    split.save(str(tmp_path / "split.json"))
    assert Split.load(str(tmp_path / "split.json")).data_hash == split.data_hash
    one = Predictions(ids=np.arange(3), y_true=np.zeros(3, int), probs=np.full((3, 4), 0.25), groups=np.arange(3))
    one.save(str(tmp_path / "test.npz"))
    assert Predictions.load(str(tmp_path / "test.npz")).ids.tolist() == [0, 1, 2]
    run = RunFolder(str(tmp_path))
    assert run == RunFolder(tmp_path) and run.predictions("test") == one and not run.exists()


@pytest.mark.parametrize("result", [lesson(), lesson().frames[0], recording_of([])])
def test_a_smallest_group_has_a_face(result: object) -> None:
    with pytest.raises(ConfigError, match="smallest group must have 1 to"):
        group_of(result, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [b"\x89PNG", io.BytesIO(b"\x89PNG"), Image.new("RGB", (9, 9)), ["a.jpg"], None, 3])
def test_what_is_no_picture_is_told_what_to_do(given: Any, analyzer: Analyzer) -> None:
    """Uploads lie in memory, and what programs do with them instead is to lose the orientation of the photo."""
    for analyze in (analyzer.photo, analyzer.video):
        with pytest.raises(TypeError, match=r"path of a file.*temporary file"):
            analyze(given)


def test_a_path_may_be_of_any_kind(analyzer: Analyzer, tmp_path: Path) -> None:
    Image.new("RGB", (90, 60)).save(tmp_path / "class.png")
    [found] = (entry for entry in os.scandir(tmp_path))
    assert analyzer.photo(found).source == "class.png"
    for analyze in (analyzer.photo, analyzer.video):
        with pytest.raises(DataFileError, match="No file can have the name"):
            analyze("class\0.png")


@pytest.mark.parametrize("picture", [np.zeros((60, 90, 3), np.uint8), np.zeros((90, 60, 3))], ids=["turned", "float"])
@pytest.mark.parametrize("format", ["picture", "report"])
def test_a_picture_is_the_one_that_was_analyzed(
    picture: np.ndarray, format: str, analyzer: Analyzer, tmp_path: Path
) -> None:
    """Programs read photos without turning them upright: boxes, and what hides faces, would lie beside the faces."""
    faces = analyzer.photo(np.zeros((90, 60, 3), np.uint8))
    with pytest.raises(ShapeError, match=r"upright picture that was analyzed, \(90, 60, 3\) uint8, not"):
        save(faces, tmp_path, format, image=picture, anonymize=True)
    assert not list(tmp_path.iterdir())


def test_formats_may_come_one_by_one(tmp_path: Path) -> None:
    assert len(save(lesson(), tmp_path, (name for name in ("json", "csv")))) == 2


def test_an_annotated_video_is_named_by_text(analyzer: Analyzer, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "lesson.mp4", 64, 48) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0.0)
    with annotated_video(str(tmp_path / "seen.mp4"), hide_faces=False) as draw:
        analyzer.video(tmp_path / "lesson.mp4", on_frame=draw, min_group=5)
    assert (tmp_path / "seen.mp4").stat().st_size > 0
