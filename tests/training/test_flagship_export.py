"""A finished flagship run, judged and exported, in miniature."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST
from aiducation.errors import ConfigError, OutputExistsError, RunError
from aiducation.predictions import Predictions
from aiducation.runs import RunFolder
from aiducation.states import OUTCOMES
from aiducation.training import export
from aiducation.training.flagship_export import _without_copies, open_flagship
from aiducation.training.train_run import train_run
from aiducation.vision.classifier import Classifier
from commands import RunCli
from needs import need_package
from tiny_flagship import TINY


@pytest.fixture
def run(flagship_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A finished flagship run, to export from: exports write into its folder."""
    return RunFolder(Path(shutil.copytree(flagship_run.path, tmp_path / "flagship")))


@pytest.mark.slow
def test_export_judges_describes_and_agrees(
    dataset: Dataset, prepared: Path, run: RunFolder, tmp_path: Path, run_cli: RunCli
) -> None:
    need_package("onnxscript")
    out = tmp_path / "mine.onnx"
    with pytest.raises(ConfigError, match="--data"):
        export.export_any(run.path, out, data=None)
    answer = run_cli("export", run.path, "--data", prepared, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert 0 <= json.loads(answer.out)["five-way accuracy"] <= 1
    classifier = Classifier(out, threads=1)
    assert classifier.info.outcomes == OUTCOMES
    assert classifier.info.data_hash == dataset.data_hash
    flagship = open_flagship(dataset, run.path)
    ids = flagship.split.parts[TEST]
    judged = json.loads((run.path / "judged.json").read_text(encoding="utf-8"))
    faces = np.ascontiguousarray(dataset.images[ids])
    np.testing.assert_allclose(classifier.logits(faces), flagship.logits(TEST) + judged["bias"], atol=2e-4)
    assert Predictions.load(run.path / "calibrated-test.npz").states == OUTCOMES
    assert run.current_predictions("test") is not None, "what the training predicted stays"
    small = Classifier(out.with_name("mine-int8.onnx"), threads=1)
    assert replace(small.info, scores={}, charts={}) == replace(classifier.info, scores={}, charts={})
    for info in (small.info, classifier.info):  # each has its own
        assert sum(map(sum, info.charts["confusion"])) == info.scores["images"]
        assert sum(row["count"] for row in info.charts["reliability"]) == info.scores["images"]
    assert np.abs(small.probs(faces) - classifier.probs(faces)).mean() < 0.03
    assert (run.path / "figures" / "reliability.svg").is_file()
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "cannot do" in card and f"{len(ids):,}" in card
    with pytest.raises(OutputExistsError):
        export.export_any(run.path, out, data=prepared)
    last = out
    for taken in ("mine-int8.onnx", "mine.md"):  # the card's name may be that of somebody's own notes
        last.unlink()
        with pytest.raises(OutputExistsError, match=taken.replace(".", r"\.")):
            export.export_any(run.path, out, data=prepared)
        last = out.with_name(taken)


@pytest.mark.slow
def test_the_card_puts_published_networks_beside_it(
    dataset: Dataset,
    prepared: Path,
    run: RunFolder,
    tmp_path: Path,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_package("onnxscript")
    from aiducation import published
    from aiducation.training.config import TrainConfig

    small = "B2_N1_FC1_K3_AP4"
    command = (
        "export",
        run.path,
        "--data",
        prepared,
        "--out",
        tmp_path / "x.onnx",
        "--beside",
        tmp_path / "runs",
    )
    train_run(dataset, "official", TrainConfig(model=small, epochs=1), tmp_path / "runs" / "one", device="cpu")
    with monkeypatch.context() as patch:  # told before it is judged
        patch.setattr(export, "open_flagship", None)
        answer = run_cli(*command)
    assert answer.code == 1 and "No published network" in answer.err
    monkeypatch.setattr(published, "MODELS", (small,))
    answer = run_cli(*command)
    assert answer.code == 0, answer.err
    found = json.loads((run.path / "judged.json").read_text(encoding="utf-8"))
    assert found["beside"] == [] and found["beside_unfinished"] == [
        {"model": small, "seed": 0, "epochs_done": 1, "epochs": published.EPOCHS}
    ]
    card = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert (
        f"Not compared, because their training is not finished: {small}, after 1 of 100 epochs." in card
        and "ahead" not in card
    )
    monkeypatch.setattr(published, "EPOCHS", 1)
    monkeypatch.setattr("aiducation.training.card.EPOCHS", 1)
    command = (*command, "--force")
    answer = run_cli(*command)
    assert answer.code == 0, answer.err
    (row,) = json.loads((run.path / "judged.json").read_text(encoding="utf-8"))["beside"]
    theirs = Predictions.load(tmp_path / "runs" / "one" / "test.npz")
    ours = Predictions.load(run.path / "calibrated-test.npz").of_four_states()
    assert row["accuracy"]["estimate"] == pytest.approx(theirs.correct.mean(), abs=1e-4)
    assert row["ahead"]["estimate"] == pytest.approx(ours.correct.mean() - theirs.correct.mean(), abs=1e-4)
    card = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert f"| {small} | 1 of 1 |" in card and "not over" not in card


def test_test_images_with_a_copy_are_counted_with_their_labels(dataset: Dataset, run: RunFolder) -> None:
    """The split leaves none; here two test images, one of them of a state, are said to be of photos that were learned from."""
    flagship = open_flagship(dataset, run.path)
    test = flagship.predictions(TEST, np.full((len(flagship.split.parts[TEST]), 5), 0.2))
    assert _without_copies(flagship, test) == {"test_images_with_a_copy": 0, "labelled": 0}
    rows = [int(np.flatnonzero(test.y_true == outcome)[0]) for outcome in (0, 4)]
    test.groups[rows] = dataset.duplicate_group[flagship.split.parts["train"][:2]]
    assert _without_copies(flagship, test) == {"test_images_with_a_copy": 2, "labelled": 1}


def test_an_unfinished_training_is_not_exported(dataset: Dataset, prepared: Path, tmp_path: Path) -> None:
    train_run(dataset, "official", TINY, tmp_path / "run", device="cpu", until=1)
    with pytest.raises(RunError, match="1 of 2 epochs"):
        export.export_any(tmp_path / "run", tmp_path / "x.onnx", data=prepared)
