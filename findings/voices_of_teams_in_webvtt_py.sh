#!/usr/bin/env bash
# Believed: a library for WebVTT says who speaks in a transcript of Teams, where each voice stands in a span <v NAME>…</v>.
# PLACEHOLDER
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet webvtt-py==0.5.1 pycaption==2.2.16
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
import webvtt
from importlib.metadata import version
print("webvtt-py", version("webvtt-py"))
for c in webvtt.read("t.vtt"):
    print(c.identifier, repr(c.voice), repr(c.text), repr(c.raw_text))
from pycaption import WebVTTReader
print("pycaption", version("pycaption"))
try:
    s = WebVTTReader().read(open("t.vtt").read())
    for c in s.get_captions("en-US"): print(repr(c.get_text()))
except Exception as e: print(type(e), e)
PYTHON
