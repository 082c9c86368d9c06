#!/usr/bin/env bash
# Believed: where one annotation of a tier ends and the next begins, a reader that is asked what is there gives the next one, as Praat does.
# What happens: pympi gives both, the one that has ended first; and a search from that time on begins with the one that has ended, too.
# ELAN's annotations touch whenever states follow each other, so each change is such a time.
# Why it matters here: whoever compares two coders at full seconds and takes the first answer shifts every change of a second by one, and
# gets a kappa that is too low. The end of a span does not belong to it.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pympi-ling==1.71 praat-parselmouth==0.4.7
venv/bin/python - <<'PYTHON'
import parselmouth
import pympi

eaf = pympi.Elan.Eaf()
eaf.add_tier("track 1")
eaf.add_annotation("track 1", 0, 6000, "neutral")
eaf.add_annotation("track 1", 6000, 12000, "focused")
eaf.to_file("lesson.eaf")
read = pympi.Elan.Eaf("lesson.eaf")
at = [value for *_, value in read.get_annotation_data_at_time("track 1", 6000)]
after = [value for *_, value in read.get_annotation_data_between_times("track 1", 6000, 7000)]
grid = parselmouth.praat.call("Create TextGrid", 0, 12, "track", "")
parselmouth.praat.call(grid, "Insert boundary", 1, 6)
interval = parselmouth.praat.call(grid, "Get interval at time", 1, 6)
print("pympi 1.71, at 6 s:", at, "from 6 s to 7 s:", after)
print(f"Praat {parselmouth.PRAAT_VERSION}, at 6 s: interval {interval} of 2")
assert at == after == ["neutral", "focused"] and interval == 2, "the behaviour has changed"
PYTHON
