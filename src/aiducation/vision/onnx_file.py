"""An ``.onnx`` file, read and changed without the package ``onnx``: its operations, other outputs, another last layer.

The file is a Protocol Buffers message. What adapting and explaining change are a few fields of it; the rest is copied byte for
byte. The package ``onnx`` would do the same for 70 MB more, in an installation that otherwise needs it for nothing.

Source: onnx/onnx.proto of ONNX (numbers of the fields); "Encoding" of the Protocol Buffers documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.model_info import METADATA_KEY

#: Kinds of values on the wire: a number, eight bytes, bytes with their length, four bytes.
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5

#: Numbers of the fields that are used, by message.
_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_NODE, _INITIALIZER, _OUTPUT, _VALUE_INFO = 1, 5, 12, 13
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP, _NODE_ATTRIBUTE = 1, 2, 3, 4, 5
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_RAW = 1, 2, 8, 9
_NAME_OF = {_NODE: _NODE_NAME, _INITIALIZER: _TENSOR_NAME, _OUTPUT: 1, _VALUE_INFO: 1}
_FLOAT, _INT8, _ATTRIBUTE_INT = 1, 3, 2

#: With which the names of tensors begin that are added.
_ADAPTED = "adapted"

Field = tuple[int, int, "int | bytes"]


def _fields(message: bytes) -> Iterator[Field]:
    """Number, kind and value of each field of a message, in order.

    Raises:
        ValueError: it is no such message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, kind, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_EIGHT, _FOUR):
            size = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"a field has the kind {kind}")
        if at + size > len(message):
            raise ValueError("it ends in the middle of a field")
        yield number, kind, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("it ends in the middle of a number")


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _field(number: int, value: int | bytes | str, kind: int | None = None) -> bytes:
    if isinstance(value, int):
        return _number(number << 3 | _VARINT) + _number(value)
    content = value.encode() if isinstance(value, str) else value
    if kind in (_EIGHT, _FOUR):
        return _number(number << 3 | kind) + content
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _texts(message: bytes, number: int) -> tuple[str, ...]:
    return tuple(bytes(value).decode() for n, _, value in _fields(message) if n == number and isinstance(value, bytes))


@dataclass(frozen=True)
class Node:
    """One operation of the network.

    Attributes:
        op: its type, such as "Gemm".
        inputs, outputs: names of the tensors.
        numbers: its attributes that are whole numbers.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: dict[str, int]


class OnnxFile:
    """The content of an ``.onnx`` file.

    Args:
        content: of the file.

    Attributes:
        nodes: every operation, in order.
        outputs: names of what the network gives.

    Raises:
        ModelFileError: it cannot be read.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._model = list(_fields(content))
            graphs = [value for number, _, value in self._model if number == _MODEL_GRAPH and isinstance(value, bytes)]
            if len(graphs) != 1:
                raise ValueError(f"it has {len(graphs)} graphs")
            self._graph = list(_fields(graphs[0]))
            self.nodes = tuple(_node(value) for value in self._parts(_NODE))
            self.outputs = tuple(_texts(value, 1)[0] for value in self._parts(_OUTPUT))
        except (ValueError, IndexError) as error:
            raise ModelFileError(f"The model cannot be read: {error}.") from error

    def producer(self, tensor: str) -> Node | None:
        """The operation that gives a tensor; None for inputs and weights."""
        return next((node for node in self.nodes if tensor in node.outputs), None)

    def with_outputs(self, names: Iterable[str]) -> bytes:
        """The same network, which gives the named tensors instead."""
        return self._written(outputs=[_field(1, name) for name in names])

    def with_last_layer(
        self, features: Sequence[str], maps: Sequence[str], weights: np.ndarray, bias: np.ndarray, description: str
    ) -> bytes:
        """The same network up to some tensors; then one linear layer, whose output has the name of the first one.

        Args:
            features: names of tensors (N, F) that the layer takes, side by side.
            maps: names of tensors (N, C, h, w), whose means over the places it takes after them.
            weights, bias: (K, F) and (K,) over all of them.
            description: what ``ModelInfo.to_json`` gave.
        """
        tensors = {f"{_ADAPTED}.weight": weights, f"{_ADAPTED}.bias": bias}
        nodes, taken = [], list(features)
        for name in maps:
            pooled, flat = f"{_ADAPTED}.{name}.pooled", f"{_ADAPTED}.{name}.flat"
            nodes.append(_operation("GlobalAveragePool", [name], pooled))
            nodes.append(_operation("Flatten", [pooled], flat, axis=1))
            taken.append(flat)
        if len(taken) > 1:
            nodes.append(_operation("Concat", taken, f"{_ADAPTED}.features", axis=1))
            taken = [f"{_ADAPTED}.features"]
        nodes.append(_operation("Gemm", [*taken, *tensors], self.outputs[0], transB=1))
        return self._written(
            needed=[*features, *maps, *self.outputs[1:]],
            outputs=self._parts(_OUTPUT),
            nodes=nodes,
            initializers=[_tensor(name, value) for name, value in tensors.items()],
            description=description,
        )

    def with_shuffled_weights(self, seed: int) -> bytes:
        """The same network with the values of each matrix and kernel in another order: nothing that it learned is left."""
        rng = np.random.default_rng(seed)
        graph = []
        for number, kind, value in self._graph:
            made = _shuffled(value, rng) if number == _INITIALIZER and isinstance(value, bytes) else value
            graph.append(_field(number, made, kind))
        return b"".join(
            _field(number, b"".join(graph) if number == _MODEL_GRAPH else value, kind)
            for number, kind, value in self._model
        )

    def _parts(self, number: int) -> list[bytes]:
        return [value for n, _, value in self._graph if n == number and isinstance(value, bytes)]

    def _used(self, needed: Iterable[str]) -> tuple[set[int], set[str]]:
        """Positions of the nodes, and names of the tensors, that are needed for some tensors."""
        tensors, kept = set(needed), set()
        for i in reversed(range(len(self.nodes))):  # a node stands after what it takes
            if tensors & set(self.nodes[i].outputs):
                kept.add(i)
                tensors |= set(self.nodes[i].inputs)
        return kept, tensors

    def _written(
        self,
        *,
        outputs: list[bytes],
        needed: list[str] | None = None,
        nodes: list[bytes] = [],  # noqa: B006 - never changed
        initializers: list[bytes] = [],  # noqa: B006
        description: str | None = None,
    ) -> bytes:
        kept, tensors = self._used(needed) if needed else (set(range(len(self.nodes))), None)
        graph, position = [], 0
        for number, kind, value in self._graph:
            if number == _NODE:
                position += 1
                if position - 1 not in kept:
                    continue
            elif number == _OUTPUT:
                continue
            elif tensors is not None and number in (_INITIALIZER, _VALUE_INFO) and isinstance(value, bytes):
                wanted = set(_texts(value, _NAME_OF[number])) & tensors
                if not wanted:
                    continue
            graph.append(_field(number, value, kind))
        for number, values in ((_NODE, nodes), (_INITIALIZER, initializers), (_OUTPUT, outputs)):
            graph += [_field(number, value) for value in values]
        model = []
        for number, kind, value in self._model:
            if number == _MODEL_GRAPH:
                model.append(_field(number, b"".join(graph)))
            elif number != _MODEL_METADATA or description is None:
                model.append(_field(number, value, kind))
        if description is not None:
            model.append(_field(_MODEL_METADATA, _field(1, METADATA_KEY) + _field(2, description)))
        return b"".join(model)


def _operation(op: str, inputs: Sequence[str], output: str, **numbers: int) -> bytes:
    made = b"".join(_field(_NODE_INPUT, name) for name in inputs)
    made += _field(_NODE_OUTPUT, output) + _field(_NODE_NAME, f"node {output}") + _field(_NODE_OP, op)
    for name, value in numbers.items():
        made += _field(_NODE_ATTRIBUTE, _field(1, name) + _field(3, value) + _field(20, _ATTRIBUTE_INT))
    return made


def _node(message: bytes) -> Node:
    numbers = {}
    for number, _, value in _fields(message):
        if number == _NODE_ATTRIBUTE and isinstance(value, bytes):
            held = {n: v for n, _, v in _fields(value)}
            name, whole = held.get(1), held.get(3)
            if isinstance(name, bytes) and isinstance(whole, int):
                numbers[name.decode()] = whole
    ops = _texts(message, _NODE_OP)
    return Node(ops[0] if ops else "", _texts(message, _NODE_INPUT), _texts(message, _NODE_OUTPUT), numbers)


def _shuffled(tensor: bytes, rng: np.random.Generator) -> bytes:
    """A tensor with two dimensions or more, its values in another order; others as they are."""
    fields = list(_fields(tensor))
    kinds = [value for number, _, value in fields if number == _TENSOR_TYPE]
    sizes = [value for number, _, value in fields if number == _TENSOR_DIMS]
    if len(sizes) < 2 or kinds not in ([_FLOAT], [_INT8]):
        return tensor
    dtype = np.dtype("<f4") if kinds == [_FLOAT] else np.dtype(np.int8)
    return b"".join(
        _field(number, rng.permutation(np.frombuffer(value, dtype)).tobytes(), kind)
        if number == _TENSOR_RAW and isinstance(value, bytes)
        else _field(number, value, kind)
        for number, kind, value in fields
    )


def _tensor(name: str, values: np.ndarray) -> bytes:
    content = np.ascontiguousarray(values, dtype="<f4")
    sizes = b"".join(_field(_TENSOR_DIMS, size) for size in content.shape)
    return sizes + _field(_TENSOR_TYPE, _FLOAT) + _field(_TENSOR_NAME, name) + _field(_TENSOR_RAW, content.tobytes())
