#!/usr/bin/env bash
# Believed: OpenCV's CAP_PROP_POS_MSEC is the time at which a player shows the picture, as its description ("position of the video file") has it.
# Happens: where the pictures begin after the sound, as in recordings of meetings in which somebody switches the camera on, OpenCV counts from the
#   first picture. It is shown after 3 seconds, and OpenCV says 0, in MP4 and WebM alike; decord's get_frame_timestamp does the same.
# Matters: with every tool that takes its times from these two, or counts pictures, states lie 3 seconds before the words to which they belong, and
#   before an observer's codes in ELAN or BORIS. Here times are the player's, and the beginning without a picture has no faces
#   (tests/media/test_video_times.py: test_a_picture_that_begins_after_the_sound_keeps_its_time).
# Date: 2026-11-29. Source: run here.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check av==18.1.0 decord==0.6.0 opencv-python-headless==5.0.0.93
venv/bin/python - 2> log.txt <<'PY'
from fractions import Fraction

import av
import cv2
import decord
import numpy as np


def record(path, pictures, sound):
    """Two seconds of pictures that begin after 3 of 5 seconds of silence."""
    with av.open(path, "w") as file:
        video, audio = file.add_stream(pictures, rate=10), file.add_stream(sound, rate=48000, layout="mono")
        video.width, video.height, video.pix_fmt, video.thread_count = 64, 48, "yuv420p", 1
        for n in range(30, 50):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 128, np.uint8), format="gray")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            file.mux(video.encode(frame.reformat(format="yuv420p")))
        file.mux(video.encode(None))
        for n in range(250):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, 960 * n, Fraction(1, 48000)
            file.mux(audio.encode(frame))
        file.mux(audio.encode(None))


for path, *codecs in (("late.mp4", "libx264", "aac"), ("late.webm", "libvpx", "libopus")):
    record(path, *codecs)
    with av.open(path) as file:
        shown = next(file.decode(video=0)).time
    video = cv2.VideoCapture(path)
    assert video.read()[0]
    first = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
    begins, _ = decord.VideoReader(path).get_frame_timestamp(0)
    print(path, "shown at", shown, "OpenCV", cv2.__version__, first, "decord", decord.__version__, float(begins))
    assert abs(shown - 3) < 0.05 and first == 0 and begins == 0, "the behaviour has changed"
PY
