#!/usr/bin/env bash
# Believed: FFmpeg reads animated pictures as it reads videos.
# What happens with four pictures that Pillow wrote: GIF and APNG give four, with their times; animated WebP opens and then fails on the first
# packet; an animated AVIF opens as MP4 and gives one picture; a TIFF file of four pages gives one. The last two without any error.
# Why it matters here: a screen recording saved as WebP or AVIF would be refused, or taken for a single picture. Pillow reads them all.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet av==18.1.0 pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io

import av
import PIL
from PIL import Image

print("PyAV", av.__version__, "with FFmpeg", av.ffmpeg_version_info, "and Pillow", PIL.__version__)
pictures = [Image.new("RGB", (64, 48), (60 * i, 0, 0)) for i in range(4)]
seen = {}
for kind in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
    file = io.BytesIO()
    options = {} if kind == "TIFF" else {"duration": [100, 900, 100, 100]}
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], **options)
    file.seek(0)
    with Image.open(file) as picture:
        by_pillow = picture.n_frames
    file.seek(0)
    try:
        with av.open(file) as container:
            seen[kind] = sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError as error:
        seen[kind] = type(error).__name__
    print(f"{kind}: {by_pillow} pictures by Pillow, by FFmpeg {seen[kind]}")
    assert by_pillow == 4
assert seen == {"GIF": 4, "PNG": 4, "WEBP": "InvalidDataError", "AVIF": 1, "TIFF": 1}, "the behaviour has changed"
PYTHON
