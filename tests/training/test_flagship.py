"""The flagship's training, judging and export, in miniature."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from needs import need_package

torch = need_package("torch")

from aiducation.data.dataset import Dataset  # noqa: E402
from aiducation.data.splits import TEST, TRAIN, VALID  # noqa: E402
from aiducation.errors import ConfigError, OutputExistsError, RunError  # noqa: E402
from aiducation.predictions import Predictions  # noqa: E402
from aiducation.states import OUTCOMES  # noqa: E402
from aiducation.training import recipes  # noqa: E402
from aiducation.training.augmentation import Augmentation, augment  # noqa: E402
from aiducation.training.flagship import Flagship, FlagshipConfig, flagship_split  # noqa: E402
from aiducation.training.flagship_export import four_way  # noqa: E402
from aiducation.vision.classifier import Classifier  # noqa: E402
from commands import RunCli  # noqa: E402

TINY = FlagshipConfig(stem=4, stages=((4, 1), (8, 1)), cycles=(1, 1), batch_size=64, averaging=0.9)


@pytest.fixture(scope="module")
def trained(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Flagship:
    flagship = Flagship(dataset, tmp_path_factory.mktemp("flagship") / "run", TINY, device="cpu")
    flagship.train()
    return flagship


def test_the_split_holds_every_kept_image_and_no_copy_of_a_test_image(dataset: Dataset) -> None:
    split = flagship_split(dataset)
    group = dataset.duplicate_group
    seen = np.concatenate([split.parts[TRAIN], split.parts[VALID]])
    assert not np.isin(group[split.parts[TEST]], group[seen]).any()
    left = sum(len(ids) for ids in split.parts.values())
    assert int(dataset.kept.sum()) - left == split.taken_out
    assert (dataset.state[split.parts[TRAIN]] < 0).any(), "images of other expressions are learned from"


def test_it_learns_and_logs(trained: Flagship) -> None:
    assert [row["epoch"] for row in trained.log] == [1, 2]
    assert trained.log[1]["train_loss"] < trained.log[0]["train_loss"]
    assert all(0 <= row["accuracy"] <= 1 and 0 <= row["other_auc"] <= 1 for row in trained.log)


def test_going_on_after_a_stop_gives_the_same_weights(dataset: Dataset, trained: Flagship, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def stop(row: dict[str, float]) -> None:
        raise StopError

    first = Flagship(dataset, tmp_path / "run", TINY, device="cpu")
    with pytest.raises(StopError):
        first.train(on_epoch=stop)
    second = Flagship(dataset, tmp_path / "run", TINY, device="cpu")
    second.resume()
    second.train()
    for name, tensor in trained.averaged.items():
        torch.testing.assert_close(second.averaged[name], tensor, rtol=0, atol=0)


def test_other_options_are_refused(dataset: Dataset, trained: Flagship) -> None:
    other = Flagship(
        dataset, trained.folder, FlagshipConfig(stem=4, stages=((4, 1), (8, 1)), cycles=(3,)), device="cpu"
    )
    with pytest.raises(RunError, match="other options"):
        other.resume()


def test_export_judges_describes_and_agrees(prepared: Path, trained: Flagship, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("onnxscript")
    out = tmp_path / "mine.onnx"
    with pytest.raises(ConfigError, match="--data"):
        recipes.export_any(trained.folder, out, data=None)
    answer = run_cli("export", trained.folder, "--data", prepared, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert 0 <= json.loads(answer.out)["five-way accuracy"] <= 1
    classifier = Classifier(out, threads=1)
    assert classifier.info.outcomes == OUTCOMES
    assert classifier.info.data_hash == trained.dataset.data_hash
    ids = trained.split.parts[TEST]
    judged = json.loads((trained.folder / "judged.json").read_text(encoding="utf-8"))
    faces = np.ascontiguousarray(trained.dataset.images[ids])
    np.testing.assert_allclose(classifier.logits(faces), trained.logits(ids) + judged["bias"], atol=2e-4)
    small = Classifier(out.with_name("mine-int8.onnx"), threads=1)
    assert replace(small.info, scores={}, charts={}) == replace(classifier.info, scores={}, charts={})
    for info in (small.info, classifier.info):  # each has its own
        assert sum(map(sum, info.charts["confusion"])) == info.scores["images"]
        assert sum(row["count"] for row in info.charts["reliability"]) == info.scores["images"]
    assert np.abs(small.probs(faces) - classifier.probs(faces)).mean() < 0.03
    assert (trained.folder / "figures" / "reliability.svg").is_file()
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "cannot do" in card and f"{len(ids):,}" in card
    with pytest.raises(OutputExistsError):
        recipes.export_any(trained.folder, out, data=prepared)


def test_the_card_puts_published_networks_beside_it(
    dataset: Dataset,
    prepared: Path,
    trained: Flagship,
    tmp_path: Path,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_package("onnxscript")
    from aiducation import published
    from aiducation.training.config import TrainConfig
    from aiducation.training.run import train_run

    small = "B2_N1_FC1_K3_AP4"
    command = (
        "export",
        trained.folder,
        "--data",
        prepared,
        "--out",
        tmp_path / "x.onnx",
        "--beside",
        tmp_path / "runs",
    )
    train_run(dataset, "official", TrainConfig(model=small, epochs=1), tmp_path / "runs" / "one", device="cpu")
    answer = run_cli(*command)
    assert answer.code == 1 and "No published network" in answer.err
    monkeypatch.setattr(published, "MODELS", (small,))
    answer = run_cli(*command)
    assert answer.code == 0, answer.err
    (row,) = json.loads((trained.folder / "judged.json").read_text(encoding="utf-8"))["beside"]
    theirs = Predictions.load(tmp_path / "runs" / "one" / "test.npz")
    ours = four_way(Predictions.load(trained.folder / "test.npz"))
    assert row["accuracy"]["estimate"] == pytest.approx(theirs.correct.mean(), abs=1e-4)
    assert row["ahead"]["estimate"] == pytest.approx(ours.correct.mean() - theirs.correct.mean(), abs=1e-4)
    card = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert f"| {small} | 1 of 1 |" in card and "was not over" not in card


def test_an_unfinished_training_is_not_exported(dataset: Dataset, prepared: Path, tmp_path: Path) -> None:
    flagship = Flagship(dataset, tmp_path / "run", TINY, device="cpu")
    flagship.save()
    with pytest.raises(RunError, match="0 of 2 epochs"):
        recipes.export_any(tmp_path / "run", tmp_path / "x.onnx", data=prepared)


def test_a_plain_run_exports_too(dataset: Dataset, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("onnxscript")
    from aiducation.training.config import TrainConfig
    from aiducation.training.run import train_run

    train_run(dataset, "official", TrainConfig(model="B2_N1_FC1_K3_AP4", epochs=1), tmp_path / "run", device="cpu")
    answer = run_cli("export", tmp_path / "run", "--out", tmp_path / "run.onnx")
    assert answer.code == 0, answer.err
    classifier = Classifier(tmp_path / "run.onnx", threads=1)
    probs = classifier.probs(np.ascontiguousarray(dataset.images[:5]))
    assert probs.shape == (5, 5) and np.allclose(probs.sum(axis=1), 1, atol=1e-5) and not probs[:, 4].any()


def test_augmentation_stays_in_range_and_repeats(dataset: Dataset) -> None:
    from aiducation.preprocess import to_input

    images = to_input(torch.from_numpy(np.array(dataset.images[:32])))
    changed = [augment(images, Augmentation(), torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert changed[0].shape == images.shape and changed[0].min() >= 0 and changed[0].max() <= 1
    assert torch.equal(changed[0], changed[1]) and not torch.equal(changed[0], changed[2])
    still = Augmentation(
        flip=0, rotation=0, scale=0, shift=0, stretch=0, gain=0, offset=0, gamma=0, far=0, noise=0, hole=0
    )
    torch.testing.assert_close(augment(images, still, torch.Generator()), images, atol=1e-5, rtol=0)
