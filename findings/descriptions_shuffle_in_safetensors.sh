#!/usr/bin/env bash
# Believed: the same weights with the same description give the same safetensors file, byte for byte; the tensors are sorted, after all.
# Happens: the entries of the description (metadata) are written in an order that is drawn anew at each save, also within one program. Without
#   a description, or with one entry, the bytes stay; with six entries eight saves give up to eight files.
# Matters: a file of weights cannot be checked by a published hash, nor two equal trainings by comparing their files. Here the description is one
#   entry of JSON, so that files of the same are the same (tests/training/test_checkpoint.py: test_the_same_is_written_as_the_same_bytes).
# Date: 2026-11-30. Source: run here (0.8.0); open as https://github.com/safetensors/safetensors/issues/584; the documentation does not mention it.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
venv/bin/python - <<'PY'
import hashlib
from importlib.metadata import version

import numpy as np
from safetensors.numpy import save_file

weights = {f"layer{k}": np.full((k + 1, 3), k, np.float32) for k in range(5)}
described = {"model": "small", "epoch": "7", "split": "official", "seed": "0", "data": "a1b2", "commit": "c3d4"}
found = {}
for name, about in {"none": None, "one entry": {"info": str(described)}, "six entries": described}.items():
    hashes = set()
    for _ in range(8):
        save_file(weights, "weights.safetensors", metadata=about)
        hashes.add(hashlib.sha256(open("weights.safetensors", "rb").read()).hexdigest())
    found[name] = len(hashes)
print("safetensors", version("safetensors"), "different files of eight saves, by description:", found)
assert found["none"] == found["one entry"] == 1 and found["six entries"] > 1, "the behaviour has changed"
PY
