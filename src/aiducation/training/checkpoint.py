"""Weights and training state in safetensors files: nothing is ever unpickled, and every write is whole or absent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from aiducation.errors import AiducationError, DataMismatchError, OutputError, RunError
from aiducation.files import atomic_in_folder, finite
from aiducation.records import open_regular, parse
from aiducation.schemas import ANY_OBJECT, check, listed, named, number, or_null, record, whole

_MODEL, _BEST, _MORE = "model.", "best.", "recipe."
#: What a checkpoint says of itself.
_INFO = record(
    {"config": ANY_OBJECT, "log": listed(named(or_null(number())), most=100_000), "best_epoch": whole(0, 100_000)},
)
_ADAM = ("exp_avg", "exp_avg_sq", "step")


def save_weights(path: Path, weights: dict[str, Tensor], info: dict[str, Any]) -> None:
    """Write weights with a JSON description inside. What a network uses in several places is written for each of them."""
    whole: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        known = any(tensor.data_ptr() == one.data_ptr() for one in whole.values())
        whole[name] = tensor.clone() if known else tensor.contiguous()
    try:
        with atomic_in_folder(path) as temporary:
            save_file(whole, temporary, {"info": json.dumps(finite(info))})
    except SafetensorError as error:
        raise OutputError(f"Cannot write {path}: {error}. Is there room on the disk?") from error


def weights_hash(weights: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and values of weights, in the order of their names; the same for a file of them."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        value = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def load_weights(path: Path, model: nn.Module) -> dict[str, Any]:
    """Fill a model from ``save_weights`` and give back the description.

    Raises:
        RunError: the file is missing or damaged.
        DataMismatchError: the weights are another model's.
    """
    with _opened(path) as (file, info):
        _fill(path, model.state_dict(), file, set(file.keys()))
    return info


def description_of(path: Path) -> dict[str, Any]:
    """The description in a file of ``save_weights``.

    Raises:
        RunError: the file is missing or damaged.
    """
    with _opened(path) as (_, info):
        return info


def save_checkpoint(
    path: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor],
    info: dict[str, Any],
    more: dict[str, Tensor] | None = None,
) -> None:
    """Write everything that a run needs to go on: weights, Adam's moments, the best weights so far, ``info``, and what the
    recipe adds."""
    tensors = {_MODEL + name: tensor for name, tensor in model.state_dict().items()}
    tensors |= _adam_state(model, optimizer)
    tensors |= {_BEST + name: tensor for name, tensor in best.items()}
    tensors |= {_MORE + name: tensor for name, tensor in (more or {}).items()}
    save_weights(path, tensors, info)


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    """Fill model and optimizer from ``save_checkpoint``; gives the best weights so far, what the recipe added, and ``info``.

    Raises:
        RunError: the file is missing or damaged.
        DataMismatchError: it is another model's.
    """
    with _opened(path) as (file, info):
        names = set(file.keys())
        for name, parameter in model.named_parameters():
            if f"step.{name}" in names:  # Adam makes its state at its first step; here it must be there before
                optimizer.state[parameter] = _empty_adam_state(parameter, fused=optimizer.defaults["fused"])
        wanted = {_MODEL + name: tensor for name, tensor in model.state_dict().items()} | _adam_state(model, optimizer)
        best, more = ({name for name in names if name.startswith(prefix)} for prefix in (_BEST, _MORE))
        _fill(path, wanted, file, names - best - more)
        read_best = {name.removeprefix(_BEST): file.get_tensor(name) for name in best}
        return read_best, {name.removeprefix(_MORE): file.get_tensor(name) for name in more}, info


def check_config(path: Path, config: dict[str, Any]) -> None:
    """Make sure that a checkpoint was made with these options, as JSON values.

    Raises:
        RunError: it was not, or is missing or damaged.
    """
    with _opened(path) as (_, info):
        if info.get("config") != config:
            raise RunError(f"{path} was made with other options than those in the file beside it.")


def check_progress(path: Path, info: dict[str, Any]) -> None:
    """Make sure that the description in a checkpoint has options, a row for each epoch, and a best epoch among them.

    Raises:
        RunError: it has not.
    """
    why = check(info, _INFO)
    if not why and [row.get("epoch") for row in info["log"]] != list(range(1, len(info["log"]) + 1)):
        why = "its epochs are not 1, 2, 3 and so on"
    if not why and not min(len(info["log"]), 1) <= info["best_epoch"] <= len(info["log"]):
        why = f"its best epoch is {info['best_epoch']} of {len(info['log'])}"
    if why:
        raise RunError(
            f"{path} is damaged: {why}. Give it another name; 'aiducation train --resume' then starts "
            f"from the beginning."
        )


def _empty_adam_state(parameter: Tensor, *, fused: bool) -> dict[str, Tensor]:
    """As torch's Adam makes it: the fused one counts its steps on the parameter's device, the other on the CPU."""
    step = torch.zeros((), device=parameter.device if fused else "cpu")
    return {"exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter), "step": step}


def _adam_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{key}.{name}": optimizer.state[parameter][key]
        for name, parameter in model.named_parameters()
        for key in _ADAM
        if parameter in optimizer.state
    }


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The open file, read tensor by tensor because a whole one can be larger than the memory left, and its description."""
    try:
        open_regular(path).close()
        with safe_open(path, framework="pt") as file:
            info = parse((file.metadata() or {}).get("info", "null"))
            if not isinstance(info, dict):
                raise RunError(f"{path} was not written by this package: it contains no description.")
            yield file, info
    except (OSError, SafetensorError, ValueError) as error:
        if isinstance(error, AiducationError):
            raise
        raise RunError(
            f"{path} is missing or damaged: {error}. If it exists, give it another name; 'aiducation train --resume' "
            f"then makes it again."
        ) from error


def _fill(path: Path, wanted: dict[str, Tensor], file: Any, given: set[str]) -> None:
    """Copy values in place, so that each tensor keeps its device and memory layout."""
    for name in sorted(set(wanted) ^ given):
        where = "lacks" if name in wanted else "has an unexpected"
        raise DataMismatchError(f"{path} {where} '{name}': it belongs to another model.")
    with torch.no_grad():
        for name, tensor in wanted.items():
            value = file.get_tensor(name)
            if tensor.dtype != value.dtype:
                raise DataMismatchError(f"{path}: '{name}' holds {value.dtype}, the model expects {tensor.dtype}.")
            if tensor.shape != value.shape:
                raise DataMismatchError(
                    f"{path}: '{name}' has shape {tuple(value.shape)}, the model expects {tuple(tensor.shape)}."
                )
            tensor.copy_(value)
