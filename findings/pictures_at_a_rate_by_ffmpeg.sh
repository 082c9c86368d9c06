#!/usr/bin/env bash
# Believed: ffmpeg -i lesson.mp4 -vf fps=1 %d.png, or -r 1, takes a picture of each second: the first one of 0 s, the third one of 2 s.
# Happens: the filter moves each picture to the nearest second and then keeps the last that came there, so the third one is of 2.48 s. With -r 1 the
#   first two are of 0 and 0.04 s, and the third one is of 0.88 s. With fps=1:round=up they are of 0, 1 and 2 s.
# Matters: this is how pictures are taken out of recordings to be labelled. What is labelled as 2 s was half a second later, or more than a second
#   earlier, so that a model that answers for 2 s, or another annotator who watched the recording, is compared with another moment: more than the
#   tolerance of one second that is usual for onsets. docs/annotations.md says what to do.
# Date: 2026-11-30. Source: run here (FFmpeg 7.0.2; PyAV 18.1.0 has the same filter); FFmpeg's documentation of the filter says "round to nearest".
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.6.0
venv/bin/python - <<'PY'
import subprocess

import imageio_ffmpeg

ffmpeg, side, rate = imageio_ffmpeg.get_ffmpeg_exe(), 16, 25
grey = ["-f", "rawvideo", "-pix_fmt", "gray"]
shades = b"".join(bytes([k]) * side**2 for k in range(6 * rate))  # picture k is all of shade k
subprocess.run([ffmpeg, "-v", "error", *grey, "-s", f"{side}x{side}", "-r", str(rate), "-i", "-", "-c:v", "ffv1", "lesson.mkv"],
               input=shades, check=True)
expected = {
    ("-vf", "fps=1"): [0.48, 1.48, 2.48, 3.48, 4.48, 5.48],
    ("-r", "1"): [0, 0.04, 0.88, 1.88, 2.88, 3.88, 4.88, 5.88],
    ("-vf", "fps=1:round=up"): [0, 1, 2, 3, 4, 5],
}
print("FFmpeg", imageio_ffmpeg.get_ffmpeg_version(), "six seconds, a picture each second; they are of second:")
for asked, times in expected.items():
    pictures = subprocess.run([ffmpeg, "-v", "error", "-i", "lesson.mkv", *asked, *grey, "-"], capture_output=True, check=True).stdout
    seen = [shade / rate for shade in pictures[:: side**2]]
    print(*asked, seen)
    assert seen == times, "the behaviour has changed"
PY
