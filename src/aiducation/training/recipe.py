"""A recipe: everything in which one training differs from another, so that one Learner trains them all."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from aiducation.data.dataset import Dataset
from aiducation.data.splits import Split
from aiducation.errors import RunError
from aiducation.states import STATES
from aiducation.training.batches import Part, batch_rows, draw_epoch, training_batches
from aiducation.training.config import TrainConfig
from aiducation.training.image_weights import image_weights
from aiducation.training.models import build_model
from aiducation.words import many


class Config(Protocol):
    """What the options of every recipe have in common: a frozen value that is saved with the run."""

    @property
    def model(self) -> str: ...
    @property
    def epochs(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def precision(self) -> str: ...

    def to_json(self) -> dict[str, Any]:
        """JSON values of every option."""
        ...


class Recipe(ABC):
    """How a network is taught. The Learner asks; a recipe never steps, saves or logs by itself.

    Attributes:
        states: what the outputs of the network stand for.
        more_scores: names of the scores that the log has for validation images beside ``runs.METRICS``.
        averaging: decay of the running average of the weights, which then is what is judged and kept; None to keep the
            weights themselves.
        keeps_last: keep the weights of the last epoch, not those of the best one.
        judges_in_float32: predict in float32 although training computes in bfloat16.
        recordable: the batches are those of ``batches.training_batches``, the loss needs nothing beside them, the rate is
            constant, and nothing happens between steps: a GPU may go through an epoch by itself (``epoch_graph``).
    """

    states: tuple[str, ...] = STATES
    more_scores: tuple[str, ...] = ()
    averaging: float | None = None
    keeps_last: bool = False
    judges_in_float32: bool = False
    recordable: bool = False

    @abstractmethod
    def network(self) -> nn.Module:
        """The network with fresh weights; draws from torch's global random state."""

    @abstractmethod
    def optimizer(self, network: nn.Module, *, fused: bool) -> torch.optim.Optimizer:
        """Adam or AdamW for a network on its device."""

    @abstractmethod
    def steps(self, images: int) -> int:
        """Steps of an epoch over so many images. It is asked before a run begins.

        Raises:
            RunError: these are too few to learn from.
        """

    @abstractmethod
    def batches(self, part: Part, epoch: int) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
        """Batches of an epoch, which counts from 1: (B, 1, 48, 48) float32 images in 0..1, (B,) int64 true states, and whatever
        else ``loss`` needs."""

    @abstractmethod
    def loss(self, outputs: Any, truth: Tensor, lesson: tuple[Tensor, ...]) -> Tensor:
        """What a step lowers, from the outputs of the network and what ``batches`` gave."""

    def schedule(self, optimizer: torch.optim.Optimizer, epochs_done: int, steps: int) -> LRScheduler | None:
        """What changes the learning rate during the next epoch; None where it is constant. It is made anew for each epoch and
        depends on the number of the step alone, so that a resumed run has the same rates."""
        return None

    def split(self, dataset: Dataset, name: str) -> Split:
        """The split to train on, by its name or file."""
        return dataset.split(name)

    def part(self, dataset: Dataset, ids: np.ndarray, device: torch.device) -> Part:
        """Images to judge."""
        return Part.of(dataset, ids, device, states=self.states)

    def training_part(self, dataset: Dataset, ids: np.ndarray, device: torch.device) -> Part:
        """Images to learn from."""
        return self.part(dataset, ids, device)

    def begin_epoch(self, epochs_done: int, train: Part, judged: nn.Module) -> None:  # noqa: B027 - most need nothing
        """Called before each epoch with the network that is judged and kept."""

    def scores(self, logits: Tensor, truth: Tensor) -> dict[str, float]:
        """The scores named in ``more_scores``, from (N, K) logits and (N,) true states."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint must hold for this recipe, beside weights and optimizer."""
        return {}

    def restore(self, state: dict[str, Tensor], epochs_done: int, device: torch.device) -> None:  # noqa: B027
        """Take over what ``state`` gave.

        Raises:
            RunError: something is missing.
        """


class PublishedRecipe(Recipe):
    """The published study's: cross-entropy on the four states, Adam at a constant rate, the best epoch on validation."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.recordable = not config.weights
        self._counts: Tensor | None = None  # how much each training image counts
        self._begun: Tensor | None = None  # the same when the training began

    def network(self) -> nn.Module:
        return build_model(self.config.model)

    def optimizer(self, network: nn.Module, *, fused: bool) -> torch.optim.Optimizer:
        config, weights = self.config, list(network.parameters())
        return torch.optim.Adam(
            weights,
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=fused,
            capturable=fused and weights[0].is_cuda,  # its steps can be recorded
        )

    def steps(self, images: int) -> int:
        if images < 2:
            raise RunError(
                f"The training split has {many(images, 'image')}; a network learns from two or more. Prepare more images, or "
                f"name another split."
            )
        return len(batch_rows(images, self.config.batch_size))

    def training_part(self, dataset: Dataset, ids: np.ndarray, device: torch.device) -> Part:
        part = self.part(dataset, ids, device)
        if not self.config.weights:
            return part
        self._counts = torch.from_numpy(image_weights(Path(self.config.weights), ids))
        if self._begun is not None and not torch.equal(self._counts, self._begun):
            raise RunError(
                f"{self.config.weights} is not as it was when this training began. Put the earlier table back, or train in "
                "another folder."
            )
        return dataclasses.replace(part, soft=(self._counts.to(device),))

    def state(self) -> dict[str, Tensor]:
        """The weights of the images, where there are any."""
        return {} if self._counts is None else {"image_weights": self._counts}

    def restore(self, state: dict[str, Tensor], epochs_done: int, device: torch.device) -> None:
        self._begun = state.get("image_weights")

    def batches(self, part: Part, epoch: int) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
        order = draw_epoch(len(part), self.config, epoch)[0].to(part.images.device) if part.soft else None
        every = batch_rows(len(part), self.config.batch_size)
        for rows, (images, truth) in zip(every, training_batches(part, self.config, epoch), strict=True):
            yield images, truth, () if order is None else tuple(values[order[rows]] for values in part.soft)

    def loss(self, outputs: Any, truth: Tensor, lesson: tuple[Tensor, ...]) -> Tensor:
        if not lesson:
            return F.cross_entropy(outputs, truth)
        return (F.cross_entropy(outputs, truth, reduction="none") * lesson[0]).mean()
