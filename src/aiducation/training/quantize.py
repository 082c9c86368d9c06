"""Quantization: the same network with 8-bit integers inside, smaller and faster."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import require
from aiducation.files import atomic_in_folder
from aiducation.model_info import METADATA_KEY
from aiducation.preprocess import to_input
from aiducation.vision.sessions import onnx_runtime

#: Images that are seen at once while the ranges of all layers are measured.
_BATCH = 64


class _Faces:
    """Hands out batches, as ONNX Runtime's calibration asks for them."""

    def __init__(self, faces: np.ndarray) -> None:
        self._batches = iter(np.split(faces, range(_BATCH, len(faces), _BATCH)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"faces": to_input(np.ascontiguousarray(batch))}


def quantize(path: Path, out: Path, faces: np.ndarray) -> Path:
    """Write an exported model with 8-bit weights and activations; its description stays.

    Args:
        path: the ``.onnx`` file of ``export_network``.
        out: the file to write.
        faces: (N, 48, 48) uint8 training images, from which the range of every layer's activations is measured; about a thousand.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    onnx = require("onnx", "train")
    onnx_runtime()
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    described = {p.key: p.value for p in onnx.load(str(path)).metadata_props if p.key == METADATA_KEY}
    logger, level = logging.getLogger(), logging.getLogger().level
    logger.setLevel(logging.ERROR)  # its advice to do what the next line does
    try:
        with tempfile.TemporaryDirectory() as folder, atomic_in_folder(out) as temporary:
            prepared = Path(folder) / "prepared.onnx"
            # What the symbolic inference adds is for shapes that depend on others; older versions of it fail on newer graphs.
            quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
            quantization.quantize_static(str(prepared), str(temporary), _Faces(faces), **_options(quantization))
            model = onnx.load(str(temporary))
            del model.metadata_props[:]
            onnx.helper.set_model_props(model, described)
            model.producer_name, model.producer_version = "aiducation", ""
            temporary.write_bytes(model.SerializeToString())
    finally:
        logger.setLevel(level)
    return out


def _options(quantization: Any) -> dict[str, Any]:
    """Weights in 7 bits: processors without instructions for it would overflow with 8."""
    return {
        "quant_format": quantization.QuantFormat.QDQ,
        "activation_type": quantization.QuantType.QUInt8,
        "weight_type": quantization.QuantType.QInt8,
        "per_channel": True,
        "reduce_range": True,
        "op_types_to_quantize": ["Conv", "Gemm", "Add", "Relu"],
    }
