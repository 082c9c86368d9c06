#!/usr/bin/env bash
# Believed: a line that begins with an exclamation mark is a remark in Praat's text files, so other readers of TextGrids skip it, too.
# What happens with such a line under the two lines of the heading: Praat (parselmouth), praatio, textgrid and pympi read the file; tgt takes
# it for one in the short format, because it counts lines, and raises an exception that says nothing but the file's name. A remark at
# the end of the line "item []:" is read by all five.
# Why it matters here: saved files say what made them, and TextGrids have no other place for that.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet praat-parselmouth==0.4.7 praatio==6.2.2 textgrid==1.6.1 pympi-ling==1.71 tgt==1.5
venv/bin/python - <<'PYTHON'
import parselmouth
import pympi
import textgrid
import tgt
from praatio import textgrid as praatio

HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n{}\nxmin = 0\nxmax = 2\ntiers? <exists>\nsize = 1\nitem []:{}\n'
BODY = """    item [1]:
        class = "IntervalTier"
        name = "track 1"
        xmin = 0
        xmax = 2
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2
            text = "focused"
"""
READERS = {
    "Praat": lambda path: parselmouth.praat.call(parselmouth.read(path), "Get tier name", 1),
    "praatio": lambda path: praatio.openTextgrid(path, includeEmptyIntervals=False).tierNames[0],
    "textgrid": lambda path: textgrid.TextGrid.fromFile(path)[0].name,
    "pympi": lambda path: next(name for _, name in pympi.Praat.TextGrid(path).get_tier_name_num()),
    "tgt": lambda path: tgt.read_textgrid(path).tiers[0].name,
}
seen = {}
for place, parts in {"own line": ("! made by a tool 1.0", ""), "end of a line": ("", " ! made by a tool 1.0")}.items():
    path = f"{place}.TextGrid"
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD.format(*parts) + BODY)
    for name, read in READERS.items():
        try:
            seen[place, name] = read(path)
        except Exception as error:
            seen[place, name] = f"{type(error).__name__}: {error}"
        print(f"{place}, {name}: {seen[place, name]}")
wrong = {key: said for key, said in seen.items() if said != "track 1"}
assert wrong == {("own line", "tgt"): "Exception: own line.TextGrid"}, "the behaviour has changed"
PYTHON
