#!/usr/bin/env bash
# Believed: PySceneDetect, which since version 0.7 takes recordings of variable rate, gives scenes that follow each other, up to the recording's end.
# Happens: with its usual backend (OpenCV) every cut is at a player's time, but the end of the last scene is the number of pictures divided by the rate
#   that the file states. Of a recording of 43 s, whose pictures become rare after 4 s, the last scene lasts from 24.0 to 5.6 s: minus 18.4 s. Nothing is
#   raised; the video's own duration is right (43.04 s), as are the scenes with the backend pyav.
# Matters: recordings of meetings (WebM) are such. Times in scenes add up to too little, a sample of pictures of each scene has none of the last one,
#   and whoever cuts by it loses the end of the lesson. Here cuts and ends are times of pictures (tests/media/test_video_times.py).
# Date: 2026-12-01. Source: run here (0.7.2, OpenCV 5.0.0); open as https://github.com/Breakthrough/PySceneDetect/issues/561, of DVDs.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check scenedetect==0.7.2 av==18.1.0 opencv-python-headless==5.0.0.93
cat > look.py <<'PY'
"""25 pictures a second for four seconds, then one a second; dark until 24 s, bright from then on."""
from fractions import Fraction
from importlib.metadata import version

import av
import numpy as np
from scenedetect import ContentDetector, SceneManager, open_video

with av.open("meeting.webm", "w") as file:
    stream = file.add_stream("libvpx", rate=25)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    stream.codec_context.time_base = Fraction(1, 1000)
    for ms in [*range(0, 4000, 40), *range(4000, 44000, 1000)]:
        picture = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 30 if ms < 24000 else 220, np.uint8), "rgb24")
        picture.pts, picture.time_base = ms, Fraction(1, 1000)
        file.mux(stream.encode(picture))
    file.mux(stream.encode())
seen = {}
for backend in ("opencv", "pyav"):
    video, manager = open_video("meeting.webm", backend=backend), SceneManager()
    manager.add_detector(ContentDetector(min_scene_len=2))
    manager.detect_scenes(video)
    seen[backend] = [(round(begin.seconds, 2), round(end.seconds, 2)) for begin, end in manager.get_scene_list()]
    print(backend, seen[backend], "duration", video.duration.seconds)
print("scenedetect", version("scenedetect"))
assert seen == {"opencv": [(0.0, 24.0), (24.0, 5.6)], "pyav": [(0.0, 24.0), (24.0, 43.04)]}, "the behaviour has changed"
PY
venv/bin/python -W ignore look.py
