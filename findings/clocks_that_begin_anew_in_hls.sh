#!/usr/bin/env bash
# Believed: who opens a playlist of HLS with PyAV or OpenCV gets the times of a player: two parts of four seconds are eight seconds.
# Happens: where an encoder began anew in between, the playlist says so (EXT-X-DISCONTINUITY), and FFmpeg's library passes over it: times are those
#   of the encoders' clocks. After a restart the second part begins at 0 again, or at 26.5 hours if the first encoder had run for a while (its
#   clock is "behind", so a full turn of MPEG's clock is added); if another encoder takes over, at any time. The length is stated right: 8 seconds.
# Matters: recordings of lecture halls break this way whenever a camera is switched off. Bored for four seconds becomes bored for a day, or states
#   of two moments lie on each other. Here a step of such a clock by more than 30 seconds is none of time
#   (tests/media/test_streams.py: test_an_encoder_that_began_anew_goes_on_where_the_other_one_ended).
# Date: 2026-11-30. Source: run here; RFC 8216, 4.3.2.3 (after the tag the sequence of timestamps may be another).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.3.5
venv/bin/python - 2> log.txt <<'PY'
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import av
import cv2
import numpy as np


def part(name, start_s):
    """Four seconds of an encoder that has run for some seconds."""
    with av.open(name, "w", format="mpegts") as file:
        stream = file.add_stream("mpeg2video", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for k in range(100):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), k, np.uint8), format="rgb24")
            picture.pts, picture.time_base = 25 * start_s + k, Fraction(1, 25)
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))


def playlist(*starts_s):
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for k, start_s in enumerate(starts_s):
        part(f"{k}.ts", start_s)
        lines += ["#EXT-X-DISCONTINUITY"] * (k > 0) + ["#EXTINF:4.0,", f"{k}.ts"]
    Path("lesson.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def seen():
    """By PyAV and OpenCV: the length that is stated, and when the two parts begin."""
    with av.open("lesson.m3u8") as file:
        times, stated = [picture.time for picture in file.decode(video=0)], file.duration / av.time_base
    capture, opencv = cv2.VideoCapture("lesson.m3u8"), []
    while capture.grab():
        opencv.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    assert len(times) == len(opencv) == 200, "the behaviour has changed"
    return stated, (round(times[0]), round(times[100])), (round(opencv[0]), round(opencv[100]))


print("PyAV", version("av"), "OpenCV", cv2.__version__)
for what, starts_s, pyav, opencv in (
    ("one that has just begun, begins anew", (0, 0), (0, 0), (0, 0)),
    ("one that has run for 100 s, begins anew", (100, 0), (100, 95444), (0, 95344)),
    ("another one takes over", (100, 500), (100, 500), (0, 400)),
):
    playlist(*starts_s)
    stated, *found = seen()
    print(f"{what}: {stated} s are stated; in PyAV the two parts begin at {found[0]} s, in OpenCV at {found[1]} s")
    assert (stated, *found) == (8, pyav, opencv), "the behaviour has changed"
PY
