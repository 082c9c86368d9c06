"""Heads that are added to an exported network: what they compute, written into its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from aiducation.errors import require
from aiducation.files import atomic_path
from aiducation.training.cover_head import CoverHead
from aiducation.vision.model_trial import MORE_OUTPUTS


def write_head(path: Path, name: str, nodes: list[Any], tensors: dict[str, np.ndarray]) -> None:
    """Write a head into a file, instead of one that it may have. Its nodes and tensors are called after it, with a dot."""
    onnx = require("onnx", "train")
    model = onnx.load(str(path))
    graph = model.graph
    for kept in (graph.output, graph.node, graph.initializer):
        for one in [one for one in kept if one.name.split(".")[0] == name]:
            kept.remove(one)
    graph.initializer.extend(
        onnx.numpy_helper.from_array(value.astype(np.float32), key) for key, value in tensors.items()
    )
    graph.node.extend(nodes)
    graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", MORE_OUTPUTS[name]]))
    with atomic_path(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def cover_nodes(head: CoverHead, maps: list[str]) -> tuple[list[Any], dict[str, np.ndarray]]:
    """The operations of the head on maps of the network, and their weights."""
    make = require("onnx", "train").helper.make_node
    tensors = {f"covered.{name}": one.numpy() for name, one in head.state_dict().items()}
    nodes, seen = [], []

    def add(op: str, at: str, inputs: list[str], output: str = "", weights: str = "", **numbers: Any) -> str:
        held = [f"{weights}.weight", f"{weights}.bias"] if weights else []
        nodes.append(make(op, [*inputs, *held], [output or at], name=at, **numbers))
        return output or at

    def convolved(part: nn.Module, name: str, source: str) -> str:
        assert isinstance(part, nn.Conv2d)
        shape, strides = list(part.kernel_size), list(part.stride)
        maps = add(
            "Conv", f"{name}.maps", [source], weights=name, kernel_shape=shape, strides=strides, pads=[1, 1, 1, 1]
        )
        return add("Relu", f"{name}.relu", [maps])

    for i, (source, reduce) in enumerate(zip(maps, head.reduce, strict=True)):
        seen.append(convolved(reduce, f"covered.reduce.{i}", source))
    both = add("Concat", "covered.maps", seen, axis=1)
    flat = add("Flatten", "covered.flat", [convolved(head.mix, "covered.mix", both)], axis=1)
    hidden = add("Gemm", "covered.hidden", [flat], weights="covered.hidden", transB=1)
    last = add("Relu", "covered.hidden.relu", [hidden])
    add("Gemm", "covered", [last], weights="covered.out", transB=1)
    return nodes, tensors
