#!/usr/bin/env bash
# Believed: load_rttm of pyannote.database gives the turns of every speaker under the label that the file has, as write_rttm writes it.
# Happens: who is called NA (Nina Adler), N/A, None, null or nan becomes the number NaN, and people with two of these names become one. Nothing is said;
#   the next write_rttm calls them "nan". load_mdtm keeps them, load_stm does not. The same was mended in 2019 ("I cannot think of any situation where
#   we would like to use NaN to indicate a speaker label") and came back. Codes such as 007 stay texts.
# Matters: speakers of lessons are coded by initials, and turns are joined with faces by them: her talking time is nobody's, or another pupil's, and a
#   comparison with other turns calls all of hers wrong. Here tables are read without such guesses (tests/exchange/test_csv_table.py:
#   test_names_that_other_readers_take_as_missing).
# Date: 2026-11-30. Source: run here (6.1.1); https://github.com/pyannote/pyannote-database/pull/28.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyannote.database==6.1.1 pyannote.core==6.1.0
venv/bin/python - <<'PY'
import math
from importlib.metadata import version

from pyannote.core import Annotation, Segment
from pyannote.database.util import load_mdtm, load_rttm, load_stm

turns = Annotation(uri="lesson")
for at, who in enumerate(("NA", "None", "007", "NA", "BO")):
    turns[Segment(10 * at, 10 * at + 10)] = who
with open("lesson.rttm", "w") as file:
    turns.write_rttm(file)
read = load_rttm("lesson.rttm")["lesson"]
seconds = {str(label): length for label, length in read.chart()}
print("pyannote.database", version("pyannote.database"), "written:", dict(turns.chart()), "read:", seconds)
assert seconds == {"nan": 30.0, "007": 10.0, "BO": 10.0}, "the behaviour has changed"
assert sum(isinstance(label, float) and math.isnan(label) for label in read.labels()) == 1, "the behaviour has changed"
assert read.to_rttm().count("> nan <") == 3, "the behaviour has changed"
with open("lesson.mdtm", "w") as file:
    file.write("lesson 1 0 10 speaker NA unknown NA\n")
with open("lesson.stm", "w") as file:
    file.write("lesson 1 NA 0 10\n")
others = [load(f"lesson.{name}")["lesson"].labels() for load, name in ((load_mdtm, "mdtm"), (load_stm, "stm"))]
print("MDTM and STM:", others)
assert others[0] == ["NA"] and others[1] != ["NA"], "the behaviour has changed"
PY
