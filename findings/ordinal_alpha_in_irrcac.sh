#!/usr/bin/env bash
# Believed: krippendorff() of irrCAC with weights="ordinal" is Krippendorff's alpha for ordinal data.
# Happens: its weights go by how many values lie between two answers, Krippendorff's by how many answers were given there. On the example that
#   Krippendorff himself prints, with 0.815, it says 0.834; nominal, interval and ratio are his. Where nearly all faces are of one value, the
#   difference is larger: of 100 faces, 97 of them adults to both, it says 0.92 where alpha is 0.80. Nothing is said.
# Matters: apparent ages and levels are ordered values of which one is frequent, and "ordinal alpha > 0.8" is the usual limit in articles. Here
#   it is Krippendorff's (tests/reference/test_agreement_reference.py: test_alphas_that_krippendorff_prints).
# Date: 2026-12-01. Source: run here (0.4.4); K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D and its example.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check irrCAC==0.4.4 krippendorff==0.9.0 pandas==2.3.3 numpy==1.26.4
venv/bin/python - <<'PY'
import warnings
from importlib.metadata import version

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC

warnings.simplefilter("ignore")
NAMES = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}
PRINTED = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
TEXTS = "123321412..." "1233224125.3" ".3332342251." "12332441251."
EXAMPLE = np.array([float("nan") if c == "." else int(c) for c in TEXTS]).reshape(4, 12)


def both(ratings, level):
    theirs = CAC(pd.DataFrame(ratings.T), weights=NAMES[level]).krippendorff()["est"]["coefficient_value"]
    return theirs, krippendorff.alpha(ratings, level_of_measurement=level)


print("irrCAC", version("irrCAC"), "krippendorff", version("krippendorff"))
for level, printed in PRINTED.items():
    theirs, alpha = both(EXAMPLE, level)
    print(f"example, {level:8} irrCAC {theirs:.3f}, krippendorff {alpha:.3f}, printed {printed}")
    assert round(alpha, 3) == printed and (abs(theirs - alpha) < 0.001) == (level != "ordinal"), "the behaviour has changed"
rare = np.array([[2] * 98 + [0, 0], [2] * 97 + [1, 0, 0]], float)
theirs, alpha = both(rare, "ordinal")
print(f"97 of 100 faces alike: irrCAC {theirs:.3f}, krippendorff {alpha:.3f}")
assert (round(theirs, 2), round(alpha, 2)) == (0.92, 0.80), "the behaviour has changed"
PY
