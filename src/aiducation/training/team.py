"""A team: several processes that train one network together, as ``torchrun`` starts them (DistributedDataParallel).

Every process has the whole network, sees its share of each batch, and all take the same step. A share's own means would be
those of fewer images, so batch norms use those of the whole batch, and dropout draws its masks for the whole batch; then the
losses are those of one process, up to rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn


class Whole:
    """What the layers of a network need to know of the whole batch. Copies of a network share it: a group cannot be copied.

    Attributes:
        group: in which batch norms exchange their sums, apart from the gradients'.
        images: in the present batch of all processes.
    """

    def __init__(self, group: Any = None) -> None:
        self.group, self.images = group, 0

    def __deepcopy__(self, memo: object) -> Whole:
        return self


@dataclass(frozen=True, kw_only=True)
class Team:
    """Which of how many processes this one is; alone by default.

    Attributes:
        rank: counted from 0.
        size: number of processes.
        whole: what the layers of the network know of the whole batch.
    """

    rank: int = 0
    size: int = 1
    whole: Whole = field(default_factory=Whole)

    @property
    def leads(self) -> bool:
        """Whether this process writes the files and speaks."""
        return self.rank == 0

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def share(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """This process's rows of a batch; the layers learn how many it has."""
        self.whole.images = len(tensors[0])
        return tensors if self.size == 1 else tuple(tensor[self.rank :: self.size] for tensor in tensors)

    def total(self, *sums: Tensor) -> None:
        """Add the sums of all processes up, in place."""
        for one in sums if self.size > 1 else ():
            dist.all_reduce(one)

    def together(self, model: nn.Module) -> nn.Module:
        """The network whose gradients are those of the whole batch; the same where alone. See ``share_layers``."""
        if self.size == 1:
            return model
        return nn.parallel.DistributedDataParallel(model, broadcast_buffers=False)


ALONE = Team()


@contextmanager
def joined_team(device: torch.device) -> Iterator[Team]:
    """The team of the processes that a launcher started with this one, until the block ends; alone where there is none.

    ``device`` is what ``choose_compute`` gave, which made it the present one.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or not dist.is_available():
        yield ALONE
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(rank=dist.get_rank(), size=size, whole=Whole(dist.new_group()))
    finally:
        dist.destroy_process_group()


class _OfAll(nn.modules.batchnorm._BatchNorm):
    """Batch norm over the images of all processes. PyTorch's own (SyncBatchNorm) refuses processors."""

    whole: Whole

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, ...) of this process, N may be 0 -> the same, normalized with the mean and variance over all processes."""
        if not self.training:
            return super().forward(x)
        assert self.weight is not None and self.bias is not None
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        exact = x.float()
        others, each = [0, *range(2, x.ndim)], (-1, *[1] * (x.ndim - 2))
        count = exact.new_tensor([exact.numel() / exact.shape[1]])
        sums = _summed(torch.cat([exact.sum(others), count]), self.whole.group)
        n = sums[-1].detach()
        mean = sums[:-1] / n
        centred = exact - mean.view(each)
        variance = _summed((centred**2).sum(others), self.whole.group) / n
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum or 0.1)
            self.running_var.lerp_(variance * (n / (n - 1).clamp(min=1)), self.momentum or 0.1)
        scaled = self.weight * (variance + self.eps).rsqrt()
        return (centred * scaled.view(each) + self.bias.view(each)).to(x.dtype)


class SharedNorm(_OfAll, nn.BatchNorm2d):
    """Of maps."""


class SharedNorm1d(_OfAll, nn.BatchNorm1d):
    """Of features, such as a head has: a process's share of the last batch may be a single image."""


#: Batch norm -> the same over all processes.
_SHARED: dict[type[nn.Module], type[_OfAll]] = {nn.BatchNorm1d: SharedNorm1d, nn.BatchNorm2d: SharedNorm}


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: Any) -> Tensor:
        ctx.group = group
        total = x.clone()
        dist.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        total = gradients[0].clone()
        dist.all_reduce(total, group=ctx.group)
        return total, None


def _summed(x: Tensor, group: Any) -> Tensor:
    total: Tensor = _Sum.apply(x, group)  # type: ignore[no-untyped-call]
    return total


class SharedDropout(nn.Dropout):
    """Dropout whose mask is drawn for the batch of all processes, so that every process draws the same numbers as one alone."""

    team: Team

    def forward(self, x: Tensor) -> Tensor:
        """(N, ...) of this process -> the same, by its rows of the mask."""
        if not self.training:
            return x
        (mask,) = self.team.share(F.dropout(x.new_ones(self.team.whole.images, *x.shape[1:]), self.p))
        return x * mask


def share_layers(model: nn.Module, team: Team) -> nn.Module:
    """Let the batch norms and dropouts of a network use the whole batch, in place; names and values of its state stay."""
    for module in list(model.modules()) if team.size > 1 else ():
        layer: Any = module
        if type(module) in _SHARED:
            layer.__class__, layer.whole = _SHARED[type(module)], team.whole
        elif type(module) is nn.Dropout:
            layer.__class__, layer.team = SharedDropout, team
    return model
