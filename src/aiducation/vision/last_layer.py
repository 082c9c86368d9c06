"""The last layer of a classifier and what it sees: (N, F) pooled features, and the maps (N, F, h, w) whose means they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.model_info import ModelInfo
from aiducation.preprocess import to_input
from aiducation.vision.classifier import Classifier
from aiducation.vision.onnx_file import Node, OnnxFile
from aiducation.vision.sessions import open_session

#: Operations that give their input with other numbers of bits, or in another shape.
_SAME = ("QuantizeLinear", "DequantizeLinear", "Identity")
_POOLING, _RESHAPING = ("ReduceMean", "GlobalAveragePool"), ("Flatten", "Squeeze", "Reshape")

#: Faces at a time.
_BATCH = 64


@dataclass(frozen=True)
class Seen:
    """What the last layer gets of some faces.

    Attributes:
        features: (N, F) float32.
        maps: (N, F, h, w) float32, whose means over the places are the features; None if the network has none.
    """

    features: np.ndarray
    maps: np.ndarray | None


class LastLayer:
    """The last, linear layer of a classifier's network.

    Args:
        classifier: whose model ends in one.

    Attributes:
        info: the model's description.
        weights, bias: (K, F) and (K,) float32; ``logits = features @ weights.T + bias``, up to the rounding of 8-bit models.
        has_maps: whether the features are means over the places of maps.

    Raises:
        ModelFileError: the network ends in something else.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.info = classifier.info
        self.path = classifier.path
        self._file = OnnxFile(classifier.path.read_bytes())
        gemm = self._back(self._file.outputs[0])
        if gemm is None or gemm.op != "Gemm" or gemm.numbers.get("transB") != 1 or len(gemm.inputs) != 3:
            raise ModelFileError(
                f"{self.path} does not end in a linear layer, so it can be neither adapted nor explained by maps."
            )
        self._features = self._name_before_rounding(gemm.inputs[0])
        self._maps = self._maps_before(self._features)
        self.has_maps = self._maps is not None
        held = open_session(self._file.with_outputs(gemm.inputs[1:]), threads=1)
        side = np.zeros((1, 1, self.info.side, self.info.side), np.float32)
        self.weights, self.bias = held.run(None, {"faces": side})
        wanted = [self._features, *([self._maps] if self._maps else [])]
        self._session = open_session(self._file.with_outputs(wanted), threads=1)

    def see(self, faces: np.ndarray) -> Seen:
        """What the layer gets of (N, 48, 48) uint8 aligned faces."""
        inputs = to_input(faces)
        made = [self._session.run(None, {"faces": inputs[i : i + _BATCH]}) for i in range(0, len(inputs), _BATCH)]
        features = (
            np.concatenate([one[0] for one in made]) if made else np.zeros((0, self.weights.shape[1]), np.float32)
        )
        return Seen(features, np.concatenate([one[1] for one in made]) if made and self.has_maps else None)

    def replaced(self, weights: np.ndarray, bias: np.ndarray, info: ModelInfo) -> bytes:
        """The content of a model file with another last layer and description."""
        return self._file.with_last_layer(self._features, weights, bias, info.to_json())

    def _back(self, tensor: str) -> Node | None:
        """The operation behind a tensor, rounding left out."""
        node = self._file.producer(tensor)
        while node is not None and node.op in _SAME:
            node = self._file.producer(node.inputs[0])
        return node

    def _name_before_rounding(self, tensor: str) -> str:
        node = self._file.producer(tensor)
        while node is not None and node.op in _SAME:
            tensor = node.inputs[0]
            node = self._file.producer(tensor)
        return tensor

    def _maps_before(self, features: str) -> str | None:
        node = self._file.producer(features)
        while node is not None and node.op in _RESHAPING:
            node = self._file.producer(node.inputs[0])
        return node.inputs[0] if node is not None and node.op in _POOLING else None
