#!/usr/bin/env bash
# Believed: a library that reads ELAN gives every annotation its time in the media file.
# Seen: ELAN lets inner boundaries have no time (they lie evenly between their neighbours on the screen), and moves a media file by
# TIME_ORIGIN. pympi gives None for such boundaries, raises TypeError on a search by time, and leaves the origin out: all times
# are off by it. What it writes calls itself version 3.0 and names the schema of 2.8.
# Matters: codings made by subdividing tiers lose times. This project's own reader fills them in and adds the origin.
# Date: 2026-11-28. Source: run here (pympi-ling 1.71); EAF 3.0 schema, TIME_SLOT and MEDIA_DESCRIPTOR.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pympi-ling==1.71
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from importlib.metadata import version

import pympi

SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00Z" FORMAT="3.0" '
    f'VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{SCHEMA}">'
)
ANNOTATION = (
    '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{0}" TIME_SLOT_REF1="ts{0}" TIME_SLOT_REF2="ts{1}">'
    "<ANNOTATION_VALUE>{2}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
)
with open("a.eaf", "w") as file:
    file.write(
        HEAD + '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="./a.mp4" MIME_TYPE="video/mp4" '
        'TIME_ORIGIN="2000"/></HEADER><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/><TIME_SLOT '
        'TIME_SLOT_ID="ts2"/><TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="1000"/></TIME_ORDER>'
        '<TIER LINGUISTIC_TYPE_REF="t" TIER_ID="A">' + ANNOTATION.format(1, 2, "bored") + ANNOTATION.format(2, 3, "angry")
        + '</TIER><LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="t" TIME_ALIGNABLE="true"/>'
        "</ANNOTATION_DOCUMENT>"
    )
eaf = pympi.Elan.Eaf("a.eaf")
times = eaf.get_annotation_data_for_tier("A")
try:
    search = eaf.get_annotation_data_at_time("A", 300)
except TypeError as error:
    search = f"TypeError: {error}"
eaf.to_file("b.eaf")
written = open("b.eaf").read()
print("pympi-ling", version("pympi-ling"))
print("annotations (in the media 2000 to 2500 and 2500 to 3000 ms):", times)
print("what is said at 300 ms:", search)
print("written: VERSION 3.0:", 'VERSION="3.0"' in written, "schema of 2.8:", "EAFv2.8.xsd" in written)
as_seen = (
    times == [(0, None, "bored"), (None, 1000, "angry")]
    and str(search).startswith("TypeError")
    and 'VERSION="3.0"' in written
    and "EAFv2.8.xsd" in written
)
print("as seen on 2026-11-28" if as_seen else "this has changed")
sys.exit(not as_seen)
PYTHON
