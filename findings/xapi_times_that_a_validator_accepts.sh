#!/usr/bin/env bash
# Believed: what a validator of xAPI accepts, a learning record store accepts.
# What happens: Ralph, which refuses null values, anonymous groups without members and keys that are no addresses, accepts as a timestamp a date
# alone, a time without a zone, the offset -00:00, which the specification tells stores to reject, and the number 12; and it refuses
# version "2.0.0", that of the IEEE standard.
# Why it matters here: statements are written without time and version, which a store adds itself; a valid file may still be refused.
# Seen 2026-11-28, run here; the rules: xAPI 1.0.3, Part Two, 4.1.7 and 4.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet ralph-malph==5.1.0
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from ralph.models.xapi.base.statements import BaseXapiStatement

PLAIN = {
    "actor": {"objectType": "Agent", "account": {"homePage": "https://school.invalid/", "name": "class"}},
    "verb": {"id": "https://school.invalid/saw"},
    "object": {"objectType": "Activity", "id": "https://school.invalid/lesson"},
}
TRIED = {
    "nothing more": {},
    "null": {"result": {"response": None}},
    "group without members": {"actor": {"objectType": "Group"}},
    "key without address": {"result": {"extensions": {"time": 1}}},
    "date alone": {"timestamp": "2026-11-28"},
    "no zone": {"timestamp": "2026-11-28T10:00:00"},
    "offset -00:00": {"timestamp": "2026-11-28T10:00:00-00:00"},
    "a number": {"timestamp": 12},
    "version 2.0.0": {"version": "2.0.0"},
}
accepted = []
print("Ralph", version("ralph-malph"))
for name, change in TRIED.items():
    try:
        BaseXapiStatement(**{**PLAIN, **change})
    except ValueError as error:
        print(f"{name}: refused ({str(error).splitlines()[1]})")
    else:
        print(f"{name}: accepted")
        accepted.append(name)
assert accepted == ["nothing more", "date alone", "no zone", "offset -00:00", "a number"], "the behaviour has changed"
PYTHON
