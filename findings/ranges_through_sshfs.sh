#!/usr/bin/env bash
# Believed: cat_file(path, start, end) of an fsspec file system gives these bytes, on every server.
# What happens: sshfs (SFTP) takes start and end without a word and gives the whole file; open(), seek() and read() give the bytes.
# Why it matters here: a few bytes of each recording tell its kind. Asked this way, every recording of a folder would be loaded whole, and the
# bytes in the middle would be those of the beginning.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sshfs==2026.8.0 asyncssh==2.24.1 fsspec==2026.9.0
printf '0123456789' >lesson
venv/bin/python - <<'PYTHON'
import asyncio, threading
from importlib.metadata import version
from pathlib import Path

import asyncssh
import sshfs


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False  # nobody is asked for anything


async def listen():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key], sftp_factory=True)
    started.append(server.get_port())
    ready.set()


started, ready, loop = [], threading.Event(), asyncio.new_event_loop()
threading.Thread(target=lambda: (loop.create_task(listen()), loop.run_forever()), daemon=True).start()
ready.wait()
files, path = sshfs.SSHFileSystem("127.0.0.1", port=started[0], username="me", client_keys=None), str(Path("lesson").absolute())
got = files.cat_file(path, start=3, end=5)
with files.open(path, "rb") as file:
    file.seek(3)
    read = file.read(2)
print(f"sshfs {version('sshfs')}: cat_file(start=3, end=5) gives {got}, seek(3) and read(2) give {read}")
assert got == b"0123456789" and read == b"34", "the behaviour has changed"
PYTHON
