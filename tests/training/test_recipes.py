"""The table of recipes, and the options that runs keep."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from aiducation.errors import ConfigError
from aiducation.runs import RunFolder
from aiducation.states import STATES
from aiducation.training.batches import Part, plain_batches
from aiducation.training.config import TrainConfig
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.recipe import Recipe
from aiducation.training.recipes import RECIPES, Entry, default_config, read_config, recipe_of
from aiducation.vision.classifier import Classifier
from commands import RunCli
from needs import need_package


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_reads_the_options_that_it_writes(name: str) -> None:
    config = default_config(name)
    assert read_config(json.loads(json.dumps(config.to_json()))) == config
    recipe = recipe_of(config)
    assert isinstance(recipe, Recipe) and recipe.steps(1000) > 0
    with pytest.raises(ConfigError):
        read_config({**config.to_json(), "colour": "red"})


def test_runs_without_a_recipe_s_name_are_the_published_study_s() -> None:
    assert "recipe" not in TrainConfig().to_json(), "older versions read the runs of this one"
    assert read_config({"model": "Compact_W8_D1", "epochs": 3}) == TrainConfig(model="Compact_W8_D1", epochs=3)


def test_unknown_recipes_are_named() -> None:
    with pytest.raises(ConfigError, match=r"Unknown recipe 'flagshp'\. Did you mean 'flagship'"):
        default_config("flagshp")
    with pytest.raises(ConfigError, match="Unknown recipe"):
        read_config({"recipe": ["flagship"]})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stem": 0}, "stem must be from 1"),
        ({"stages": ()}, "number of stages"),
        ({"stages": ((32, 1000),)}, "blocks of stage 1 must be from 1 to 100, not 1000"),
        ({"cycles": (4, 0)}, "epochs of cycle 2"),
        ({"dropout": 2.0}, "dropout must be from 0 to 1, not 2"),
        ({"precision": "float31"}, "precision must be one of"),
    ],
)
def test_options_of_the_flagship_outside_their_range_are_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        dataclasses.replace(FlagshipConfig(), **changed)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToyConfig:
    """A recipe of a stranger: one linear layer, plain batches, the last epoch kept."""

    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 0.01
    seed: int = 0
    precision: str = "float32"
    model: str = "toy"

    def to_json(self) -> dict[str, Any]:
        return {"recipe": "toy", **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ToyConfig:
        return cls(**{name: one for name, one in value.items() if name != "recipe"})


class ToyRecipe(Recipe):
    keeps_last = True

    def __init__(self, config: ToyConfig) -> None:
        self.config = config

    def network(self) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, len(STATES)))

    def optimizer(self, network: nn.Module, *, fused: bool) -> torch.optim.Optimizer:
        return torch.optim.AdamW(network.parameters(), lr=self.config.learning_rate, fused=fused)

    def steps(self, images: int) -> int:
        return -(-images // self.config.batch_size)

    def batches(self, part: Part, epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...]]]:
        for images, truth in plain_batches(part, self.config.batch_size):
            yield images, truth, ()

    def loss(self, outputs: Any, truth: torch.Tensor, lesson: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(outputs, truth)


@pytest.mark.slow
def test_a_new_recipe_is_one_entry(
    prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Train, pause, go on, evaluate, report, export and start from it, through the command line."""
    need_package("onnxscript")
    monkeypatch.setitem(RECIPES, "toy", Entry(ToyConfig, ToyRecipe))
    run = tmp_path / "run"
    command = ("train", prepared, "--recipe", "toy", "--out", run, "--device", "cpu", "--split", "random")
    for words in (
        (*command, "--until-epoch", 1),
        (*command, "--resume"),
        ("evaluate", run, "--data", prepared, "--device", "cpu"),
        ("report", run, "--out", tmp_path / "report"),
        ("export", run, "--out", tmp_path / "toy.onnx"),
        (*command[:4], "--out", tmp_path / "tuned", *command[6:], "--from", run),
    ):
        answer = run_cli(*words)
        assert answer.code == 0, answer.err
    assert RunFolder(run).info().best_epoch == 2
    assert Classifier(tmp_path / "toy.onnx", threads=1).info.name == "toy"
