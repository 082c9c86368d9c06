#!/usr/bin/env bash
# Believed: what computes fast on large arrays has them in pages of 2 MiB, as NumPy has: its arrays ask Linux for them.
# What happens where Linux gives huge pages to those who ask ("madvise", the usual setting of Debian and Ubuntu): the memory of ONNX Runtime's
# arena has none at all. A setting of glibc, which it takes only when the process starts, asks for them in its place.
# Why it matters here: the detector of faces walks through 15 MB for each layer; with huge pages it takes 14 % less processor time.
# Seen 2026-11-29, run here. Source: manual of glibc, "Memory Allocation Tunables"; admin-guide/mm/transhuge of the Linux kernel.
set -euo pipefail

grep -q '\[madvise\]' /sys/kernel/mm/transparent_hugepage/enabled || { echo "Linux decides otherwise here; see the second line."; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.22.0 numpy==2.4.6
cat > pages.py <<'PYTHON'
import re

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def huge_mib() -> int:
    return int(re.search(r"AnonHugePages: *(\d+)", open("/proc/self/smaps_rollup").read()).group(1)) // 1024


side = 2048
before = huge_mib()
picture = np.ones((1, 1, side, side), np.float32)
by_numpy = huge_mib() - before
shape = ["n", 1, "height", "width"]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("a", "d")]
nodes = [helper.make_node("Concat", ["a"] * 8, ["b"], axis=1), helper.make_node("Exp", ["b"], ["c"]),
         helper.make_node("ReduceMean", ["c"], ["d"], keepdims=1, axes=[1])]
graph = helper.make_graph(nodes, "pages", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
before = huge_mib()
answer = session.run(None, {"a": picture})
print(onnxruntime.__version__, by_numpy, huge_mib() - before)
PYTHON
usual=$(venv/bin/python pages.py)
asked=$(GLIBC_TUNABLES=glibc.malloc.hugetlb=1 venv/bin/python pages.py)
echo "ONNX Runtime, MiB in huge pages for an array of 16 MiB by NumPy and for a network that needs 256 MiB: $usual; with the setting: $asked"
read -r _ numpy arena <<< "$usual"
read -r _ _ asked_arena <<< "$asked"
if (( numpy < 14 || arena > 20 || asked_arena < 200 )); then
  echo "the behaviour has changed"
  exit 1
fi
