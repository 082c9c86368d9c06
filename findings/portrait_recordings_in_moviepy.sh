#!/usr/bin/env bash
# Believed: moviepy, which leaves decoding to ffmpeg, gives the pictures of a phone that was held upright as a player shows them.
# Happens: it looks for the turn in the words that ffmpeg prints. The ffmpeg of today's imageio-ffmpeg (9.0.2) prints "Display Matrix" where it was
#   "displaymatrix", so moviepy finds no turn, and has pictures that ffmpeg turns by itself squeezed into the size before the turn: a square of 32
#   pixels becomes 48 x 22, and of 1080 x 1920 a face gets three times as wide for its height. imageio_ffmpeg alone and OpenCV are right; imageio (plugin
#   pyav) and PySceneDetect (backend pyav) give pictures that lie on their side. No error, no warning.
# Matters: faces of such a shape are missed, or get a state that means nothing. Here they are turned (tests/media/test_video_pictures.py).
# Date: 2026-12-01. Source: run here (2.2.1); mended once for FFmpeg 7 (https://github.com/Zulko/moviepy/issues/2356).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check moviepy==2.2.1 imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 \
  scenedetect==0.7.2 opencv-python-headless==5.0.0.93
cat > look.py <<'PY'
"""A recording of 96 x 64 that is to be shown turned, as phones write it: on the screen it is 64 wide, 96 high, with a white square."""
import subprocess
from importlib.metadata import version

import av
import cv2
import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import scenedetect
from moviepy import VideoFileClip

av.logging.set_level(av.logging.ERROR)
picture = np.zeros((64, 96, 3), np.uint8)
picture[8:40, 8:40] = 255
with av.open("lying.mp4", "w") as file:
    stream = file.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    for _ in range(25):
        file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
    file.mux(stream.encode())
program = imageio_ffmpeg.get_ffmpeg_exe()
subprocess.run([program, "-v", "error", "-y", "-display_rotation", "90", "-i", "lying.mp4", "-c", "copy", "upright.mp4"], check=True)
said = subprocess.run([program, "-hide_banner", "-i", "upright.mp4"], capture_output=True, text=True).stderr
print(next(line.strip() for line in said.splitlines() if "rotation of" in line))


def seen(shown):
    """Width and height of the picture, and of the white square in it."""
    white = np.asarray(shown)[..., 0] > 127
    return shown.shape[1], shown.shape[0], int(white.any(0).sum()), int(white.any(1).sum())


def side():
    pictures = imageio_ffmpeg.read_frames("upright.mp4")
    width, height = next(pictures)["size"]
    shown = np.frombuffer(next(pictures), np.uint8).reshape(height, width, 3)
    pictures.close()
    return shown


with VideoFileClip("upright.mp4") as clip:
    found = {"moviepy": seen(clip.get_frame(0.2))}
found["imageio_ffmpeg"] = seen(side())
found["opencv"] = seen(cv2.VideoCapture("upright.mp4").read()[1])
found["imageio, pyav"] = seen(iio.imread("upright.mp4", plugin="pyav", index=0))
found["scenedetect, pyav"] = seen(scenedetect.open_video("upright.mp4", backend="pyav").read())
for name, (width, height, wide, high) in found.items():
    print(f"{name:18}: picture {width} x {height}, square {wide} x {high}")
print("moviepy", version("moviepy"), "imageio-ffmpeg", version("imageio-ffmpeg"), imageio_ffmpeg.get_ffmpeg_version())
upright, lying = (64, 96), (96, 64)
shapes = {name: one[:2] for name, one in found.items()}
assert shapes == {"moviepy": lying, "imageio_ffmpeg": upright, "opencv": upright, "imageio, pyav": lying, "scenedetect, pyav": lying}, shapes
assert all(abs(wide - 32) < 3 and abs(high - 32) < 3 for name, (*_, wide, high) in found.items() if name != "moviepy"), "the behaviour has changed"
assert abs(found["moviepy"][2] - 48) < 3 and abs(found["moviepy"][3] - 21) < 3, "the behaviour has changed"
PY
venv/bin/python -W ignore look.py
