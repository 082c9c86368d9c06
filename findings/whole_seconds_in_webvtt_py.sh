#!/usr/bin/env bash
# Believed: start_in_seconds and end_in_seconds of webvtt-py are the times of a cue in seconds, so their difference is how long somebody speaks.
# Happens: since version 0.5 they are whole seconds, cut off. Of 200 answers that last 0.4 to 0.9 seconds, 66 last no time at all and the others one
#   second each, and they begin half a second early on average. Version 0.4.6 gave 10.26 for 00:00:10.260. The milliseconds are still in start_time.
# Matters: programs compute talking time, pauses and words per second this way, and cut recordings by it; some leave out what is shorter than half a
#   second. The faces that go with a short answer are then nobody's, or those of the moment before it. Here cues keep their milliseconds
#   (tests/exports/test_speech.py: test_zoom).
# Date: 2026-11-30. Source: run here (0.6.0, 0.4.6); the list of changes is silent, and both properties are described as "time ... in seconds".
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
cat > write.py <<'PY'
"""200 short answers in a lesson of 45 minutes."""
import random
from pathlib import Path

random.seed(0)


def clock(ms):
    return f"00:{ms // 60000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


starts = [round(13500 * (k + 0.9 * random.random())) for k in range(200)]
cues = [f"{clock(ms)} --> {clock(ms + random.randint(400, 900))}\n<v Ben>Yes.</v>\n" for ms in starts]
Path("lesson.vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
PY
cat > read.py <<'PY'
from importlib.metadata import version

import webvtt

cues = list(webvtt.read("lesson.vtt"))
lasts = [round(cue.end_in_seconds - cue.start_in_seconds, 3) for cue in cues]
early = [60 * int(cue.start[3:5]) + float(cue.start[6:]) - cue.start_in_seconds for cue in cues]
found = (cues[0].start_in_seconds, min(lasts), max(lasts), lasts.count(0), round(sum(early) / len(early), 2))
print("webvtt-py", version("webvtt-py"), cues[0].start, "is", found[0], "answers last", found[1:3], "no time:", found[3], "early by", found[4])
expected = {"0.4.6": (10.26, 0.4, 0.9, 0, 0.0), "0.6.0": (10, 0, 1, 66, 0.51)}
assert found == expected[version("webvtt-py")], "the behaviour has changed"
PY
venv/bin/python write.py
for version in 0.4.6 0.6.0; do
  venv/bin/pip install --quiet --disable-pip-version-check webvtt-py==$version
  venv/bin/python read.py
done
