#!/usr/bin/env bash
# Runs the tests on other versions of Python, each with the newest libraries that it can have (but PyTorch, see constraints.txt):
#   tools/pythons.sh python3.10 python3.13 [-- ARGUMENTS OF PYTEST]
set -euo pipefail
cd "$(dirname "$0")/.."
pythons=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  pythons+=("$1")
  shift
done
[ $# -eq 0 ] || shift
[ ${#pythons[@]} -gt 0 ] || { sed -n 's/^# //p;3q' "$0" >&2; exit 2; }

failed=()
for python in "${pythons[@]}"; do
  version=$("$python" -c 'import platform; print(platform.python_version())')
  venv=.cache/pythons/$version
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --upgrade --upgrade-strategy eager --constraint constraints.txt --editable ".[train,serve,dev]"
  echo "Python $version"
  OMP_NUM_THREADS=1 "$venv/bin/python" -m pytest --numprocesses "$(nproc 2>/dev/null || echo 2)" "$@" || failed+=("$version")
done
[ ${#failed[@]} -eq 0 ] || { echo "Failed on Python ${failed[*]}." >&2; exit 1; }
