#!/usr/bin/env bash
# Believed: pysubs2, which shifts and joins subtitles of every kind, takes a WebVTT transcript of Teams and gives it back with other times.
# Happens: the identifier that Teams gives to each cue is added to the words of the cue before it, in the file that is saved, too: each turn but
#   the last ends with "8f6b1c1e/13-0" as if somebody had said so. Who speaks is gone at once: spans <v NAME> are removed like tags of italics,
#   and the field for a name stays empty. Identifiers that are whole numbers (Zoom's) vanish, as they should.
# Matters: who corrects the clock of a transcript this way before it is joined with a recording counts turns of nobody, and words that nobody
#   said. Transcripts are read here by their cues (tests/exports/test_speech.py).
# Date: 2026-11-29. Source: run here; W3C, "WebVTT", 4.1 (an identifier is any line without an arrow before the times).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pysubs2==1.8.1
cat >teams.vtt <<'VTT'
WEBVTT

8f6b1c1e/12-0
00:00:02.000 --> 00:00:05.000
<v Anna Schmidt>Good morning.</v>

8f6b1c1e/13-0
00:00:05.500 --> 00:00:09.000
<v Cem>And you?</v>
VTT
sed -e 's/^8f6b1c1e.12-0/1/' -e 's/^8f6b1c1e.13-0/2/' teams.vtt >numbers.vtt
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pysubs2

print("pysubs2", version("pysubs2"))
seen = {name: [(cue.name, cue.text) for cue in pysubs2.load(f"{name}.vtt")] for name in ("teams", "numbers")}
print(seen)
pysubs2.load("teams.vtt").save("saved.vtt")
saved = open("saved.vtt", encoding="utf-8").read()
print(saved)
assert seen["teams"] == [("", r"Good morning.\N\N8f6b1c1e/13-0"), ("", "And you?")], "the behaviour has changed"
assert seen["numbers"] == [("", "Good morning."), ("", "And you?")], "the behaviour has changed"
assert "Good morning.\n8f6b1c1e/13-0" in saved and "Anna" not in saved, "the behaviour has changed"
PYTHON
