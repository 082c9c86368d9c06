"""What ``tests/training/test_team.py`` has two processes do: a command, or networks with dropout and an average of weights.

torchrun ... tests/team_lessons.py WORDS OF aiducation ...
torchrun ... tests/team_lessons.py losses DATA RESULT.json

A launch each, as in the product: processes that leave a team and join again meet what the first team left at the launcher.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from unittest.mock import patch

import torch
from torch import nn

from aiducation.cli import main
from aiducation.data.dataset import Dataset
from aiducation.training.config import TrainConfig
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.learner import Learner
from aiducation.training.models import MODELS
from aiducation.training.recipes import recipe_of
from aiducation.training.team import ALONE, Team, joined_team
from tiny_flagship import TINY

#: Of 328 training images the last batch of 163 has two: one of three processes gets none of it, and two get one each.
COMPACT = TrainConfig(model="Compact_W4_D1", epochs=2, batch_size=163, precision="float32")
NORMED = dataclasses.replace(COMPACT, model="normed")
FLAGSHIP: FlagshipConfig = TINY


def normed() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 8), nn.BatchNorm1d(8), nn.Linear(8, 4))


@patch.dict(MODELS, normed=normed)
def losses(dataset: Dataset, team: Team = ALONE) -> dict[str, list[float]]:
    """Training and validation losses of each epoch: a compact network, one with a batch norm in its head, a small flagship."""
    found = {}
    for name, config in {"compact": COMPACT, "normed": NORMED, "flagship": FLAGSHIP}.items():
        learner = Learner(config, device="cpu", team=team)
        parts = recipe_of(config).split(dataset, "official").parts
        train, valid = learner.training_part(dataset, parts["train"]), learner.part(dataset, parts["valid"])
        rows = learner.train_eval(train, valid)
        found[name] = [row[f"{part}_loss"] for row in rows for part in ("train", "valid")]
    return found


if __name__ == "__main__":
    if sys.argv[1] == "losses":
        data, result = sys.argv[2:]
        with joined_team(torch.device("cpu")) as team:
            found = losses(Dataset.load(Path(data)), team)
            if team.leads:
                Path(result).write_text(json.dumps(found), encoding="utf-8")
    else:
        main()
