"""Whether a network draws random numbers while it learns: they are seeded then, and no other network may train beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from aiducation.preprocess import SIDE


class _Watch(TorchDispatchMode):
    """Notes whether an operation inside the block draws random numbers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen = self.seen or torch.Tag.nondeterministic_seeded in func.tags
        return func(*args, **(kwargs or {}))


def draws_random_numbers(model: nn.Module) -> bool:
    """Whether a network has dropout or anything like it, as a layer or as a function; also true where that cannot be told.

    Two pictures go through it, in training, without memory for pictures and weights.
    """
    weights = {
        f"{place}.{name}".lstrip("."): torch.empty_like(one, device="meta")
        for place, module in model.named_modules()  # each once, also where it stands in several places
        for kind in (module.named_parameters, module.named_buffers)
        for name, one in kind(recurse=False, remove_duplicate=False)
    }
    watch = _Watch()
    model.train()
    try:
        with torch.no_grad(), torch.device("meta"), watch:
            torch.func.functional_call(model, weights, (torch.empty(2, 1, SIDE, SIDE),), tie_weights=False)
    except Exception:  # whatever the network of a stranger does with such tensors
        return True
    return watch.seen
