"""The sums of an epoch."""

from __future__ import annotations

import torch
from torch import Tensor

from aiducation.evaluation.metrics import flat_scores
from aiducation.states import STATES


class Tally:
    """Running sums over an epoch, kept on the device so that no step waits for it.

    The scores are those of the four states, on the images that show one of them; the loss is that of every image.
    """

    def __init__(self, device: torch.device) -> None:
        self._images = torch.zeros((), dtype=torch.int64, device=device)
        self._loss = torch.zeros((), device=device)
        self._cells = torch.arange(len(STATES) ** 2, device=device)  # of the confusion matrix, row by row
        self._confusion = torch.zeros_like(self._cells)

    def reset(self) -> None:
        """Begin again at zero, in the same memory."""
        for one in self.sums:
            one.zero_()

    def add(self, logits: Tensor, truth: Tensor, loss: Tensor) -> None:
        """Count a batch: (B, K) logits, (B,) true states, and their mean loss."""
        self._images.add_(len(truth))
        self._loss.add_(loss.detach() * len(truth))
        answers = logits.detach()[:, : len(STATES)].argmax(1)
        cells = truth * len(STATES) + answers  # those of "other" lie beyond the matrix
        self._confusion.add_((cells[:, None] == self._cells).sum(0))  # bincount would make the processor wait for a GPU

    @property
    def sums(self) -> tuple[Tensor, ...]:
        """The running sums themselves, for several processes to add up."""
        return self._images, self._loss, self._confusion

    def metrics(self) -> dict[str, float]:
        """Loss, accuracy and the other ``runs.METRICS``."""
        confusion = self._confusion.cpu().numpy().reshape(len(STATES), len(STATES))
        return {"loss": self._loss.item() / max(int(self._images), 1), **flat_scores(confusion)}
