"""Frames from anywhere: a robot's camera, a stream, a folder. Each is answered at once; tracks and smoothing as in a recording.

python examples/stream.py lesson.mp4
"""

import sys
from pathlib import Path

from aiducation import Analyzer
from aiducation.media.videos import VideoReader

analyzer = Analyzer()
with VideoReader(Path(sys.argv[1])) as reader:  # any iterator of Frame(index, time_s, image) does
    for faces in analyzer.stream(reader.frames(every_s=0.5), source="stream"):
        print(f"{faces.time_s:6.1f} s", dict(zip(faces.track_ids.tolist(), faces.states, strict=True)))
