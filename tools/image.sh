#!/usr/bin/env bash
# Builds the container of deploy/Dockerfile and tries it; where no engine runs, goes through the same steps in a folder.
#
#   tools/image.sh            with docker or podman, if one of them runs; else as below
#   tools/image.sh --folder   without an engine (Linux, as root): the server runs as user 10001, without network, and may write
#                             to /tmp alone
#
# It fails if the result is larger than 500 MB, or does not answer.
set -euo pipefail
cd "$(dirname "$0")/.."
MOST_MB=500
BASE_MB=${BASE_MB:-125} # python:3.13-slim-bookworm, unpacked; measured with an engine, taken for granted without one
LOOK="import json, urllib.request as u; print(json.load(u.urlopen('http://127.0.0.1:8000/health', timeout=4))['status'])"

engine=
if [ "${1:-}" != --folder ]; then
  for name in docker podman; do
    if command -v "$name" >/dev/null && "$name" info >/dev/null 2>&1; then engine=$name && break; fi
  done
fi

until_ok() { # asks until the server is there
  for _ in $(seq 120); do [ "$("$@" 2>/dev/null)" = ok ] && return; sleep 0.5; done
  echo "The server did not answer." >&2 && return 1
}

if [ -n "$engine" ]; then
  "$engine" build --file deploy/Dockerfile --tag aiducation .
  mb=$(($("$engine" image inspect --format '{{.Size}}' aiducation) / 1000000))
  "$engine" run --detach --rm --name aiducation-trial --network none --read-only --tmpfs /tmp --cap-drop ALL \
    --security-opt no-new-privileges --env AIDUCATION_TOKEN=only-for-this-trial-123456 aiducation >/dev/null
  trap '"$engine" kill aiducation-trial >/dev/null' EXIT
  until_ok "$engine" exec aiducation-trial python -c "$LOOK"
  "$engine" exec aiducation-trial sh -c 'test "$(id -u)" = 10001 && ! touch /opt/aiducation/x 2>/dev/null'
  what="The image"
else
  place=$(mktemp -d)
  chmod 755 "$place"
  trap 'rm -rf "$place"' EXIT
  mkdir "$place/source" && git ls-files -z --cached --others --exclude-standard | grep -zv -E '^(tests|results|findings|benchmarks)/' | xargs -0 cp --parents -t "$place/source"
  (cd "$place/source" && sh deploy/install.sh "$place/aiducation")
  mb=$(($(du -sk "$place/aiducation" | cut -f1) * 1024 / 1000000 + BASE_MB))
  # A network with nothing but itself, the whole system read-only, a /tmp of its own, no root and no capabilities.
  unshare --net --mount --pid --fork --kill-child sh -ec '
    ip link set lo up 2>/dev/null || python3 -c "
import fcntl, socket, struct
with socket.socket() as s: fcntl.ioctl(s, 0x8914, struct.pack(\"16sh22x\", b\"lo\", 1))"
    mkdir -p /mnt && mount --bind "$1/aiducation" "$1/aiducation" && mount -o remount,bind,ro "$1/aiducation"
    mkdir "$1/scratch" && mount -t tmpfs -o size=1g,mode=1777 tmpfs "$1/scratch"
    export TMPDIR=$1/scratch HOME=$1/scratch PYTHONDONTWRITEBYTECODE=1 AIDUCATION_TOKEN=only-for-this-trial-123456
    cd "$1/scratch"
    run="setpriv --reuid 10001 --regid 10001 --clear-groups --inh-caps -all --bounding-set -all --no-new-privs"
    $run "$1/aiducation/bin/aiducation" serve --no-browser --host 0.0.0.0 --port 8000 >"$1/scratch/log" 2>&1 &
    for _ in $(seq 120); do
      [ "$($run "$1/aiducation/bin/python" -c "$2" 2>/dev/null)" = ok ] && break
      sleep 0.5
    done
    [ "$($run "$1/aiducation/bin/python" -c "$2")" = ok ] || { cat "$1/scratch/log" >&2; exit 1; }
    ! $run touch "$1/aiducation/x" 2>/dev/null
  ' sh "$place" "$LOOK"
  what="The folder, with $BASE_MB MB of the base image,"
fi

echo "$what has $mb MB; the server answers without network, as user 10001, and can write to /tmp alone."
[ "$mb" -le "$MOST_MB" ] || { echo "That is more than $MOST_MB MB." >&2; exit 1; }
