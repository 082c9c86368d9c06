"""The command line, killed while it analyzes a recording: with --resume nothing is lost, and nothing stays behind."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from aiducation.media import samples
from film import repeated

#: What stays in a folder of results when a command has ended well.
_KEPT = ("results.jsonl", "index.html", "lesson")


class KilledCommands:
    """Analyzes one recording again and again, each time killed some times before it may end.

    Args:
        place: a folder for recordings and results.
        rng: decides when it is killed.

    Attributes:
        lost: results that differ from the undisturbed one.
        leaked: files that stayed and are no result.
    """

    def __init__(self, place: Path, rng: random.Random) -> None:
        self._place, self._rng = place, rng
        self.lost = self.leaked = self.kills = self.ended = 0
        self.wrong: list[str] = []

    def run(self, end: float) -> None:
        """Go on until that time on the monotonic clock."""
        pictures = [samples.gallery(3, 3, width=640, height=360, shift=i / 10) for i in range(4)]
        film = repeated(self._place / "lesson.mp4", pictures, seconds=120, rate=5)
        whole = self._start(film, self._place / "whole")
        whole.wait()
        known, number = _seen(self._place / "whole"), 0
        while time.monotonic() < end:
            out = self._place / f"out{number}"
            for _ in range(self._rng.randrange(1, 4)):
                process = self._start(film, out)
                try:
                    process.wait(timeout=self._rng.uniform(0.5, 8.0))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    self.kills += 1
            process = self._start(film, out)
            error = process.communicate()[1]
            if process.returncode or _seen(out) != known:
                self.lost += 1
                self.wrong.append(error[-500:])
            left = [path.name for path in out.iterdir() if not path.name.startswith(_KEPT)]
            self.leaked += len(left)
            self.wrong += left
            self.ended += 1
            number += 1

    def _start(self, film: Path, out: Path) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "aiducation",
            "analyze",
            str(film),
            "--out",
            str(out),
            "--resume",
            "--save",
            "json,csv,video",
        ]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def figures(self) -> dict[str, Any]:
        """What happened."""
        return {"killed": self.kills, "taken_up_to_the_end": self.ended, "wrong": self.wrong[:20]}


def _seen(out: Path) -> list[Any]:
    """What a result says of each face, but for the tracks' numbers, which are drawn anew each time."""
    files = list(out.glob("lesson*.json"))
    if not files:
        return []
    faces: list[dict[str, Any]] = json.loads(files[0].read_text(encoding="utf-8"))["faces"]
    return [{name: value for name, value in face.items() if name != "track_id"} for face in faces]
