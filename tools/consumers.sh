#!/usr/bin/env bash
# Brings programs and schemas of others that read what is exported, each into a folder of its own under .cache/consumers, for the
# tests that are skipped without them: tools/consumers.sh [elan] [boris] [boris10] [xapi] [labels] [feat]; without a name all of them.
# boris10 needs Python 3.13; another one than python3.13 is named in PYTHON313.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${AIDUCATION_CONSUMERS:-.cache/consumers}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
python=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}

environment() { # NAME PACKAGE...: a virtual environment with some packages
  [ -x "$folder/$1/bin/python" ] || "$python" -m venv "$folder/$1"
  "$folder/$1/bin/python" -m pip install --quiet "${@:2}"
}

elan() { # the schema of ELAN's files, among the tests of pympi
  local unpacked
  unpacked=$(mktemp -d)
  "$python" -m pip download --quiet --no-deps --no-binary pympi-ling --dest "$unpacked" pympi-ling==1.71
  tar -xzf "$unpacked"/pympi*.tar.gz -C "$unpacked"
  cp "$unpacked"/pympi*/test/EAFv3.0.xsd "$folder/EAFv3.0.xsd"
  rm -r "$unpacked"
}

boris() { # the last one for Python 3.11
  environment boris boris-behav-obs==8.27.4
}

boris10() {
  python=${PYTHON313:-python3.13} environment boris10 boris-behav-obs==10.0.2
}

xapi() { # Ralph, of France Université Numérique, knows the rules of statements
  environment xapi ralph-malph==5.1.0
}

labels() { # Datumaro and Label Studio's converter
  environment labels datumaro==1.13.12 label-studio-sdk==2.1.2
}

feat() { # brings PyTorch with it
  environment feat py-feat==2.1.5
}

for name in "${@:-elan boris xapi labels feat boris10}"; do
  for one in $name; do
    echo "$one"
    "$one"
  done
done
