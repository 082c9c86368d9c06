"""A server under load that is stopped and killed: what it answers, what stays behind, how much memory it takes."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from random_damage import damaged
from web_makers import Server, start_server

#: Seconds between two ends of the server.
_ROUND_S = 60.0

#: Statuses of the server's own errors that ask to come again or tell of a full disk.
_SAID = (503, 507)

_ODD_PATHS = (
    "",
    "docs",
    "health",
    "api/model",
    "api/recordings/x",
    "api/live/x",
    "api/photo",
    "nothing",
    "api/recordings/x/csv",
    "%00",
    "a" * 5000,
)


class LoadedServer:
    """Starts a server, loads it from several threads, ends it, and starts the next.

    Args:
        place: a folder with the sample files, where the server's temporary folder is made.
        rng: decides what is sent.

    Attributes:
        leaked: files that stayed after a server had ended, or after the one that followed a killed one had begun.
        unexpected: answers of 500 and more that are none of those that are documented for load.
    """

    def __init__(self, place: Path, rng: random.Random) -> None:
        self._place, self._rng = place, rng
        self._temporary = place / "temporary"
        self._temporary.mkdir()
        self._photo = (place / "gallery.jpg").read_bytes()
        self._film = (place / "meeting.mp4").read_bytes()
        self.answers: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.leaked = self.rounds = self.kills = 0
        self.memory_mb: list[float] = []
        self._over = threading.Event()

    def run(self, end: float) -> None:
        """Go on until that time on the monotonic clock."""
        kinds = (self._photos, self._photos, self._recordings, self._live, self._odd, self._silent)
        while time.monotonic() < end:
            server = start_server(TMPDIR=str(self._temporary))
            if len(folders := list(self._temporary.iterdir())) != 1:  # of the one before nothing stays
                self.leaked += len(folders) - 1
            self._over.clear()
            threads = [
                threading.Thread(target=self._again, args=(kind, server, random.Random(self._rng.random())))
                for kind in kinds
            ]
            for thread in threads:
                thread.start()
            time.sleep(min(_ROUND_S, max(end - time.monotonic(), 1.0)))
            self.memory_mb.append(_memory_mb(server))
            killed = self.rounds % 2 == 1 and time.monotonic() < end
            self._over.set()
            if killed:
                server.stop(signal.SIGKILL)
                self.kills += 1
            else:
                server.stop(signal.SIGTERM)
                self.leaked += len(list(self._temporary.rglob("*")))
            for thread in threads:
                thread.join()
            self.rounds += 1

    def _again(self, kind: Callable[[Server, random.Random], None], server: Server, rng: random.Random) -> None:
        while not self._over.is_set():
            try:
                kind(server, rng)
            except (requests.RequestException, OSError, WebSocketException) as error:
                if not self._over.is_set():
                    self.answers[f"{kind.__name__[1:]} {type(error).__name__}"] += 1

    def _note(self, kind: str, answer: requests.Response) -> None:
        self.answers[f"{kind} {answer.status_code}"] += 1
        if answer.status_code >= 500 and answer.status_code not in _SAID:
            self.unexpected.append(f"{kind} {answer.status_code} {answer.text[:200]}")

    def _content(self, whole: bytes, rng: random.Random) -> bytes:
        return whole if rng.random() < 0.5 else damaged(whole, np.random.default_rng(rng.randrange(1 << 30)))

    def _photos(self, server: Server, rng: random.Random) -> None:
        files = {"file": ("class.jpg", self._content(self._photo, rng))}
        options = {"format": rng.choice(["json", "csv", "picture"]), "anonymize": rng.choice(["true", "false"])}
        self._note("photos", requests.post(f"{server.address}api/photo", files=files, params=options, timeout=120))

    def _recordings(self, server: Server, rng: random.Random) -> None:
        files = {"file": ("lesson.mp4", self._content(self._film, rng))}
        sent = requests.post(f"{server.address}api/recordings", files=files, timeout=120)
        self._note("recordings", sent)
        if sent.status_code != 202:
            return
        place = server.address + sent.json()["links"]["self"][1:]
        while not self._over.is_set():
            asked = requests.get(place, timeout=120)
            self._note("recordings asked", asked)
            if asked.json().get("state") not in ("queued", "running") or rng.random() < 0.02:
                break
            time.sleep(0.2)
        if asked.json().get("state") == "done":
            self._note("results", requests.get(f"{place}/csv", timeout=120))
        self._note("deleted", requests.delete(place, timeout=120))

    def _live(self, server: Server, rng: random.Random) -> None:
        with connect(server.address.replace("http", "ws", 1) + "api/live", open_timeout=60) as lesson:
            lesson.recv(timeout=60)
            for _ in range(20):
                if self._over.is_set():
                    return
                lesson.send(
                    self._content(self._photo, rng)
                    if rng.random() < 0.9
                    else rng.choice(["", "{", "[]", '{"type": 5}'])
                )
                self.answers[f"live {json.loads(lesson.recv(timeout=60))['type']}"] += 1

    def _odd(self, server: Server, rng: random.Random) -> None:
        method = rng.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
        headers = {
            name: rng.choice(["", "x", "127.0.0.1", "null", "9" * 100])
            for name in rng.sample(("Origin", "Range", "Cookie", "X-Forwarded-Host"), 1)
        }
        content = rng.randbytes(rng.randrange(200))
        self._note(
            "odd",
            requests.request(
                method, server.address + rng.choice(_ODD_PATHS), headers=headers, data=content, timeout=60
            ),
        )

    def _silent(self, server: Server, rng: random.Random) -> None:
        host, port = server.address.removeprefix("http://").rstrip("/").split(":")
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=5) as one:
            one.sendall(rng.choice([b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n", rng.randbytes(100)]))
            self._over.wait(rng.uniform(0.1, 2.0))
            self.answers["silent"] += 1

    def figures(self) -> dict[str, Any]:
        """What happened."""
        return {
            "rounds": self.rounds,
            "killed": self.kills,
            "answers": dict(sorted(self.answers.items())),
            "tried": sum(self.answers.values()),
            "unexpected": self.unexpected[:20],
            "memory_mb_at_the_end_of_each_round": self.memory_mb,
        }


def _memory_mb(server: Server) -> float:
    if not os.path.isdir("/proc"):  # noqa: PTH112
        return 0.0
    lines = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 1)
