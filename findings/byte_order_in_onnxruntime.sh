#!/usr/bin/env bash
# Believed: ONNX Runtime takes a NumPy array of 32-bit floats, whatever memory layout it has, or refuses it, as PyTorch does.
# Happens: of an array whose bytes stand the other way round (dtype ">f4", also called float32) it reads the memory as it is, without a word: an even
#   grey of 0.5 becomes 9e-44, and the network's answer is that of a black picture; other values become anything up to 1e38. numpy.ascontiguousarray
#   leaves such arrays as they are; astype(numpy.float32) turns them.
# Matters: ImageJ's TIFF files are such, and tifffile.memmap gives them as they stand, as numpy.load and numpy.fromfile do with what other machines and
#   Java wrote. A face of such a file gets a state and a confidence that mean nothing. Here networks get nothing but what was made of 8-bit pixels;
#   all others are refused (tests/training/test_batches.py: test_faces_of_another_shape_or_type_are_refused).
# Date: 2026-11-30. Source: run here (1.32.0); the same of Java's buffers is open as https://github.com/microsoft/onnxruntime/issues/26408.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 tifffile==2026.3.3
venv/bin/python - <<'PY'
import numpy as np
import onnx
import onnxruntime
import tifffile
from onnx import TensorProto, helper

FACE = [1, 48, 48]
mean = helper.make_graph(
    [helper.make_node("ReduceMean", ["face"], ["brightness"], keepdims=0)],
    "brightness of a face",
    [helper.make_tensor_value_info("face", TensorProto.FLOAT, FACE)],
    [helper.make_tensor_value_info("brightness", TensorProto.FLOAT, [])],
)
model = helper.make_model(mean, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
tifffile.imwrite("face.tif", np.full(FACE, 0.5, np.float32), imagej=True, byteorder=">")
face = tifffile.memmap("face.tif").reshape(FACE)
ways = {"as read": face, "ascontiguousarray": np.ascontiguousarray(face), "astype": face.astype(np.float32)}
found = {name: float(session.run(None, {"face": one})[0]) for name, one in ways.items()}
print("onnxruntime", onnxruntime.__version__, face.dtype.str, face.dtype.name, "NumPy's mean", float(face.mean()), "the network's:", found)
assert face.dtype.str == ">f4" and float(face.mean()) == found["astype"] == 0.5, "the behaviour has changed"
assert 0 < found["as read"] < 1e-40 and found["ascontiguousarray"] == found["as read"], "the behaviour has changed"
PY
