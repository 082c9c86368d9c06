#!/bin/sh
# Builds the package from this folder and installs it with the server into a folder of its own: deploy/install.sh FOLDER
#
# The first stage of the Dockerfile runs it, and tools/image.sh where no container engine is. Afterwards nothing in the folder
# is written any more: everything is compiled, and neither pip nor tests of packages stay in it.
set -eu
folder=$1
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check build
"$work/tools/bin/python" -m build --wheel --outdir "$work/wheel" . >/dev/null

"$python" -m venv --without-pip "$folder"
"$work/tools/bin/pip" --python "$folder/bin/python" install --quiet --disable-pip-version-check --no-compile \
  "$(echo "$work"/wheel/*.whl)[serve,heic]"
find "$folder" -depth -type d \( -name tests -o -name test \) -path '*/site-packages/*' -exec rm -rf {} +
"$folder/bin/python" -m compileall -q -j 0 "$folder"/lib/python3*/site-packages || true
"$folder/bin/aiducation" --version
