#!/usr/bin/env bash
# Believed: av.open(..., timeout=2) gives one error when a server is silent, and that error says that time ran out.
# What happens: time does run out after two seconds, but the error depends on the protocol: http says "Immediate exit requested", rtsp "Invalid
# data found when processing input", https and rtsps "Input/output error". None is a TimeoutError, and none of the words is about time.
# Why it matters here: a camera that is switched off looked like one that sends rubbish. Whoever waits must look at the clock, which the
# reader of streams does (tests/media/test_streams.py).
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet av==18.1.0
venv/bin/python - <<'PYTHON'
import socket
import time

import av

print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)
seen = {}
with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never says a word
    for scheme in ("http", "rtsp", "https", "rtsps"):
        began = time.monotonic()
        try:
            av.open(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/x", timeout=2)
        except (av.error.FFmpegError, OSError) as error:
            took = time.monotonic() - began
            seen[scheme] = (type(error).__name__, error.strerror)
            print(f"{scheme}: after {took:.1f} s {type(error).__name__}: {error.strerror}")
            assert 1.5 < took < 20 and not isinstance(error, TimeoutError), "the behaviour has changed"
words = {scheme: strerror for scheme, (_, strerror) in seen.items()}
assert words == {
    "http": "Immediate exit requested",
    "rtsp": "Invalid data found when processing input",
    "https": "Input/output error",
    "rtsps": "Input/output error",
}, "the behaviour has changed"
PYTHON
