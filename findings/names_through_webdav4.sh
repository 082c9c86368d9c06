#!/usr/bin/env bash
# Believed: a name that webdav4 is given is quoted for the address, so any file that a WebDAV server lists can be read by its name.
# What happens: webdav4 gives the name to httpx as it is, which takes no "#" or "?" in a path and leaves "%" with two digits: the address for
# "lesson%41.mp4" is that of another file, "lessonA.mp4", and its reader ends with a KeyError. A client that quotes in join_url reads all.
# Why it matters here: teachers name recordings so, and one file that cannot be read ends the listing of a whole folder.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet webdav4==0.11.0 httpx==0.28.1 wsgidav==4.4.0 cheroot==11.1.2
mkdir shared
for name in 'lessonA.mp4' 'lesson%41.mp4' 'lesson #1.mp4' 'who?.mp4'; do printf '%s' "$name" >"shared/$name"; done
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
venv/bin/wsgidav --host 127.0.0.1 --port "$port" --root shared --auth anonymous --no-config >log 2>&1 &
server=$!
PORT=$port venv/bin/python - <<'PYTHON'
import io, os, time
from importlib.metadata import version
from urllib.parse import quote

import httpx
from webdav4.client import Client

address = f"http://127.0.0.1:{os.environ['PORT']}"
for _ in range(200):
    try:
        httpx.get(address)
        break
    except httpx.TransportError:
        time.sleep(0.1)
client = Client(address)
print(f"webdav4 {version('webdav4')}, httpx {version('httpx')}: the server lists {sorted(client.ls('', detail=False))}")


def read(client, name):
    try:
        client.download_fileobj(name, file := io.BytesIO())
        return file.getvalue().decode()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Quoting(Client):
    def join_url(self, path, add_trailing_slash=False):
        return super().join_url(quote(path), add_trailing_slash)


names = ("lessonA.mp4", "lesson%41.mp4", "lesson #1.mp4", "who?.mp4")
for name in names:
    print(f"  {name!r} gives {read(client, name)!r}; with quoting, {read(Quoting(address), name)!r}")
print(f"  at the address for 'lesson%41.mp4' lies {httpx.get(client.join_url('lesson%41.mp4')).text!r}")
assert read(client, names[1]).startswith("KeyError"), "the behaviour has changed"
assert httpx.get(client.join_url(names[1])).text == "lessonA.mp4", "the behaviour has changed"
assert all(read(client, name).startswith("InvalidURL") for name in names[2:]), "the behaviour has changed"
assert all(read(Quoting(address), name) == name for name in names), "the behaviour has changed"
PYTHON
