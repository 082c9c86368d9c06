"""The running average of a network's weights, by torch's ``AveragedModel``."""

from __future__ import annotations

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def running_average(network: nn.Module, decay: float) -> AveragedModel:
    """An exponential moving average of weights and batch-norm statistics, which starts at the present weights.

    The first decays are shorter than ``decay``, (1 + step) / (10 + step), so that the first weights are forgotten soon. Set
    ``n_averaged`` to one more than the steps done to go on after a stop.
    """

    def update(averaged: list[Tensor], current: list[Tensor], _: Tensor | int) -> None:
        if not averaged[0].is_floating_point():  # counters of batch norms
            for mine, theirs in zip(averaged, current, strict=True):
                mine.copy_(theirs)
            return
        step = int(average.n_averaged) - 1  # on the processor, unlike the argument: no step waits for a GPU
        get_ema_multi_avg_fn(min(decay, (1 + step) / (10 + step)))(averaged, current, step)

    average = AveragedModel(network, multi_avg_fn=update, use_buffers=True)  # type: ignore[arg-type]
    average.n_averaged.fill_(1)  # the present weights are the first; else they would not count
    return average
