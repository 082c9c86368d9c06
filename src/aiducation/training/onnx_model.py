"""From a network to one ``.onnx`` file that carries its description and needs no PyTorch."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aiducation.errors import RunError, require
from aiducation.files import atomic_path
from aiducation.model_info import METADATA_KEY, ModelInfo
from aiducation.preprocess import SIDE
from aiducation.vision.model_trial import MORE_OUTPUTS
from aiducation.vision.sessions import onnx_runtime

#: Faces at a time.
_BATCH = 256

#: Largest difference between the logits of PyTorch and ONNX Runtime that an export may have.
TOLERANCE = 1e-4


class _Outputs(nn.Module):
    """Gives what the file says: the logits; of the flagship the votes, too, and whether a face is covered if it learned that."""

    def __init__(self, network: nn.Module, info: ModelInfo) -> None:
        super().__init__()
        self.network, self.covers = network, info.cover_threshold > 0

    def forward(self, faces: Tensor) -> tuple[Tensor, ...]:
        made = self.network(faces)
        if not isinstance(made, tuple):
            return (made,)
        return made if self.covers else made[:2]


def export_network(network: nn.Module, info: ModelInfo, path: Path) -> Path:
    """Write a network on the CPU with its description; input "faces" (N, 1, 48, 48) float32, outputs "logits" (N, K) and, of the
    flagship, those of ``model_trial.MORE_OUTPUTS``.

    Raises:
        MissingExtraError: onnx or onnxscript is not installed.
        RunError: ONNX Runtime computes something else than PyTorch.
    """
    onnx = require("onnx", "train")
    require("onnxscript", "train")
    wrapped = _Outputs(network.to(memory_format=torch.contiguous_format), info).eval()  # type: ignore[call-overload]
    names = ["logits", *MORE_OUTPUTS][: len(wrapped(torch.rand(2, 1, SIDE, SIDE)))]
    with atomic_path(path) as temporary:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's advice about itself
            level = logging.getLogger("torch.onnx").level
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            program = torch.onnx.export(
                wrapped,
                (torch.rand(2, 1, SIDE, SIDE),),
                input_names=["faces"],
                output_names=names,
                dynamic_shapes={"faces": {0: torch.export.Dim("n")}},
                dynamo=True,
                verbose=False,
            )
            logging.getLogger("torch.onnx").setLevel(level)
        assert program is not None
        proto = program.model_proto
        onnx.helper.set_model_props(proto, {METADATA_KEY: info.to_json()})
        proto.producer_name, proto.producer_version = "aiducation", ""
        proto.doc_string = ""
        for node in proto.graph.node:  # the exporter notes where in whose files each line of code stood
            del node.metadata_props[:]
            node.doc_string = ""
        temporary.write_bytes(proto.SerializeToString())
        faces = torch.rand(8, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
        worst = _difference(wrapped, temporary, faces.numpy())
        if not worst <= TOLERANCE:  # also where it is not a number
            raise RunError(f"The exported model differs from the trained one by {worst:.2g}; {path} was not written.")
    return path


def describe(path: Path, info: ModelInfo) -> None:
    """Give an exported model another description."""
    onnx = require("onnx", "train")
    model = onnx.load(str(path))
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {METADATA_KEY: info.to_json()})
    with atomic_path(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def onnx_difference(network: nn.Module, info: ModelInfo, path: Path, faces: np.ndarray) -> float:
    """Largest difference between the outputs of PyTorch and ONNX Runtime over (N, 1, 48, 48) float32 faces."""
    return _difference(_Outputs(network, info).eval(), path, faces)


@torch.inference_mode()
def _difference(wrapped: nn.Module, path: Path, faces: np.ndarray) -> float:
    session, worst = open_model(path), 0.0
    for batch in np.split(faces, range(_BATCH, len(faces), _BATCH)):
        given = np.ascontiguousarray(batch)
        for one, other in zip(wrapped(torch.from_numpy(given)), session.run(None, {"faces": given}), strict=True):
            worst = float(np.maximum(worst, np.abs(one.numpy() - other).max()))  # max() would pass over NaN
    return worst


def open_model(path: Path) -> Any:
    """A session of ONNX Runtime."""
    return onnx_runtime().InferenceSession(str(path), providers=["CPUExecutionProvider"])


def onnx_logits(session: Any, faces: np.ndarray) -> np.ndarray:
    """(N, K) float32 logits of (N, 1, 48, 48) float32 faces."""
    batches = np.split(faces, range(_BATCH, len(faces), _BATCH))
    return np.concatenate([session.run(None, {"faces": np.ascontiguousarray(batch)})[0] for batch in batches])
