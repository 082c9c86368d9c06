"""The flagship's recipe: its split, its schedule and teacher, and that its runs are runs like any other."""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.data.votes import vote_shares
from aiducation.errors import ConfigError, RunError
from aiducation.predictions import Predictions
from aiducation.runs import LOG_COLUMNS, OTHER_COLUMNS, RunFolder
from aiducation.states import OUTCOMES, STATES
from aiducation.training.evaluate_run import evaluate_run
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.heads import vote_temperature
from aiducation.training.learner import Learner
from aiducation.training.recipes import read_config
from aiducation.training.train_run import train_run
from commands import COULD_NOT, RunCli, check_refused
from tiny_flagship import TINY

THREE = dataclasses.replace(TINY, cycles=(1, 2))


class StopError(Exception):
    """Stands for whatever ends a process."""


def stop_amid(epoch: int) -> Callable[[int, int], None]:
    seen = 0

    def progress(done: int, total: int) -> None:
        nonlocal seen
        seen += done == TINY.batch_size
        if seen == epoch and done > TINY.batch_size:
            raise StopError

    return progress


def tensors(path: Path) -> dict[str, np.ndarray]:
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary


def test_the_split_holds_every_kept_image_and_no_duplicate_of_a_test_image(dataset: Dataset) -> None:
    split = FlagshipRecipe(TINY).split(dataset, "official")
    group = dataset.duplicate_group
    seen = np.concatenate([split.parts[TRAIN], split.parts[VALID]])
    assert not np.isin(group[split.parts[TEST]], group[seen]).any()
    left = sum(len(ids) for ids in split.parts.values())
    assert int(dataset.kept.sum()) - left == split.taken_out
    assert (dataset.state[split.parts[TRAIN]] < 0).any(), "images of other expressions are learned from"
    with pytest.raises(ConfigError, match="'official' only, not on 'random'"):
        FlagshipRecipe(TINY).split(dataset, "random")


def test_its_run_is_a_run_like_any_other(flagship_run: RunFolder, dataset: Dataset) -> None:
    info, log = flagship_run.info(), flagship_run.log()
    assert (info.model, info.split, info.states, info.best_epoch) == ("flagship", "official", OUTCOMES, 2)
    assert info.finished and read_config(info.config) == TINY
    assert tuple(log) == LOG_COLUMNS + OTHER_COLUMNS
    assert log["train_loss"][1] < log["train_loss"][0]
    split = Split.load(flagship_run.split_path)
    for part in (VALID, TEST):
        made = flagship_run.predictions(part)
        assert made.states == OUTCOMES and np.array_equal(made.ids, split.parts[part])
        assert evaluate_run(flagship_run, dataset, part, device="cpu").info == made.info
    made = flagship_run.predictions(VALID)
    assert made.correct.mean() == pytest.approx(log["valid_five_way"][-1], abs=1e-6)
    four = made.of_four_states()
    assert four.states == STATES and four.correct.mean() == pytest.approx(log["valid_accuracy"][-1], abs=1e-6)


def test_an_image_that_nobody_voted_on_does_no_harm(dataset: Dataset) -> None:
    """Such a row of a table of votes would make every loss, and so every weight, NaN."""
    ids = np.flatnonzero(dataset.kept)[:6]
    votes = np.array(dataset.votes)
    votes[ids[2]] = 0
    part = FlagshipRecipe(TINY).training_part(dataclasses.replace(dataset, votes=votes), ids, torch.device("cpu"))
    chances, shares = part.soft
    assert chances.isfinite().all() and shares.sum(dim=1).tolist() == pytest.approx([1, 1, 0, 1, 1, 1])
    assert math.isfinite(vote_temperature(np.eye(10)[:6], votes[ids].astype(np.float64)))
    assert vote_shares(votes[ids])[2].tolist() == [0.0] * 10 and vote_shares(votes[ids])[3].sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_an_image_of_which_a_network_is_sure_that_it_is_other_can_be_scored(kind: type[np.floating]) -> None:
    """Its four states have no probability left, as 16-bit numbers already where "other" leads by 17 logits."""
    probs = np.array([[0, 0, 0, 0, 1], [0.1, 0.2, 0.4, 0.1, 0.2], [0.1, 0.1, 0.1, 0.1, 0.6]], kind)
    ids = np.arange(3)
    four = Predictions(ids=ids, y_true=np.array([1, 2, 4]), probs=probs, groups=ids, states=OUTCOMES).of_four_states()
    assert four.probs[0].tolist() == [0.25] * 4 and four.correct.tolist() == [False, True]
    assert four.probs[1] == pytest.approx([0.125, 0.25, 0.5, 0.125], abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [2, 3])
def test_going_on_after_a_stop_gives_the_same_weights(dataset: Dataset, tmp_path: Path, epoch: int) -> None:
    train_run(dataset, "official", THREE, tmp_path / "whole", device="cpu")
    with pytest.raises(StopError):
        train_run(
            dataset, "official", THREE, tmp_path / "run", device="cpu", checkpoint_every=0, progress=stop_amid(epoch)
        )
    assert RunFolder(tmp_path / "run").info().epochs_done == epoch - 1
    train_run(dataset, "official", THREE, tmp_path / "run", device="cpu", resume=True)
    for name in ("best.safetensors", "checkpoint.safetensors"):
        one, other = (tensors(tmp_path / folder / name) for folder in ("whole", "run"))
        assert one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one), name


def test_a_checkpoint_without_its_teacher_is_refused() -> None:
    recipe = FlagshipRecipe(THREE)
    recipe.restore({}, 1, torch.device("cpu"))
    with pytest.raises(RunError, match="lacks the weights that this cycle learns from"):
        recipe.restore({}, 2, torch.device("cpu"))


def test_other_options_are_refused(dataset: Dataset, flagship_run: RunFolder) -> None:
    for changed, words in (({"cycles": (3,)}, "cycles"), ({"softness": 0.25}, "softness = 0.5, not 0.25")):
        other = dataclasses.replace(TINY, **changed)  # type: ignore[arg-type]
        with pytest.raises(RunError, match=words):
            train_run(dataset, "official", other, flagship_run.path, device="cpu", resume=True)


def test_the_learning_rate_rises_and_falls_to_nothing_in_each_cycle() -> None:
    recipe = FlagshipRecipe(FlagshipConfig(cycles=(4, 2), warmup=1.0))
    steps = 10
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    rates = []
    for epoch in range(6):
        schedule = recipe.schedule(optimizer, epoch, steps)
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"] / 2)
            optimizer.step()
            schedule.step()
    assert rates[0] == pytest.approx(0.05 / 1.05) and rates[:10] == sorted(rates[:10])
    assert rates[10:40] == sorted(rates[10:40], reverse=True) and rates[39] < 0.01
    assert rates[40] == 1 and rates[59] < 0.01
    assert rates[25] == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.5)))


def test_the_teacher_takes_its_share_of_the_targets(dataset: Dataset) -> None:
    learner = Learner(TINY, device="cpu")
    train = learner.training_part(dataset, FlagshipRecipe(TINY).split(dataset, "official").parts[TRAIN])
    for targets in train.soft:
        torch.testing.assert_close(targets.sum(1), torch.ones(len(train)))
    recipe = learner.recipe
    plain = next(recipe.batches(train, 1))[2]
    recipe.begin_epoch(1, train, learner.judged)
    mixed = next(recipe.batches(train, 1))[2]
    for one, other in zip(plain, mixed, strict=True):
        assert not torch.equal(one, other)
        torch.testing.assert_close(other.sum(1), torch.ones(len(other)))
    assert recipe.state().keys() == learner.judged.state_dict().keys()


def test_too_few_images_are_refused(dataset: Dataset) -> None:
    learner = Learner(dataclasses.replace(TINY, batch_size=512), device="cpu")
    with pytest.raises(RunError, match="fewer than one batch of 512"):
        learner.train_one_epoch(learner.training_part(dataset, dataset.labelled[:100]))


@pytest.mark.slow
def test_evaluate_and_report_read_its_runs_beside_others(
    flagship_run: RunFolder, dataset: Dataset, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    from aiducation.training.config import TrainConfig

    runs = tmp_path / "runs"
    train_run(dataset, "official", TrainConfig(model="Compact_W4_D1", epochs=1), runs / "one", device="cpu")
    shutil.copytree(flagship_run.path, runs / "two")
    answer = run_cli("evaluate", flagship_run.path, "--data", prepared, "--device", "cpu")
    assert answer.code == 0 and "show one of the four states" in answer.out and "recall_other" in answer.out
    for folder in (flagship_run.path, runs):
        out = tmp_path / f"report-{folder.name}"
        answer = run_cli("report", folder, "--out", out)
        assert answer.code == 0, answer.err
        assert "flagship" in (out / "others.csv").read_text(encoding="utf-8")
        page = (out / "index.html").read_text(encoding="utf-8")
        assert "it also knows" in page


def test_the_command_line_trains_it(prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from aiducation.training import recipes

    monkeypatch.setattr(recipes, "default_config", lambda name: TINY)
    command = ("train", prepared, "--recipe", "flagship", "--out", tmp_path / "run", "--device", "cpu")
    answer = run_cli(*command, "--until-epoch", 1)
    assert answer.code == 0 and "flagship: 1 of 2 epochs" in answer.out, answer.err
    check_refused(run_cli(*command), COULD_NOT, "--resume")
    answer = run_cli(*command, "--resume")
    assert answer.code == 0 and "flagship: 2 of 2 epochs" in answer.out, answer.err
