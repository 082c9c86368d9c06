#!/usr/bin/env bash
# Believed: what FFmpeg opens as a video is one, so a folder of recordings is sorted out by trying to open each file.
# What happens: a plain text file whose name ends in .txt is opened as a video of 640 x 400 pixels (demuxer "tty", decoder "ansi") and
# gives dozens of pictures of white letters on black; the same text named .log is refused. So the ending decides, not the content.
# Why it matters here: meeting services put chat.txt beside video1.mp4, and a folder would have one recording too many. First bytes decide.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet av==18.1.0
venv/bin/python - <<'PYTHON'
import shutil

import av

with open("chat.txt", "w") as file:
    file.writelines(f"00:{i // 60:02d}:{i % 60:02d}\tFrom Ms Miller to Everyone:\tPage {i}, please.\n" for i in range(300))
shutil.copy("chat.txt", "chat.log")
print("PyAV", av.__version__, "with FFmpeg", av.ffmpeg_version_info)
with av.open("chat.txt") as container:
    stream = container.streams.video[0]
    pictures = sum(1 for _ in container.decode(stream))
    context = stream.codec_context
    print(f"chat.txt: {container.format.name}, {context.name}, {context.width} x {context.height}, {pictures} pictures")
    assert (container.format.name, context.name) == ("tty", "ansi") and pictures > 10
try:
    av.open("chat.log")
except av.error.InvalidDataError as error:
    print("chat.log:", error)
else:
    raise SystemExit("chat.log is opened, too: the behaviour has changed")
PYTHON
