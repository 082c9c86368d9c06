#!/usr/bin/env bash
# Believed: a recording that was cut without encoding it anew is a file like any other: libraries give the pictures that a player shows.
# Happens: it begins at an earlier key frame, and an edit list hides what lies before the cut. Of 40 pictures with 12 hidden, imageio (plugin pyav)
#   gives 40: the 28 shown, then 12 pieces of memory that nobody filled. OpenCV counts 40 and gives 28. decord counts 40, gives the 28 in order and the
#   last one 12 times more; asked for picture 21 alone, it gives another one than in order. No error; one line of decord's log speaks of damage.
# Matters: lessons are cut this way (ffmpeg -c copy, LosslessCut). Pictures by number are seconds off, and faces are judged that nobody recorded.
#   This project reads what a player shows (tests/media/test_video_times.py: test_pictures_before_an_edit_list_begins_are_not_shown).
# Date: 2026-11-29. Source: run here; ISO/IEC 14496-12, 8.6.6 (edit list box).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check av==18.1.0 imageio==2.38.1 decord==0.6.0 opencv-python-headless==5.0.0.93
venv/bin/python - 2> log.txt <<'PY'
import av
import cv2
import decord
import imageio
import imageio.v3 as iio
import numpy as np


def number(picture):
    """Which picture of the whole recording it is: each is 5 levels brighter than the one before."""
    return round((float(picture.mean()) - 19.5) / 5)


with av.open("whole.mp4", "w") as file:  # 10 pictures a second, a key frame every 20
    stream = file.add_stream("libx264", rate=10, options={"g": "20", "sc_threshold": "0", "bf": "0"})
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for n in range(40):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64), 20 + 5 * n, np.uint8), format="gray")
        file.mux(stream.encode(frame.reformat(format="yuv420p")))
    file.mux(stream.encode(None))
exact = {"avoid_negative_ts": "disabled", "use_editlist": "1"}
with av.open("whole.mp4") as whole, av.open("cut.mp4", "w", options=exact) as cut:  # without the first 1.2 s
    stream = cut.add_stream_from_template(whole.streams.video[0])
    for packet in whole.demux(video=0):
        if packet.dts is not None:
            shift = round(1.2 / packet.time_base)
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
            cut.mux(packet)

with av.open("cut.mp4") as file:
    shown = [number(frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]
print("PyAV", av.__version__, shown)
given = iio.imread("cut.mp4", plugin="pyav")
print("imageio", imageio.__version__, len(given), "pictures")
video, read = cv2.VideoCapture("cut.mp4"), 0
counted = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
while video.read()[0]:
    read += 1
print("OpenCV", cv2.__version__, counted, "counted,", read, "read")
reader = decord.VideoReader("cut.mp4")
in_order = [number(reader[n].asnumpy()) for n in range(len(reader))]
alone = number(decord.VideoReader("cut.mp4")[21].asnumpy())
print("decord", decord.__version__, in_order, "picture 21 alone:", alone, "in order:", in_order[21])
assert shown == list(range(12, 40)), "the behaviour has changed"
assert len(given) == 40 and [number(one) for one in given[:28]] == shown, "the behaviour has changed"
assert (counted, read) == (40, 28), "the behaviour has changed"
assert in_order == [*shown, *[39] * 12] and alone == 21, "the behaviour has changed"
PY
