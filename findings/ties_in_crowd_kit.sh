#!/usr/bin/env bash
# Believed: MajorityVote of crowd-kit breaks a tie of annotators at random or by their skill; the order of a table's rows is of no account.
# Happens: the state that comes first in the table wins every tie; where skills are given, equal ones, the first in the alphabet. Two annotators differ
#   about 20 of 40 faces, one saying neutral and the other bored: sorted one way 30 of 40 are bored, the other way 10, with skills 30. No word of it.
# Matters: between two annotators every disagreement is a tie, so the order of a table decides what is true, and models are measured by it. Here a
#   face on which annotators are even has no true state (tests/evaluation/test_agreement.py: test_annotators_who_are_even_are_no_truth).
# Date: 2026-11-29. Source: run here; the question stands unanswered in https://github.com/Toloka/crowd-kit/issues/108.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 scikit-learn==1.9.1 attrs nltk pyarrow tqdm
venv/bin/pip install --quiet --disable-pip-version-check --no-deps crowd-kit==1.4.2 # votes need none of its language models
venv/bin/python - <<'PY'
from importlib.metadata import version

import pandas as pd
from crowdkit.aggregation import MajorityVote

said = {"anna": ["bored"] * 10 + ["neutral"] * 30, "ben": ["bored"] * 30 + ["neutral"] * 10}
rows = [{"task": face, "worker": who, "label": state} for who in said for face, state in enumerate(said[who])]
table = pd.DataFrame(rows)
skills = pd.Series({"anna": 1.0, "ben": 1.0})
votes = {
    "first rows first": MajorityVote().fit_predict(table),
    "last rows first": MajorityVote().fit_predict(table[::-1]),
    "last rows first, equal skills": MajorityVote().fit_predict(table[::-1], skills=skills),
}
found = {name: int((one == "bored").sum()) for name, one in votes.items()}
print("crowd-kit", version("crowd-kit"), "bored of 40 faces:", found)
assert list(found.values()) == [30, 10, 30], "the behaviour has changed"
PY
