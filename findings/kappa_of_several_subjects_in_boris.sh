#!/usr/bin/env bash
# Believed: BORIS's Cohen's kappa of two observers does not depend on how many subjects a scene has.
# Seen: it joins the codes of all subjects at a time into one label, so observers agree only where they agree on everybody: with
# the same observers (kappa .86 and .84 over all seconds) BORIS says .86 for one subject and .45 for ten, weighted by time or not.
# The unweighted plugin also counts every interval between two changes once, however long it is: .70 for one subject.
# Matters: kappa of a coded class is not comparable with published values. This project compares person by person.
# Date: 2026-11-28. Source: run here (boris-behav-obs 10.0.2, Python 3.13); description of the plugin "irr_cohen_kappa".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.13 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boris-behav-obs==10.0.2
QT_QPA_PLATFORM=offscreen "$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import sys
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
from boris.analysis_plugins import irr_cohen_kappa, irr_weighted_cohen_kappa
from sklearn.metrics import cohen_kappa_score

COLUMNS = ["Observation id", "Subject", "Behavior", "Start (s)", "Stop (s)"]


class Asked:
    """The windows of the plugins: three decimals, weight 1."""

    getInt = staticmethod(lambda *_, **__: (3, True))
    getDouble = staticmethod(lambda *_, **__: (1.0, True))


def spans(observer, subject, codes):
    ends = [0, *(np.flatnonzero(np.diff(codes)) + 1), len(codes)]
    return [(observer, subject, ("calm", "busy")[codes[a]], float(a), float(b)) for a, b in zip(ends, ends[1:])]


def study(subjects):
    """Kappa over all seconds of all subjects, and that of both plugins."""
    rng, rows, first, second = np.random.default_rng(0), [], [], []
    for k in range(subjects):
        a = np.repeat(rng.integers(2, size=60), 10)
        b = np.where(np.repeat(rng.random(60) < 0.1, 10), 1 - a, a)
        first, second = [*first, *a], [*second, *b]
        rows += spans("Anna", f"child {k}", a) + spans("Ben", f"child {k}", b)
    answers = [cohen_kappa_score(first, second)]
    for plugin in (irr_cohen_kappa, irr_weighted_cohen_kappa):
        plugin.QInputDialog = Asked
        with contextlib.redirect_stdout(io.StringIO()):
            answer = plugin.run(pd.DataFrame(rows, columns=COLUMNS))
        answer = answer[0] if isinstance(answer, tuple) else answer
        answers.append(float(answer.loc["Anna", "Ben"]))
    return answers


print("boris-behav-obs", version("boris-behav-obs"))
found = {n: study(n) for n in (1, 10)}
for n, (seconds, plain, weighted) in found.items():
    print(f"{n} subjects: kappa over all seconds {seconds:.2f}; BORIS unweighted {plain:.2f}, weighted {weighted:.2f}")
as_seen = abs(found[1][2] - found[1][0]) < 0.02 and found[10][0] > 0.8 and max(found[10][1:]) < 0.5
print("as seen on 2026-11-28" if as_seen else "this has changed")
sys.exit(not as_seen)
PYTHON
