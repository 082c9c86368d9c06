"""Arguments of the public names as programs give them: paths as text, one format by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation import Analyzer, Dataset, Predictions, RunFolder, Split, group_of, read_votes, save
from aiducation.errors import ConfigError
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
