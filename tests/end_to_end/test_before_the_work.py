"""A file or folder that was named wrongly is told before the work, not after minutes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aiducation.data.dataset import Dataset
from aiducation.vision import explained_faces, grouped_faces, model_comparison, own_faces
from aiducation.vision.classifier import default_model_path
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from small_data import faces_by_state


@pytest.fixture
def faces(tmp_path: Path, dataset: Dataset) -> Path:
    """Two faces a state."""
    return faces_by_state(tmp_path / "faces", dataset, 2)


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever begins to look at faces fails."""

    def work(*_: Any, **__: Any) -> Any:
        raise AssertionError("the work begins")

    for module in (own_faces, grouped_faces, model_comparison):
        monkeypatch.setattr(module, "judge_faces", work)
    monkeypatch.setattr(grouped_faces, "measure_crops", work)
    monkeypatch.setattr(explained_faces, "faces_of_photos", work)


@pytest.fixture
def wrong(tmp_path: Path) -> dict[str, Path]:
    """Files and folders that are not what a command needs."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "groups.csv").write_text("file,group\nanother.png,a\n")
    (tmp_path / "ids.csv").write_text("id,group\nfirst,a\n")
    (tmp_path / "model.onnx").write_bytes(default_model_path().read_bytes())
    names = ("full", "groups.csv", "ids.csv", "model.onnx", "missing", "full/notes.txt/below")
    return {name: tmp_path / name for name in names}


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("case", range(12))
def test_a_wrong_path_is_told_before_the_work(
    case: int, faces: Path, wrong: dict[str, Path], prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    full, missing, below = wrong["full"], wrong["missing"], wrong["full/notes.txt/below"]
    adapt = "adapt", faces, "--out"
    command, words = (
        ((*adapt, tmp_path / "a.onnx", "--data", missing), str(missing)),
        ((*adapt, tmp_path / "a.onnx", "--data", full), str(full)),
        ((*adapt, below), "notes.txt is not a folder"),
        ((*adapt, full, "--force"), "is a folder where a file belongs"),
        (("explain", faces, "--out", full), "exists and is not empty"),
        (("prepare", faces, "--out", full), "exists and is not empty"),
        (("prepare", faces, "--out", below), "notes.txt is not a folder"),
        (("evaluate", faces, "--out", below), "notes.txt is not a folder"),
        (("evaluate", faces, "--groups", wrong["groups.csv"]), "names no group of these 8 pictures"),
        (("groups", faces, "--groups", wrong["groups.csv"]), "names no group of these 8 pictures"),
        (("groups", prepared, "--groups", wrong["ids.csv"]), "'first'"),
        (
            ("compare", "packaged", wrong["model.onnx"], "--faces", faces, "--groups", wrong["groups.csv"]),
            "names no group for",
        ),
    )[case]
    check_refused(run_cli(*command), COULD_NOT, words)


@pytest.mark.usefixtures("no_work")
def test_other_words_of_own_data_are_told_before_the_work(faces: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = "prepare", faces, "--out", tmp_path / "own"
    check_refused(run_cli(*command, "--criteria", "publshed"), WRONG_USE, "Did you mean 'published'?")
    assert not (tmp_path / "own").exists()
