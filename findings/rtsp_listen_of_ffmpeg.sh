#!/usr/bin/env bash
# Believed: ffmpeg ... -f rtsp -rtsp_flags listen ADDRESS makes ffmpeg an RTSP server from which players fetch a stream.
# What happens: on an output the flag is taken without a word and does nothing: ffmpeg calls the address as a client and ends with "Connection
# refused". It listens only on an input, and then takes a stream from a publisher: players get nothing from it.
# Why it matters here: a test or a class that wants to try an RTSP camera needs a server (VLC, mediamtx); the tests of streams use VLC.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet imageio-ffmpeg==0.6.0
ffmpeg=$(venv/bin/python -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")
"$ffmpeg" -version | head -1
port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
picture=(-re -f lavfi -i testsrc=size=160x120:rate=10)

address=rtsp://127.0.0.1:$(port)/lesson
code=0
timeout 20 "$ffmpeg" -loglevel error "${picture[@]}" -t 10 -c:v libx264 -f rtsp -rtsp_flags listen "$address" 2>as_output || code=$?
echo "as an output: exit code $code: $(grep -o 'Connection refused' as_output | head -1)"
[ "$code" != 0 ] && [ "$code" != 124 ] && grep -q "Connection refused" as_output || { echo "the behaviour has changed"; exit 1; }

address=rtsp://127.0.0.1:$(port)/lesson
timeout 60 "$ffmpeg" -loglevel error -rtsp_flags listen -i "$address" -frames:v 5 -f framecrc frames &
listener=$!
for _ in $(seq 40); do # until it listens
  timeout 30 "$ffmpeg" -loglevel quiet "${picture[@]}" -t 3 -c:v libx264 -tune zerolatency -f rtsp "$address" && break
  sleep 0.25
done
wait "$listener"
echo "as an input: $(grep -c '^0' frames) pictures came from a publisher"
[ "$(grep -c '^0' frames)" = 5 ] || { echo "the behaviour has changed"; exit 1; }
