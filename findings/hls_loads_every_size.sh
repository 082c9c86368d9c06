#!/usr/bin/env bash
# Believed: who opens an HLS stream with several sizes and decodes one of them loads that one, as a player does.
# What happens: PyAV (FFmpeg) loads the segments of every size for as long as it reads, whichever stream is decoded. Stream.discard of the others, set
# after opening, stops it within the first segments.
# Why it matters here: a stream of five sizes would load a camera's line with all of them for a whole lesson. The reader of streams takes the largest
# and discards the others (tests/media/test_streams.py).
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet av==18.1.0 numpy==2.3.5
venv/bin/python - <<'PYTHON'
import functools
import http.server
import threading

import av
import numpy as np
from av.stream import Discard

for name, width in (("small", 160), ("large", 320)):
    options = {"hls_time": "1", "hls_list_size": "0"}
    with av.open(f"{name}.m3u8", "w", format="hls", options=options) as playlist:
        stream = playlist.add_stream("libx264", rate=10, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = width, width // 2, "yuv420p"
        for number in range(80):
            picture = np.full((width // 2, width, 3), 3 * number, np.uint8)
            playlist.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        playlist.mux(stream.encode(None))
with open("all.m3u8", "w") as file:
    file.write("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=160x80\nsmall.m3u8\n")
    file.write("#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=320x160\nlarge.m3u8\n")

asked = []


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        asked.append(self.path)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)
loaded = {}
for discarding in (False, True):
    asked.clear()
    with av.open(f"http://127.0.0.1:{server.server_address[1]}/all.m3u8") as stream:
        small, large = sorted(stream.streams.video, key=lambda one: one.codec_context.width)
        if discarding:
            small.discard = Discard.all
        pictures = sum(1 for _ in stream.decode(large))
    loaded[discarding] = {name: sum(f"/{name}" in path and path.endswith(".ts") for path in asked) for name in ("small", "large")}
    print(f"discard {discarding}: {pictures} pictures of the large one; segments loaded: {loaded[discarding]}")
    assert pictures == 80
assert loaded[False] == {"small": 8, "large": 8}, "the behaviour has changed"
assert loaded[True]["large"] == 8 and loaded[True]["small"] <= 4, "the behaviour has changed"
PYTHON
