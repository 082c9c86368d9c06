"""The flagship: one small network for four states and "other", trained on the votes of every kept image."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index, soft_states
from aiducation.data.splits import TRAIN, VALID, Split, make_split
from aiducation.data.votes import VOTE_COLUMNS
from aiducation.environment import environment
from aiducation.errors import DataMismatchError, RunError
from aiducation.evaluation.metrics import area_under_roc
from aiducation.files import write_json
from aiducation.preprocess import to_input
from aiducation.records import read_record
from aiducation.schemas import ANY_OBJECT, check, like, listed, named, number, or_null, record, text
from aiducation.states import OTHER_INDEX, OUTCOMES, STATES
from aiducation.temporary import delete_left_behind
from aiducation.training import checkpoint
from aiducation.training.augmentation import Augmentation, augment
from aiducation.training.batches import epoch_seed
from aiducation.training.device import choose_compute
from aiducation.training.models import StridedBlock
from aiducation.training.place import Place


@dataclass(frozen=True, kw_only=True)
class FlagshipConfig:
    """Everything that decides what the flagship becomes.

    Attributes:
        stem: channels of the first convolution, which halves the picture's side.
        stages: (channels, blocks) of each stage; every stage but the first halves the side again.
        cycles: epochs of each cycle, in which the learning rate falls to 0 as a cosine. From the second cycle on, the network
            also learns from what it said itself at the end of the cycle before: ten votes are a noisy sample, and its answer
            draws on all similar faces.
        teacher_weight: share of those answers in what the later cycles learn.
        batch_size, learning_rate, weight_decay: of AdamW; the rate rises over the first ``warmup`` epochs.
        vote_weight: weight of the loss on the vote distribution, beside the loss on the outcome.
        softness: share of the soft states in the outcome to learn; the rest is the outcome that the ten votes gave.
        averaging: decay of the running average of the weights, which is what is kept.
        dropout: before the two heads.
        augmentation: how far images are changed.
        seed: of weights, order, augmentation.
    """

    stem: int = 32
    stages: tuple[tuple[int, int], ...] = ((32, 1), (64, 2), (128, 2))
    cycles: tuple[int, ...] = (24, 40, 28)
    teacher_weight: float = 0.5
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warmup: float = 1.0
    vote_weight: float = 1.0
    softness: float = 0.5
    averaging: float = 0.998
    dropout: float = 0.2
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    precision: str = "auto"

    @property
    def epochs(self) -> int:
        """Epochs of all cycles."""
        return sum(self.cycles)

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FlagshipConfig:
        """Read what ``to_json`` gave.

        Raises:
            RunError: a field is missing, unknown, or of another type.
        """
        if why := check(value, like(cls().to_json())):
            raise RunError(f"These are no options of the flagship: {why}.")
        stages = tuple((int(width), int(depth)) for width, depth in value["stages"])
        augmentation = Augmentation(**value["augmentation"])
        return cls(**{**value, "stages": stages, "cycles": tuple(value["cycles"]), "augmentation": augmentation})


class FlagshipNet(nn.Module):
    """(N, 1, 48, 48) float32 in 0..1 -> (N, 5) outcome logits and (N, 10) vote logits."""

    def __init__(self, config: FlagshipConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, config.stem, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(config.stem),
            nn.ReLU(),
        ]
        before = config.stem
        for stage, (width, depth) in enumerate(config.stages):
            for block in range(depth):
                layers.append(StridedBlock(before, width, stride=2 if stage and not block else 1))
                before = width
        self.stages = nn.Sequential(*layers)
        self.dropout = nn.Dropout(config.dropout)
        self.outcome_head = nn.Linear(before, len(OUTCOMES))
        self.vote_head = nn.Linear(before, len(VOTE_COLUMNS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # Gray level and contrast of the whole face are the camera's doing; the expression is in what remains.
        mean, deviation = x.mean(dim=(2, 3), keepdim=True), x.std(dim=(2, 3), keepdim=True)
        features = self.dropout(self.stages((x - mean) / (deviation + 0.05)).mean(dim=(2, 3)))
        return self.outcome_head(features), self.vote_head(features)


def flagship_split(dataset: Dataset) -> Split:
    """The official parts over every kept image, without any training or validation image that has a copy in the test part."""
    return make_split("official", dataset.split_input(np.flatnonzero(dataset.kept)))


#: Columns of the log: validation scores are those of the averaged weights.
LOG_COLUMNS = (
    "epoch",
    "learning_rate",
    "train_loss",
    "valid_loss",
    "accuracy",
    "five_way",
    "other_auc",
    "images_per_s",
)


#: What ``recipe.json`` looks like.
_RECIPE = record(
    {
        "recipe": text(longest=50),
        "config": ANY_OBJECT,
        "data_hash": text(longest=200),
        "criteria": text(longest=200),
        "images": named(number(0, 1e9)),
        "log": listed(named(or_null(number())), most=100_000),
        "environment": ANY_OBJECT,
    }
)


def read_recipe(folder: Path) -> dict[str, Any]:
    """What ``recipe.json`` says.

    Raises:
        RunError: it is missing or was not written by this package.
    """
    return read_record(folder / "recipe.json", _RECIPE, error=RunError)


class Flagship:
    """Trains the flagship into a folder, and goes on from its checkpoint.

    FOLDER/ recipe.json (configuration, data, machine, log) · checkpoint.safetensors · best.safetensors (averaged weights) ·
    teacher.safetensors (averaged weights at the end of the cycle before).
    """

    def __init__(self, dataset: Dataset, folder: Path, config: FlagshipConfig, *, device: str = "auto") -> None:
        self.dataset, self.folder, self.config = dataset, folder, config
        self.compute = choose_compute(device, config.precision)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.model = FlagshipNet(config).to(self.compute.device)
        self.model = self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(_parameter_groups(self.model, config), fused=self.compute.fused_adam)
        self.averaged = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.split = flagship_split(dataset)
        self.log: list[dict[str, float]] = []

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    @property
    def weights_path(self) -> Path:
        return self.folder / "best.safetensors"

    @property
    def teacher_path(self) -> Path:
        return self.folder / "teacher.safetensors"

    def resume(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            DataMismatchError: it was trained on other data.
            RunError: it was trained with another configuration.
        """
        described = read_recipe(self.folder)
        if described["data_hash"] != self.dataset.data_hash:
            raise DataMismatchError(f"{self.folder} was trained on other data; name another folder.")
        if FlagshipConfig.from_json(described["config"]) != self.config:
            raise RunError(f"{self.folder} was trained with other options; name another folder.")
        averaged, info = checkpoint.load_checkpoint(self.checkpoint_path, self.model, self.optimizer)
        checkpoint.check_progress(self.checkpoint_path, info)
        if info["config"] != json.loads(json.dumps(self.config.to_json())):
            raise RunError(
                f"{self.checkpoint_path} was made with other options than recipe.json says; name another folder."
            )
        if not all(set(LOG_COLUMNS) <= row.keys() for row in info["log"]):
            raise RunError(f"{self.checkpoint_path} has another log than this version writes; name another folder.")
        self.averaged = {name: tensor.to(self.compute.device) for name, tensor in averaged.items()}
        self.log = info["log"]

    def train(
        self,
        *,
        progress: Callable[[int, int], None] | None = None,
        on_epoch: Callable[[dict[str, float]], None] | None = None,
    ) -> None:
        """Train until ``config.epochs`` are done, with a checkpoint after each.

        Raises:
            RunError: the folder was deleted or replaced meanwhile.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        delete_left_behind(self.folder)
        place = Place(self.folder)
        progress = place.watched(progress)
        images, crowd_outcomes, crowd_votes = self._training_arrays()
        outcomes, votes, teacher = crowd_outcomes, crowd_votes, self._read_teacher()
        starts = np.cumsum(self.config.cycles)[:-1]  # epochs done before each later cycle
        if teacher:
            outcomes, votes = self._mix_in_teacher(crowd_outcomes, crowd_votes, teacher)
        while len(self.log) < self.config.epochs:
            if len(self.log) in starts:
                teacher = {name: tensor.clone() for name, tensor in self.averaged.items()}
                checkpoint.save_weights(self.teacher_path, teacher, {"model": "flagship", "states": OUTCOMES})
                outcomes, votes = self._mix_in_teacher(crowd_outcomes, crowd_votes, teacher)
            start = time.perf_counter()
            loss = self._train_one_epoch(images, outcomes, votes, progress)
            speed = len(images) / (time.perf_counter() - start)
            row = {
                "epoch": float(len(self.log) + 1),
                "epochs": float(self.config.epochs),
                "learning_rate": self.optimizer.param_groups[0]["lr"],
                "train_loss": loss,
                **self.evaluate(VALID),
                "images_per_s": speed,
            }
            place.check()
            self.log.append(row)
            self.save()
            if on_epoch:
                on_epoch(row)

    def _training_arrays(self) -> tuple[Tensor, Tensor, Tensor]:
        ids, data = self.split.parts[TRAIN], self.dataset
        votes = data.votes[ids].astype(np.float32)
        hard = np.eye(len(OUTCOMES), dtype=np.float32)[outcome_index(data.state[ids])]
        soft = soft_states(data.votes[ids], get_criteria(data.info.criteria), seed=self.config.seed)
        outcomes = (1 - self.config.softness) * hard + self.config.softness * soft
        arrays = (np.ascontiguousarray(data.images[ids]), outcomes, votes / votes.sum(axis=1, keepdims=True))
        images, outcome_targets, vote_targets = (torch.from_numpy(a).to(self.compute.device) for a in arrays)
        return images, outcome_targets, vote_targets

    def _read_teacher(self) -> dict[str, Tensor] | None:
        """The teacher of the cycle that a resumed training is in; None in the first cycle."""
        if len(self.log) <= self.config.cycles[0]:
            return None
        network = FlagshipNet(self.config).to(self.compute.device)
        checkpoint.load_weights(self.teacher_path, network)
        return network.state_dict()

    def _mix_in_teacher(self, outcomes: Tensor, votes: Tensor, teacher: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Targets with the teacher's share in them; it sees the unchanged image and its mirror image."""
        ids, weight = self.split.parts[TRAIN], self.config.teacher_weight
        seen, mirrored = (self._outputs(teacher, ids, mirror=mirror) for mirror in (False, True))
        answers = [(one.softmax(1) + other.softmax(1)) / 2 for one, other in zip(seen, mirrored, strict=True)]
        return torch.lerp(outcomes, answers[0], weight), torch.lerp(votes, answers[1], weight)

    def _train_one_epoch(
        self, images: Tensor, outcomes: Tensor, votes: Tensor, progress: Callable[[int, int], None] | None
    ) -> float:
        epoch, n, size = len(self.log), len(images), self.config.batch_size
        generator = torch.Generator().manual_seed(epoch_seed(self.config.seed, epoch + 1))
        order = torch.randperm(n, generator=generator).to(images.device)
        steps = n // size
        total = torch.zeros((), device=images.device)
        self.model.train()
        with torch.random.fork_rng(devices=[images.device] if images.is_cuda else []):
            torch.manual_seed(epoch_seed(self.config.seed, epoch + 1))  # for dropout
            for step in range(steps):
                rate = self.config.learning_rate * self._schedule(epoch + step / steps)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                rows = order[step * size : (step + 1) * size]
                batch = augment(to_input(images[rows]), self.config.augmentation, generator)
                loss = self._loss(batch, outcomes[rows], votes[rows])
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                self.optimizer.step()
                self._average(epoch * steps + step)
                total += loss.detach()
                if progress:
                    progress((step + 1) * size, n)
        mean = float(total) / max(steps, 1)
        if not math.isfinite(mean):
            raise RunError(f"The training loss became {mean} in epoch {epoch + 1}; lower the learning rate.")
        return mean

    def _loss(self, batch: Tensor, outcomes: Tensor, votes: Tensor) -> Tensor:
        with self.compute.autocast():
            outcome_logits, vote_logits = self.model(batch.contiguous(memory_format=torch.channels_last))
            return F.cross_entropy(outcome_logits, outcomes) + self.config.vote_weight * F.cross_entropy(
                vote_logits, votes
            )

    def _schedule(self, epoch: float) -> float:
        if epoch < self.config.warmup:
            return (epoch + 0.05) / (self.config.warmup + 0.05)
        start, warmup = 0, self.config.warmup
        for length in self.config.cycles:
            if epoch < start + length or start + length == self.config.epochs:
                break
            start, warmup = start + length, 0.0
        done = (epoch - start - warmup) / max(length - warmup, 1e-9)
        return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self.config.averaging, (1 + step) / (10 + step))  # the first weights are forgotten soon
        for name, tensor in self.model.state_dict().items():
            if tensor.dtype.is_floating_point:
                self.averaged[name].lerp_(tensor, 1 - decay)
            else:
                self.averaged[name].copy_(tensor)

    def logits(self, ids: np.ndarray, *, mirror: bool = False) -> np.ndarray:
        """(N, 5) float32 outcome logits of the averaged weights, for the images or their mirror images."""
        return self._outputs(self.averaged, ids, mirror=mirror)[0].cpu().numpy()

    @torch.no_grad()
    def _outputs(self, weights: dict[str, Tensor], ids: np.ndarray, *, mirror: bool = False) -> tuple[Tensor, Tensor]:
        """(N, 5) outcome and (N, 10) vote logits, float32, of the images or of their mirror images."""
        network = FlagshipNet(self.config).to(self.compute.device).eval()
        network.load_state_dict(weights)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        made = []
        for some in np.split(ids, range(256, len(ids), 256)):
            batch = to_input(torch.from_numpy(np.ascontiguousarray(self.dataset.images[some])).to(self.compute.device))
            made.append(network(batch.flip(3) if mirror else batch))
        outcomes, votes = (torch.cat(parts).float() for parts in zip(*made, strict=True))
        return outcomes, votes

    def evaluate(self, part: str) -> dict[str, float]:
        """Loss, accuracy over the four states, five-way accuracy, area under the curve for "other"."""
        ids = self.split.parts[part]
        logits = self.logits(ids)
        truth = outcome_index(self.dataset.state[ids])
        labelled = self.dataset.state[ids] != OTHER_INDEX
        four = logits[labelled, : len(STATES)].argmax(axis=1)
        probs = np.exp(logits - logits.max(axis=1, keepdims=True))
        probs /= probs.sum(axis=1, keepdims=True)
        return {
            "valid_loss": float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(truth))),
            "accuracy": float((four == truth[labelled]).mean()),
            "five_way": float((logits.argmax(axis=1) == truth).mean()),
            "other_auc": area_under_roc(probs[:, -1], ~labelled),
        }

    def save(self) -> None:
        """Write the checkpoint, the averaged weights and ``recipe.json``."""
        info = {"config": self.config.to_json(), "log": self.log, "best_epoch": len(self.log)}
        self.optimizer.zero_grad(set_to_none=True)
        checkpoint.save_checkpoint(self.checkpoint_path, self.model, self.optimizer, self.averaged, info)
        checkpoint.save_weights(self.weights_path, self.averaged, {"model": "flagship", "states": OUTCOMES})
        write_json(
            self.folder / "recipe.json",
            {
                "recipe": "flagship",
                "config": self.config.to_json(),
                "data_hash": self.dataset.data_hash,
                "criteria": self.dataset.info.criteria,
                "images": {name: len(ids) for name, ids in self.split.parts.items()},
                "log": self.log,
                "environment": environment() | self.compute.describe(),
            },
        )


def _parameter_groups(model: nn.Module, config: FlagshipConfig) -> list[dict[str, Any]]:
    """Weight decay for kernels and matrices alone: it would only fight what batch norms and biases learn."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": config.weight_decay, "lr": config.learning_rate},
        {"params": others, "weight_decay": 0.0, "lr": config.learning_rate},
    ]
