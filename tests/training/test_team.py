"""Several processes train one network: the losses of one process, within rounding."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn

from aiducation.data.dataset import Dataset
from aiducation.runs import RunFolder
from aiducation.training.config import TrainConfig
from aiducation.training.team import ALONE, Team, Whole, joined_team, share_layers
from aiducation.training.train_run import train_run
from team_lessons import losses
from waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]

#: Of 328 training images the last batch of 109 would have one, which joins the batch before.
CONFIG = TrainConfig(model="B3_N2_FC1_K5_AP4", epochs=3, batch_size=109, precision="float32")


def torchrun(*words: object, processes: int = 2) -> str:
    """Runs ``team_lessons.py`` in several processes; gives what they wrote to stderr."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(ROOT / "tests" / "team_lessons.py"), *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.slow
def test_two_processes_give_the_losses_of_one(tmp_path: Path, prepared: Path, dataset: Dataset) -> None:
    """Through torchrun, going on after an epoch that one process trained alone. Then networks with dropout, whose masks are those
    of the whole batch, and with an average of the weights."""
    alone, two = RunFolder(tmp_path / "alone"), RunFolder(tmp_path / "two")
    train_run(dataset, "official", CONFIG, two.path, device="cpu", until=1)
    train_run(dataset, "official", CONFIG, alone.path, device="cpu")
    words = ("--model", CONFIG.model, "--epochs", 3, "--batch-size", 109, "--precision", "float32", "--device", "cpu")
    said = torchrun("train", prepared, "--out", two.path, "--resume", *words)
    assert said.count("epoch 2/3") == said.count("epoch 3/3") == 1, "the leader alone speaks"
    assert two.info().finished and two.has_predictions("test")
    one_log, other_log = alone.log(), two.log()
    for part, images in (("train", alone.info().n_train), ("valid", alone.info().n_valid)):
        assert np.allclose(one_log[f"{part}_loss"], other_log[f"{part}_loss"], rtol=1e-4)
        # Rounding changes the answer to an image or two that are nearly between two states.
        assert np.allclose(one_log[f"{part}_accuracy"], other_log[f"{part}_accuracy"], atol=2.5 / images)
    assert np.allclose(alone.predictions("test").probs, two.predictions("test").probs, atol=2e-3)
    assert alone.info().n_train % CONFIG.batch_size == 1
    torchrun("losses", prepared, tmp_path / "more.json", processes=3)
    more = json.loads((tmp_path / "more.json").read_text(encoding="utf-8"))
    for name, known in losses(dataset).items():
        # Training makes differences of rounding larger with each epoch: 1e-5 after the first, up to 2e-4 after the second.
        assert np.allclose(known[:2], more[name][:2], rtol=1e-4), name
        assert np.allclose(known, more[name], rtol=1e-3), name


def test_machines_with_one_gpu_each_are_a_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their GPU has no number: it is the only one of its machine."""
    started: list[str] = []
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(dist, "init_process_group", started.append)
    monkeypatch.setattr(dist, "new_group", lambda: None)
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    monkeypatch.setattr(dist, "destroy_process_group", lambda: None)
    with joined_team(torch.device("cuda")) as team:
        assert (team.rank, team.size, started) == (1, 2, ["nccl"])


def test_alone_nothing_changes() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    assert share_layers(model, ALONE) is model and type(model[1]) is nn.BatchNorm2d
    assert ALONE.together(model) is model and ALONE.leads
    images = torch.arange(5)
    assert ALONE.share(images) == (images,)


def test_the_shares_of_a_team_are_the_batch() -> None:
    shares = [Team(rank=rank, size=3).share(torch.arange(7), torch.arange(7) * 2) for rank in range(3)]
    assert sorted(int(i) for share, _ in shares for i in share) == list(range(7))
    assert all(torch.equal(double, 2 * share) for share, double in shares)


def test_shared_norms_keep_the_names_of_the_weights() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    names = list(model.state_dict())
    assert list(share_layers(model, Team(rank=0, size=2)).state_dict()) == names
    model.eval()
    x = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(
            model(x),
            nn.functional.batch_norm(model[0](x), torch.zeros(2), torch.ones(2), torch.ones(2), torch.zeros(2)),
        )


def test_dropout_draws_its_masks_for_the_whole_batch() -> None:
    """As one process draws them, also where shares differ in size; where nothing is learned, nothing is dropped."""
    x = torch.rand(7, 5) + 1
    torch.manual_seed(3)
    alone = nn.Dropout(0.4)(x)
    for rank in range(2):
        team = Team(rank=rank, size=2)
        network = share_layers(nn.Sequential(nn.Dropout(0.4)), team)
        (share,) = team.share(x)
        torch.manual_seed(3)
        assert torch.allclose(network(share), alone[rank::2])
        assert torch.equal(network.eval()(share), share)


def test_a_copy_of_a_shared_network_shares_its_group() -> None:
    """An average of the weights is a copy; a group of processes cannot be copied."""
    group = (one for one in "a generator cannot be copied either")
    model = share_layers(nn.Sequential(nn.BatchNorm2d(2), nn.Dropout(0.1)), Team(size=2, whole=Whole(group)))
    norm, dropout = copy.deepcopy(model)
    assert norm.whole.group is dropout.team.whole.group is group
