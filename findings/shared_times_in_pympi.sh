#!/usr/bin/env bash
# Believed: pympi's shift_annotations(1000) moves every annotation of an ELAN file by one second, as its description says.
# Happens: it moves time slots, each once for every annotation that names it. Where states follow each other with one slot between them, as ELAN itself
#   writes subdivisions of time, the changes of state move by two seconds and the outer ends by one; beneath a parent tier every time moves by two. And
#   an annotation that a shift to the left cuts at 0 keeps its end, so that it lies over those that follow. Nothing is raised.
# Matters: codings are shifted when the clock of a camera was off, or a recording was cut. Files that this project wrote for ELAN shared slots among
#   all people of a class; now every annotation has slots of its own (tests/exchange/test_elan_slots.py). A shift to the left still has the wrong end.
# Date: 2026-11-30. Source: run here; EAF 3.0, TIME_SLOT (any number of annotations may refer to one).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pympi-ling==1.71
venv/bin/python - <<'PY'
from importlib.metadata import version
from pathlib import Path

from pympi.Elan import Eaf

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-11-30T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>{slots}</TIME_ORDER>
{tiers}
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="state" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="parts" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false" CONSTRAINTS="Time_Subdivision"/>
<CONSTRAINT STEREOTYPE="Time_Subdivision" DESCRIPTION="Time subdivision of the annotations of the parent tier, without gaps"/>
</ANNOTATION_DOCUMENT>
"""


def tier(name, spans, about='LINGUISTIC_TYPE_REF="state"'):
    said = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{k}" TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{last}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for k, (first, last, value) in enumerate(spans)
    )
    return f'<TIER TIER_ID="{name}" {about}>{said}</TIER>'


def shifted(times, tiers, by):
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="ts{k}" TIME_VALUE="{ms}"/>' for k, ms in enumerate(times, 1))
    Path("said.eaf").write_text(HEAD.format(slots=slots, tiers="".join(tiers)))
    eaf = Eaf("said.eaf")
    eaf.shift_annotations(by)
    eaf.to_file("moved.eaf")
    moved = Eaf("moved.eaf")
    return {name: sorted(moved.get_annotation_data_for_tier(name)) for name in moved.get_tier_names()}


states = tier("Mia", [(1, 2, "bored"), (2, 3, "angry")])
parent = tier("all", [(1, 3, "lesson")])
parts = tier("Mia", [(1, 2, "bored"), (2, 3, "angry")], 'LINGUISTIC_TYPE_REF="parts" PARENT_REF="all"')
apart = tier("Mia", [(1, 2, "bored"), (3, 4, "angry")])
print("pympi-ling", version("pympi-ling"), "bored from 5 to 10 s, angry from 10 to 15 s")
seen = shifted([5000, 10000, 15000], [states], 1000)
print("1 s later, one slot between them:", seen)
assert seen == {"Mia": [(6000, 12000, "bored"), (12000, 16000, "angry")]}, "the behaviour has changed"
seen = shifted([5000, 10000, 15000], [parent, parts], 1000)
print("1 s later, as parts of a lesson:", seen)
assert seen["all"] == [(7000, 17000, "lesson")] and seen["Mia"][0] == (7000, 12000, "bored"), "the behaviour has changed"
seen = shifted([5000, 10000, 10000, 15000], [apart], 1000)
print("1 s later, slots of their own:", seen)
assert seen == {"Mia": [(6000, 11000, "bored"), (11000, 16000, "angry")]}, "the behaviour has changed"
seen = shifted([5000, 10000, 10000, 15000], [apart], -6000)
print("6 s earlier, slots of their own:", seen)
assert seen == {"Mia": [(0, 10000, "bored"), (4000, 9000, "angry")]}, "the behaviour has changed"
PY
