#!/usr/bin/env bash
# Believed: aiortc's MediaRecorder writes the sound and the pictures of a call into one file, each from the time on at which it came.
# Happens: where the first picture comes 0.3 s after the first sound, as cameras do, the recorder's task for pictures ends with a RuntimeError
#   that nobody sees ("Cannot change width after codec is open"): the file has sound alone, and stop() says nothing. Where the sound comes three
#   seconds after the pictures, both begin at 0 in the file: all that is said is three seconds early.
# Matters: a lesson recorded so has no faces, or words of another moment than the faces that go with them, and the file opens without an error.
#   Only a look into each file tells. Recordings are read here by a player's clock, which cannot mend what was written with wrong times.
# Date: 2026-11-30. Source: run here (aiortc 1.16.0 with PyAV 18.1.0); its documentation of MediaRecorder names neither.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aiortc==1.16.0 av==18.1.0 numpy==2.3.5
venv/bin/python - 2> log.txt <<'PY'
import asyncio
from importlib.metadata import version

import av
from aiortc import AudioStreamTrack, VideoStreamTrack
from aiortc.contrib.media import MediaRecorder


def late(kind, until):
    """A microphone or a camera that waits before it begins."""

    class Late(kind):
        begun = False

        async def recv(self):
            if not self.begun:
                await until.wait()
                self.begun = True
            came.setdefault(self.kind, asyncio.get_running_loop().time())
            counts[self.kind] = counts.get(self.kind, 0) + 1
            return await super().recv()

    return Late()


async def recorded(name, first, second, wait_s):
    """What a recording has if the second one begins so many seconds of media after the first one."""
    came.clear()
    counts.clear()
    at_once, later = asyncio.Event(), asyncio.Event()
    at_once.set()
    recorder = MediaRecorder(name)
    recorder.addTrack(late(first, at_once))
    recorder.addTrack(late(second, later))
    await recorder.start()
    per_s = {"audio": 50, "video": 30}  # frames that aiortc's tracks give a second
    one, other = first().kind, second().kind
    while counts.get(one, 0) < wait_s * per_s[one]:
        await asyncio.sleep(0.01)
    later.set()
    goal = counts[one] + 2 * per_s[one]
    while counts[one] < goal or not counts.get(other):
        await asyncio.sleep(0.01)
    await recorder.stop()
    with av.open(name) as file:
        return {one.type: round(float(one.start_time * one.time_base), 1) for one in file.streams}, came[other] - came[one]


came, counts = {}, {}
print("aiortc", version("aiortc"), "PyAV", version("av"))
camera_late, _ = asyncio.run(recorded("camera.mp4", AudioStreamTrack, VideoStreamTrack, 0.3))
print("the camera begins 0.3 s after the sound; the file has, from these seconds on:", camera_late)
assert camera_late == {"audio": 0.0}, "the behaviour has changed"
sound_late, after = asyncio.run(recorded("sound.mp4", VideoStreamTrack, AudioStreamTrack, 3))
print(f"the sound begins {after:.0f} s after the camera; the file has, from these seconds on:", sound_late)
assert after > 2.5 and sound_late == {"audio": 0.0, "video": 0.0}, "the behaviour has changed"
PY
