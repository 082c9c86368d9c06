"""The screen as a source: a real X server that shows a meeting."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aiducation.media.samples import gallery
from needs import LINUX, SCREEN
from waiting import PATIENCE_S, until


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[str]:
    """A display of 1280x720 pixels that shows nine tiles of one face."""
    SCREEN.check()
    # It says which number was free. A display begins anew, with an empty screen, when its last client goes, unless told not to.
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-fbdir", str(tmp_path), "-noreset"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout
    number, memory = server.stdout.readline().strip(), tmp_path / "Xvfb_screen0"
    until(
        lambda: memory.exists() and memory.stat().st_size > 1280 * 720 * 4 and _answers(number)
    )  # by then it is cleared
    _show(memory, gallery(3, 3))
    yield f":{number}"
    server.terminate()
    server.wait(timeout=PATIENCE_S)


def _answers(number: str) -> bool:
    """Whether the server of a display greets a client: version 11 of the protocol, without a password."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(f"/tmp/.X11-unix/X{number}")
            client.sendall(b"l\0\x0b\0" + bytes(8))
            return client.recv(1) == b"\x01"
        except OSError:
            return False


def _show(memory: Path, image: np.ndarray) -> None:
    """Write a picture into the screen's memory: an X window dump, blue first, four bytes a pixel."""
    with memory.open("r+b") as file:
        head = struct.unpack(">25I", file.read(100))
        file.seek(head[0] + 12 * head[19])  # after the header and its colours
        file.write(np.pad(image[..., ::-1], ((0, 0), (0, 0), (0, 1))).tobytes())


@pytest.mark.slow
def test_a_shared_screen_until_ctrl_c(screen: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "aiducation", "analyze", "screen:", "--out", str(out), "--save", "json,csv,video"]
    environment = {
        **os.environ,
        "DISPLAY": screen,
        "FORCE_COLOR": "1",
        "TERM": "xterm",
    }  # so that it says how far it is
    looking = subprocess.Popen([*command, "--every", "0.25"], env=environment, stderr=subprocess.PIPE)
    shown = b""
    while len(set(re.findall(rb"screen:0 (\d+) s", shown))) < 3:  # three different seconds: three pictures at least
        more = os.read(looking.stderr.fileno(), 4096)  # type: ignore[union-attr]
        assert more, shown
        shown += more
    looking.send_signal(signal.SIGINT)
    _, words = looking.communicate(timeout=PATIENCE_S)
    assert looking.returncode == 0, words
    seen = json.loads((out / "screen_0.json").read_text(encoding="utf-8"))
    assert (seen["source"], seen["width"], seen["height"]) == ("screen:0", 1280, 720)
    assert len(seen["times_s"]) >= 3 and len(seen["faces"]) == 9 * len(seen["times_s"])
    assert (out / "screen_0.annotated.mp4").stat().st_size > 10_000


@LINUX.mark()
def test_no_screen_is_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "DISPLAY": ":86"}
    command = [sys.executable, "-m", "aiducation", "analyze", "screen:", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "There is no screen number 0" in done.stderr and "Traceback" not in done.stderr
