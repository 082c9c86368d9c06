# Makes .venv with this project and what its checks need; sourced by ./demo and ./check. Does nothing when all is there.

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
  echo "Python 3.10 or newer is needed; $("$python" --version) was found. Name another with PYTHON=python3.12 $0" >&2
  exit 1
}

stamp=.venv/set-up-for
wanted=$(cat pyproject.toml constraints.txt tools/setup.sh | cksum)
if [ ! -x .venv/bin/aiducation ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo "Setting up .venv (once; a few minutes, mostly PyTorch) ..." >&2
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,serve,dev]"
  echo "$wanted" >"$stamp"
fi
