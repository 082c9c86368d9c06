#!/usr/bin/env bash
# Believed: a library for WebVTT says who says what in a transcript of Teams, where each voice stands in a span <v NAME>...</v>.
# What happens: of a cue with two voices, webvtt-py names the first and joins the words of both, so that the second person's words become the
# first one's. Escapes stay in names and words ("O&apos;Neill", "&amp;"), so that one person has two names. pycaption writes names into the words.
# Why it matters here: turns and talking time are counted by speaker. Cues are read here by voice (tests/exports/test_speech.py).
# Source: W3C, "WebVTT", 4.2.2 and 6.4 (voice spans, character references). Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet webvtt-py==0.6.0 pycaption==2.2.16
cat >t.vtt <<'VTT'
WEBVTT

8f6b1c1e/12-0
00:00:02.000 --> 00:00:05.000
<v Anna Schmidt>Good morning.</v>

8f6b1c1e/13-0
00:00:05.500 --> 00:00:09.000
<v Ben O&apos;Neill>I do.</v> <v Anna Schmidt>Good &amp; well.</v>

8f6b1c1e/14-0
00:00:09.500 --> 00:00:12.000
<v.loud Cem &amp; Co>Three.</v>
VTT
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import webvtt
from pycaption import WebVTTReader

print("webvtt-py", version("webvtt-py"), "pycaption", version("pycaption"))
seen = [(cue.voice, cue.text) for cue in webvtt.read("t.vtt")]
with open("t.vtt", encoding="utf-8") as file:
    others = [cue.get_text() for cue in WebVTTReader().read(file.read()).get_captions("en-US")]
for (voice, text), other in zip(seen, others, strict=True):
    print(f"webvtt-py: {voice!r} says {text!r}; pycaption: {other!r}")
assert seen == [
    ("Anna Schmidt", "Good morning."),
    ("Ben O&apos;Neill", "I do. Good &amp; well."),
    ("Cem &amp; Co", "Three."),
], "the behaviour has changed"
assert others[1] == "Ben O&apos;Neill: I do. Anna Schmidt: Good & well.", "the behaviour has changed"
PYTHON
