"""A disk without room: an error that says so, and a server that goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from needs import SMALL_DISK, Need
from waiting import PATIENCE_S, until
from web_makers import Server, start_server


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Server]:
    """A server whose temporary folder is a disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    SMALL_DISK.check()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        Need(
            lambda: False, "this container may not make a small disk", "{check} (as root outside of a container)"
        ).check()
    server = start_server(TMPDIR=str(disk))
    yield server
    server.stop()
    left = [path.name for path in disk.rglob("*")]
    subprocess.run(["umount", str(disk)], check=True)
    assert left == []


@pytest.mark.slow
def test_a_full_disk_is_said_and_survived(cramped: Server, samples: Path, gallery: bytes) -> None:
    def photo() -> requests.Response:
        return requests.post(f"{cramped.address}api/photo", files={"file": ("a.jpg", gallery)}, timeout=PATIENCE_S)

    assert photo().status_code == 200
    for path in ("api/photo", "api/recordings"):
        answer = requests.post(
            cramped.address + path, files={"file": ("big.mp4", bytes(5_000_000))}, timeout=PATIENCE_S
        )
        assert answer.status_code == 507 and answer.json()["error"]["code"] == "disk_full", answer.text
    assert photo().status_code == 200

    meeting = (samples / "meeting.mp4").read_bytes()
    padded = meeting + bytes(1_900_000 - len(meeting))  # fits, but leaves no room for what comes of it
    sent = requests.post(
        f"{cramped.address}api/recordings?video=true", files={"file": ("a.mp4", padded)}, timeout=PATIENCE_S
    )
    assert sent.status_code == 202
    job = sent.json()

    def ended() -> dict[str, Any] | None:
        now = cramped.get(job["links"]["self"][1:])[1]
        return None if now["state"] in ("queued", "running") else now

    job = until(ended)
    assert job["state"] == "failed" and job["error"]["code"] == "disk_full"
    requests.delete(cramped.address + job["links"]["self"][1:], timeout=PATIENCE_S)
    assert photo().status_code == 200
