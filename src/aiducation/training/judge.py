"""The Judge: says which state a network sees in images, and how well it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.preprocess import to_input
from aiducation.training.batches import Part, plain_batches
from aiducation.training.device import Compute
from aiducation.training.epoch_graph import RECORDING
from aiducation.training.models import outcome_logits
from aiducation.training.recipe import Recipe
from aiducation.training.tally import Tally

#: Images a step where no gradients are kept.
EVAL_BATCH = 256


class Judge:
    """Applies a network, as it stands at that moment, to unchanged images.

    Args:
        network: on the device of ``compute``.
        recipe: whose states its outputs stand for.
        compute: device and precision.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, compute: Compute) -> None:
        self._network, self._recipe, self._compute = network, recipe, compute
        self._done: set[tuple[str, int]] = set()

    @torch.inference_mode()
    def scores(self, part: Part) -> dict[str, float]:
        """Loss, accuracy and the other ``runs.METRICS``, and the further scores of the recipe."""
        self._network.eval()
        with self._undisturbing("scores", len(part)):
            tally, seen = Tally(self._compute.device), []
            for images, truth in plain_batches(part, EVAL_BATCH):
                logits = self._logits(images)
                tally.add(logits, truth, F.cross_entropy(logits, truth))
                seen.append(logits)
            return tally.metrics() | (self._recipe.scores(torch.cat(seen), part.targets) if seen else {})

    @torch.inference_mode()
    def probs(self, faces: Tensor | np.ndarray) -> np.ndarray:
        """(N, K) float32 probabilities of the states for (N, 48, 48) uint8 faces."""
        with self._undisturbing("probs", len(faces)):
            found = [F.softmax(logits, dim=1).cpu() for logits in self._batches(faces)]
        return torch.cat(found).numpy() if found else np.zeros((0, len(self._recipe.states)), np.float32)

    @torch.inference_mode()
    def logits(self, faces: Tensor | np.ndarray, *, mirror: bool = False) -> np.ndarray:
        """(N, K) float32 logits of the states for (N, 48, 48) uint8 faces, or for their mirror images."""
        with self._undisturbing(f"logits, mirror={mirror}", len(faces)):
            found = [logits.cpu() for logits in self._batches(faces, mirror=mirror)]
        return torch.cat(found).numpy() if found else np.zeros((0, len(self._recipe.states)), np.float32)

    def _batches(self, faces: Tensor | np.ndarray, *, mirror: bool = False) -> Iterator[Tensor]:
        self._network.eval()
        if isinstance(faces, np.ndarray):
            faces = torch.from_numpy(np.array(faces))  # a copy: memory-mapped faces cannot be written to
        if not len(faces):
            return
        for batch in faces.to(self._compute.device).split(EVAL_BATCH):
            images = to_input(batch)
            yield self._logits(images.flip(3) if mirror else images)

    def _undisturbing(self, what: str, images: int) -> AbstractContextManager[object]:
        """What is done with so many images for the first time waits on a GPU until no other thread records a step.

        Kernels are loaded when they are needed first. That can wait for the whole device, which breaks a recording.
        """
        if self._compute.device.type != "cuda" or (what, images) in self._done:
            return nullcontext()
        self._done.add((what, images))
        return RECORDING

    def _logits(self, images: Tensor) -> Tensor:
        with nullcontext() if self._recipe.judges_in_float32 else self._compute.autocast():
            outputs = self._network(images.contiguous(memory_format=torch.channels_last))
        return outcome_logits(outputs).float()
