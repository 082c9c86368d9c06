"""Weights of an exported network: training goes on from the file that the package carries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aiducation.errors import RunError, require
from aiducation.training.models import outcome_logits
from aiducation.training.onnx_model import onnx_logits, open_model

#: Faces that are seen at once; faces on which network and file are compared, and how far logits may differ, as a share.
_BATCH, _COMPARED, _CLOSE = 256, 64, 0.01


@torch.no_grad()
def fill_from_onnx(network: nn.Module, path: Path, faces: Tensor) -> None:
    """Give a network the weights of its exported file, in which each batch norm has become part of the convolution before it.

    The batch norms get the statistics of some faces, and scale and shift that undo them: the outputs are those of the file, and
    training goes on from there. Heads that the file lacks keep their weights.

    Args:
        network: with the names that the exporter saw, below "network.".
        path: the file.
        faces: (N, 1, 48, 48) float32 training images.

    Raises:
        RunError: the file holds another network, or one that cannot be read back.
    """
    onnx = require("onnx", "train")
    held = {
        one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy())
        for one in onnx.load(str(path)).graph.initializer
    }
    modules = dict(network.named_modules())
    norms: list[nn.BatchNorm2d] = []
    for name, module in modules.items():
        weight = held.get(f"network.{name}.weight")
        if isinstance(module, nn.Conv2d):
            # The exporter names the bias after that of the convolution or, where it had none, after its weights.
            bias = held.get(f"network.{name}.{'weight_bias' if module.bias is None else 'bias'}")
            if weight is None or bias is None or weight.shape != module.weight.shape:
                raise RunError(f"{path} holds another network: it has no {name} of {tuple(module.weight.shape)}.")
            norm = modules.get(_norm_after(name))
            if not isinstance(norm, nn.BatchNorm2d):
                raise RunError(f"{path} cannot be read back: no batch norm follows {name}. Name the folder of the run.")
            module.weight.copy_(weight)
            if module.bias is not None:
                module.bias.zero_()
            norms.append(norm)
            norm.running_mean.zero_()  # type: ignore[union-attr]
            norm.running_var.fill_(1 - norm.eps)  # type: ignore[union-attr]
            norm.weight.fill_(1)
            norm.bias.copy_(bias)
        elif isinstance(module, nn.Linear) and weight is not None:
            bias = None if module.bias is None else held.get(f"network.{name}.bias")
            if weight.shape != module.weight.shape or (bias is None) != (module.bias is None):
                raise RunError(f"{path} holds another network: it has no {name} of {tuple(module.weight.shape)}.")
            module.weight.copy_(weight)
            if bias is not None:
                module.bias.copy_(bias)
    _measure(network, norms, faces)
    _check_same(network, path, faces[:_COMPARED])


def _check_same(network: nn.Module, path: Path, faces: Tensor) -> None:
    """Make sure that the network answers as the file does: one of other layers can have all of these names, too.

    Raises:
        RunError: it does not.
    """
    ours = outcome_logits(network(faces)).numpy()
    theirs = onnx_logits(open_model(path), faces.numpy())
    if ours.shape != theirs.shape or not np.abs(ours - theirs).max() <= _CLOSE * (1 + np.abs(theirs).max()):
        raise RunError(f"{path} cannot be read back into this network. Name the folder of the run that it is from.")


def _norm_after(name: str) -> str:
    """The batch norm that follows a convolution: conv1 and norm1, or the next of a sequence; "" where names say nothing."""
    head, _, last = name.rpartition(".")
    if last.startswith("conv"):
        return f"{head}.norm{last.removeprefix('conv')}".lstrip(".")
    return f"{head}.{int(last) + 1}".lstrip(".") if last.isdecimal() else ""


def _measure(network: nn.Module, norms: list[nn.BatchNorm2d], faces: Tensor) -> None:
    """Set mean and variance of batch norms that change nothing so far, so that they still change nothing but its shift."""
    sums: dict[nn.Module, list[Tensor]] = {norm: [] for norm in norms}

    def note(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0]
        sums[norm].append(torch.stack([x.mean(dim=(0, 2, 3)), (x**2).mean(dim=(0, 2, 3))]))

    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    network.eval()
    for batch in faces.split(_BATCH):
        network(batch)
    for hook in hooks:
        hook.remove()
    for norm in norms:
        mean, square = torch.stack(sums[norm]).mean(dim=0)
        variance = (square - mean**2).clamp(min=1e-8)
        assert norm.running_mean is not None and norm.running_var is not None
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
