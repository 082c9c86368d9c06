"""How the flagship learns: from votes and soft states, in cycles, and from its own answers of the cycle before."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import soft_states
from aiducation.data.splits import Split, make_split
from aiducation.data.votes import vote_shares
from aiducation.errors import ConfigError, RunError
from aiducation.evaluation.metrics import area_under_roc
from aiducation.preprocess import to_input
from aiducation.states import OUTCOMES, STATES
from aiducation.training.augmentation import augment
from aiducation.training.batches import Part, epoch_seed
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.recipe import Recipe

#: Images that the teacher sees at once.
_BATCH = 256


class FlagshipRecipe(Recipe):
    """Learns the ten votes and the chance of each outcome, with strong augmentation, AdamW and averaged weights.

    Training parts have in ``soft`` the (M, 5) chance of each outcome and the (M, 10) shares of the votes.
    """

    states = OUTCOMES
    more_scores = ("five_way", "other_auc")
    keeps_last = True  # each cycle ends at a learning rate of 0: the last epoch is the best by design
    judges_in_float32 = True  # as the exported model computes
    learns_covers = False

    def __init__(self, config: FlagshipConfig) -> None:
        self.config = config
        self.averaging = config.averaging
        self._starts = list(accumulate(config.cycles))[:-1]  # epochs done before each later cycle
        self._teacher: nn.Module | None = None
        self._mixed: tuple[Part, tuple[Tensor, Tensor]] | None = None

    def network(self) -> nn.Module:
        network = FlagshipNet(self.config)
        network.cover_head.requires_grad_(self.learns_covers)
        return network

    def optimizer(self, network: nn.Module, *, fused: bool) -> torch.optim.Optimizer:
        """AdamW with weight decay for kernels and matrices alone: it would only fight what batch norms and biases learn."""
        rate, decay = self.config.learning_rate, self.config.weight_decay
        groups = [
            {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": decay, "lr": rate},
            {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0, "lr": rate},
        ]
        return torch.optim.AdamW(groups, fused=fused)

    def schedule(self, optimizer: torch.optim.Optimizer, epochs_done: int, steps: int) -> LRScheduler:
        """The rate rises over the first epochs, then falls to 0 as a cosine in each cycle."""
        return LambdaLR(optimizer, lambda step: self._rate(epochs_done + step / steps))

    def _rate(self, epochs: float) -> float:
        """The learning rate as a share of the highest one, so many epochs after the start."""
        if epochs < self.config.warmup:
            return (epochs + 0.05) / (self.config.warmup + 0.05)
        start, warmup = 0, self.config.warmup
        for length in self.config.cycles:
            if epochs < start + length or start + length == self.config.epochs:
                break
            start, warmup = start + length, 0.0
        done = (epochs - start - warmup) / max(length - warmup, 1e-9)
        return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

    # Data

    def split(self, dataset: Dataset, name: str) -> Split:
        """The official parts over every kept image, labelled or not, without any training or validation image that has
        a duplicate in the test split."""
        if name != "official":
            raise ConfigError(f"The flagship is trained on the split 'official' only, not on '{name}'.")
        return make_split("official", dataset.split_input(np.flatnonzero(dataset.kept)))

    def training_part(self, dataset: Dataset, ids: np.ndarray, device: torch.device) -> Part:
        part, softness = self.part(dataset, ids, device), self.config.softness
        hard = np.eye(len(OUTCOMES), dtype=np.float32)[part.targets.cpu().numpy()]
        drawn = soft_states(dataset.votes[ids], get_criteria(dataset.info.criteria), seed=self.config.seed)
        chances = (1 - softness) * hard + softness * drawn
        soft = (chances, vote_shares(dataset.votes[ids]).astype(np.float32))
        return dataclasses.replace(part, soft=tuple(torch.from_numpy(one).to(device) for one in soft))

    def steps(self, images: int) -> int:
        """Whole batches only; the rest of an epoch's order is left out."""
        if images < self.config.batch_size:
            raise RunError(
                f"The training split has {images} images, fewer than one batch of {self.config.batch_size}, so that "
                f"nothing would "
                "be learned; prepare more images."
            )
        return images // self.config.batch_size

    def batches(self, part: Part, epoch: int) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
        size = self.config.batch_size
        generator = torch.Generator().manual_seed(epoch_seed(self.config.seed, epoch))
        order = torch.randperm(len(part), generator=generator).to(part.images.device)
        outcomes, votes = self._mixed[1] if self._mixed else part.soft
        for step in range(self.steps(len(part))):
            rows = order[step * size : (step + 1) * size]
            images, more = self._changed(to_input(part.images[rows]), generator)
            yield images, part.targets[rows], (outcomes[rows], votes[rows], *more)

    def _changed(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Changed copies of (B, 1, 48, 48) images, and what the loss must know of them."""
        return augment(images, self.config.augmentation, generator), ()

    def loss(self, outputs: Any, truth: Tensor, lesson: tuple[Tensor, ...]) -> Tensor:
        outcome_logits, vote_logits, _ = outputs
        outcomes, votes = lesson
        return F.cross_entropy(outcome_logits, outcomes) + self.config.vote_weight * F.cross_entropy(vote_logits, votes)

    def scores(self, logits: Tensor, truth: Tensor) -> dict[str, float]:
        """Accuracy over the five outcomes, and the area under the ROC curve for "other" (0.5 where that is undefined)."""
        known, other = logits.cpu().numpy(), (truth == len(STATES)).cpu().numpy()
        probs = np.exp(known - known.max(axis=1, keepdims=True))
        probs /= probs.sum(axis=1, keepdims=True)
        area = area_under_roc(probs[:, -1], other)
        right = known.argmax(axis=1) == truth.cpu().numpy()
        return {"five_way": float(right.mean()), "other_auc": area if math.isfinite(area) else 0.5}

    # The teacher: the averaged weights at the end of the cycle before

    def begin_epoch(self, epochs_done: int, train: Part, judged: nn.Module) -> None:
        if epochs_done in self._starts:
            self._teacher, self._mixed = copy.deepcopy(judged).eval(), None
        if self._teacher is not None and (self._mixed is None or self._mixed[0] is not train):
            self._mixed = (train, self._mix_in(self._teacher, train))

    def _mix_in(self, teacher: nn.Module, part: Part) -> tuple[Tensor, Tensor]:
        """Targets with the teacher's share in them."""
        outcomes, votes = part.soft
        weight, answers = self.config.teacher_weight, self._answers(teacher, part.images)
        return torch.lerp(outcomes, answers[0], weight), torch.lerp(votes, answers[1], weight)

    def _answers(self, teacher: nn.Module, faces: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 5) and (N, 10) probabilities of outcomes and votes, by the unchanged face and its mirror image."""
        seen, mirrored = (_both_logits(teacher, faces, mirror=mirror) for mirror in (False, True))
        outcomes, votes = ((one.softmax(1) + other.softmax(1)) / 2 for one, other in zip(seen, mirrored, strict=True))
        return outcomes, votes

    def state(self) -> dict[str, Tensor]:
        """The teacher's weights, from the second cycle on."""
        return {} if self._teacher is None else dict(self._teacher.state_dict())

    def restore(self, state: dict[str, Tensor], epochs_done: int, device: torch.device) -> None:
        self._teacher, self._mixed = None, None
        if not state:
            if epochs_done > self.config.cycles[0]:
                raise RunError(
                    "The checkpoint lacks the weights that this cycle learns from; train again in another folder."
                )
            return
        teacher = FlagshipNet(self.config).to(device)
        try:
            teacher.load_state_dict(state)
        except RuntimeError as error:
            raise RunError("The weights to learn from, in the checkpoint, belong to another network.") from error
        self._teacher = teacher.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]


@torch.no_grad()
def _both_logits(network: nn.Module, faces: Tensor, *, mirror: bool) -> tuple[Tensor, Tensor]:
    """(N, 5) outcome and (N, 10) vote logits, float32, of (N, 48, 48) uint8 faces or of their mirror images."""
    made = []
    for some in faces.split(_BATCH):
        batch = to_input(some)
        made.append(network(batch.flip(3) if mirror else batch))
    outcomes, votes, _ = (torch.cat(parts).float() for parts in zip(*made, strict=True))
    return outcomes, votes
