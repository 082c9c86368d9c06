"""Recipes of somebody else, which use what those of the package do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aiducation.data.dataset import Dataset
from aiducation.errors import RunError
from aiducation.runs import LOG_COLUMNS
from aiducation.training import recipes
from aiducation.training.batches import Part
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner
from aiducation.training.recipe import PublishedRecipe
from aiducation.training.recipes import RECIPES, Entry
from small_data import small_data


@dataclass(frozen=True, kw_only=True)
class OwnConfig(TrainConfig):
    """The options of the published recipe."""

    model: str = "B2_N1_FC0_K3_AP2"
    epochs: int = 3
    learning_rate: float = 1e-5
    precision: str = "float32"


class OwnRecipe(PublishedRecipe):
    """A running average of the weights of which the best epoch is kept, and a score of its own."""

    averaging = 0.9
    more_scores = ("first_logit",)

    def scores(self, logits: Tensor, truth: Tensor) -> dict[str, float]:
        return {"first_logit": float(logits[0, 0])}


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Part, Part]:
    """Images to train on, and a single one to choose the epoch by: at this rate it is classified alike in all of them."""
    monkeypatch.setattr(recipes, "RECIPES", {"own": Entry(OwnConfig, OwnRecipe), **RECIPES})
    dataset: Dataset = small_data(tmp_path / "data")
    ids = dataset.split("official").parts
    return tuple(Part.of(dataset, some, torch.device("cpu")) for some in (ids["train"], ids["valid"][:1]))  # type: ignore[return-value]


def test_a_running_average_goes_on_from_where_it_was(parts: tuple[Part, Part], tmp_path: Path) -> None:
    whole, first, second = (Learner(OwnConfig(), device="cpu") for _ in range(3))
    whole.train_eval(*parts)
    first.train_eval(*parts, until=2)
    assert first.best_epoch == 1, "the weights that are kept are not the last ones"
    first.save_checkpoint(tmp_path / "c.safetensors")
    second.load_checkpoint(tmp_path / "c.safetensors")
    second.train_eval(*parts)
    kept = second.judged.state_dict()
    assert all(torch.equal(one, kept[name]) for name, one in whole.judged.state_dict().items())


def test_a_checkpoint_without_it_is_refused(
    parts: tuple[Part, Part], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = Learner(OwnConfig(), device="cpu")
    learner.train_eval(*parts, until=2)
    monkeypatch.setattr(learner, "best_epoch", 2)
    learner.save_checkpoint(tmp_path / "c.safetensors")
    monkeypatch.setattr("aiducation.training.checkpoint.check_progress", lambda path, info: info.update(best_epoch=1))
    with pytest.raises(RunError, match="lacks the running average"):
        Learner(OwnConfig(), device="cpu").load_checkpoint(tmp_path / "c.safetensors")


def test_its_scores_are_in_the_log(parts: tuple[Part, Part], tmp_path: Path) -> None:
    learner = Learner(OwnConfig(), device="cpu")
    (row,) = learner.train_eval(*parts, until=1)
    learner.save_log(tmp_path / "run" / "log.csv")
    log = Learner.load_logs([tmp_path / "run" / "log.csv"])["run"]
    assert tuple(log) == (*LOG_COLUMNS, "valid_first_logit")
    assert log["valid_first_logit"][0] == pytest.approx(row["valid_first_logit"], rel=1e-6)


@pytest.mark.parametrize("heading", ["first_logit", "train_first_logit", "valid_loss"])
def test_columns_that_are_not_scores_of_validation_images_are_refused(heading: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(",".join([*LOG_COLUMNS, heading]) + "\n", encoding="utf-8")
    with pytest.raises(RunError, match="its columns differ"):
        Learner.load_logs([path])
