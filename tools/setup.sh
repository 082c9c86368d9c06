# Makes .venv with this project and the extras named in $extras; sourced by ./demo and ./check. Does nothing when all is there.

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
  echo "Python 3.10 or newer is needed; $("$python" --version) was found. Name another with PYTHON=python3.12 $0" >&2
  exit 1
}

stamp=.venv/set-up-for
state=$(cat pyproject.toml constraints.txt tools/setup.sh | cksum)
if [ ! -x .venv/bin/aiducation ] || ! grep -qxF "$extras: $state" "$stamp" 2>/dev/null; then
  case $extras in *train*) note="; some minutes, mostly for PyTorch" ;; esac
  echo "Setting up .venv for $extras (once${note:-}) ..." >&2
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[$extras]"
  echo "$extras: $state" >>"$stamp"
fi
