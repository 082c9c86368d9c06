"""The last layer of a classifier and what it sees: means over the places of maps, of the last stage of the network and, in
adapted models, of earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.model_info import ModelInfo
from aiducation.preprocess import SIDE, to_input
from aiducation.vision.classifier import Classifier
from aiducation.vision.onnx_file import Node, OnnxFile
from aiducation.vision.sessions import open_session

#: Operations that give their input with other numbers of bits, and those that only change its shape.
_ROUNDING, _RESHAPING = ("QuantizeLinear", "DequantizeLinear", "Identity"), ("Flatten", "Squeeze", "Reshape")
_POOLING = ("ReduceMean", "GlobalAveragePool")

#: Earlier stages that are looked at, besides the last one.
_STAGES = 4

#: Faces at a time.
_BATCH = 64


@dataclass(frozen=True)
class Part:
    """Features that stand side by side in what the last layer takes.

    Attributes:
        features: name of the tensor (N, F).
        maps: name of the maps (N, F, h, w) whose means over the places they are; "" if there are none.
    """

    features: str
    maps: str


class LastLayer:
    """The last, linear layer of a network.

    Args:
        content: of the ``.onnx`` file.
        info: its description.
        path: of the file, for messages.

    Attributes:
        parts: what the layer takes, side by side.
        weights, bias: (K, F) and (K,) float32; ``logits = features @ weights.T + bias``, up to the rounding of 8-bit models.

    Raises:
        ModelFileError: the network ends in something else.
    """

    def __init__(self, content: bytes, info: ModelInfo, path: Path) -> None:
        self.info, self.path = info, path
        self._file = OnnxFile(content)
        gemm = self._behind(self._file.outputs[0])
        if gemm is None or gemm.op != "Gemm" or gemm.numbers.get("transB") != 1 or len(gemm.inputs) != 3:
            raise ModelFileError(
                f"{path} does not end in a linear layer, so it can be neither adapted nor explained by activation maps."
            )
        before = self._behind(gemm.inputs[0])
        side_by_side = before.inputs if before is not None and before.op == "Concat" else gemm.inputs[:1]
        self.parts = tuple(Part(name, self._maps_before(name)) for name in map(self._unrounded, side_by_side))
        held = self._run(gemm.inputs[1:], np.zeros((1, SIDE, SIDE), np.uint8))
        self.weights, self.bias = held[0], held[1]

    @classmethod
    def of(cls, classifier: Classifier) -> LastLayer:
        """The last layer of a classifier's network."""
        return cls(classifier.path.read_bytes(), classifier.info, classifier.path)

    def features(self, faces: np.ndarray) -> np.ndarray:
        """(N, F) float32, what the layer gets of (N, 48, 48) uint8 aligned faces."""
        return np.concatenate(self._run([part.features for part in self.parts], faces), axis=1)

    def maps(self, faces: np.ndarray) -> list[np.ndarray]:
        """The maps (N, C, h, w) float32 of each part.

        Raises:
            ModelFileError: there are none.
        """
        names = [part.maps for part in self.parts]
        made = self._run(names, faces) if all(names) else []
        if not made or any(one.ndim != 4 for one in made):
            raise ModelFileError(
                f"{self.path} has no maps before its last layer, so there is no activation map; use the method "
                f"occlusion."
            )
        return made

    @cached_property
    def stages(self) -> tuple[Part, ...]:
        """Maps of earlier stages, the last stage first, which the layer does not take yet: where the network forks, as residual
        blocks do at their beginning."""
        taken = {part.maps for part in self.parts}
        forks = Counter(name for node in self._file.nodes for name in node.inputs)
        made = [name for node in self._file.nodes for name in node.outputs if forks[name] > 1 and name not in taken]
        shapes = self._run(made, np.zeros((1, SIDE, SIDE), np.uint8)) if made else []
        some = [name for name, one in zip(made, shapes, strict=True) if one.ndim == 4 and one.shape[1] > 1]
        return tuple(Part("", name) for name in some[::-1][:_STAGES])

    def stage_features(self, faces: np.ndarray) -> list[np.ndarray]:
        """The means (N, C) float32 over the places of each of ``stages``."""
        names = [part.maps for part in self.stages]
        return self._run(names, faces, pool=True) if names else []

    def replaced(self, weights: np.ndarray, bias: np.ndarray, info: ModelInfo) -> bytes:
        """The content of a model file with another last layer and description.

        Args:
            weights, bias: (K, F) and (K,) over the features and, if the weights are more, those of ``stages`` after them.
            info: the new description.
        """
        more = self.stages if weights.shape[1] > self.weights.shape[1] else ()
        return self._file.with_last_layer(
            [part.features for part in self.parts], [part.maps for part in more], weights, bias, info.to_json()
        )

    def _run(self, names: Sequence[str], faces: np.ndarray, *, pool: bool = False) -> list[np.ndarray]:
        """Some tensors for some faces, or their means over places."""
        once = list(dict.fromkeys(names))
        session = open_session(self._file.with_outputs(once), threads=1)
        inputs = to_input(faces)
        rows: list[list[np.ndarray]] = [[] for _ in once]
        for start in range(0, max(len(inputs), 1), _BATCH):
            made = session.run(None, {"faces": inputs[start : start + _BATCH]})
            for kept, one in zip(rows, made, strict=True):
                kept.append(one.mean(axis=(2, 3)) if pool else one)
        joined = {name: np.concatenate(kept) for name, kept in zip(once, rows, strict=True)}
        return [joined[name] for name in names]

    def _behind(self, tensor: str) -> Node | None:
        """The operation behind a tensor, rounding left out."""
        return self._file.producer(self._unrounded(tensor))

    def _unrounded(self, tensor: str) -> str:
        """The tensor before it is rounded to 8 bits. Only after a linear operation or a mean: behind a sum, rounding is also what
        cuts off values below 0."""
        node = self._file.producer(tensor)
        while node is not None and node.op in _ROUNDING:
            tensor = node.inputs[0]
            node = self._file.producer(tensor)
        return tensor

    def _maps_before(self, features: str) -> str:
        node = self._file.producer(features)
        while node is not None and node.op in _RESHAPING:
            node = self._file.producer(node.inputs[0])
        return node.inputs[0] if node is not None and node.op in _POOLING else ""
