#!/usr/bin/env bash
# Believed: a dependency with the marker extra != "gpu" is left out when package[gpu] is installed, so an extra can replace it.
# Happens: pip resolves package[gpu] as the package without extras and what the extra adds. The marker is true for the first, so the
#   dependency is installed always, and the extra's package beside it.
# Matters: two builds of one library that must not be together (onnxruntime, onnxruntime-gpu) cannot be chosen by an extra; whoever
#   wants the other one has to remove the first by hand.
# Date: 2026-11-28. Source: run here; https://github.com/pypa/pip/issues/14139.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pip==25.3 2>/dev/null
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

about = {
    "plain_build": "",
    "card_build": "",
    "app": 'Provides-Extra: gpu\nRequires-Dist: plain_build; extra != "gpu"\nRequires-Dist: card_build; extra == "gpu"\n',
}
for name, more in about.items():
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(Path(sys.argv[1], f"{name}-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
PYTHON
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$folder" "app[gpu]"
"$folder/venv/bin/pip" --version
installed=$("$folder/venv/bin/pip" list --disable-pip-version-check --format=freeze | grep -E "app|build" | tr '\n' ' ')
echo "app[gpu] installs: $installed"
if [[ $installed == *card_build* && $installed == *plain_build* ]]; then
  echo "as seen on 2026-11-28"
else
  echo "this has changed" && exit 1
fi
