"""Live pictures: a camera or the screen, always the newest frame; late ones are dropped, never queued."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from aiducation.errors import DataFileError
from aiducation.media.cameras import camera_named, listed_cameras
from aiducation.media.file_faults import clock_words
from aiducation.media.video_pictures import BT601, picture_of
from aiducation.media.videos import Frame

#: Seconds without a picture after which a camera counts as gone.
_PATIENCE_S = 10.0

#: What a camera on Linux is asked for, one after the other until it gives it. Over USB only coded pictures come in this size
#: several times a second; a camera that has no such size gives its nearest; a virtual one gives what it has.
_V4L2: tuple[dict[str, str], ...] = (
    {"input_format": "mjpeg", "video_size": "1920x1080"},
    {"video_size": "1280x720"},
    {},
)

#: Pictures a second of a screen.
_SCREEN_RATE = {"framerate": "10"}


class DeviceReader:
    """Reads a camera or a screen. It offers what ``StreamReader`` offers.

    Args:
        kind: "camera" or "screen".
        number: which one, from 0.
        every_s: seconds between two pictures at least.
        label: the name, or a part of it, by which a camera is chosen instead.

    Attributes:
        complete: always: nothing says how long a device gives pictures.
        notes: what a reader of the results should know, one sentence each; known after the last picture.
        decoding: nothing is known of it.
    """

    def __init__(self, kind: str, number: int, every_s: float, *, label: str = "") -> None:
        self._kind, self._number, self._every_s, self._label = kind, number, every_s, label
        self.complete, self.notes = True, tuple[str, ...]()
        self.decoding: dict[str, Any] = {}

    def frames(self) -> Iterator[Frame]:
        """The newest picture each time, with seconds since the first one, until the caller stops or the device is gone. Call it
        once.

        Raises:
            DataFileError: there is no such device, it may not be used, or it gives no picture.
        """
        number = camera_named(self._label).number if self._label else self._number
        newest = _Newest(_open(self._kind, number, *_device(self._kind, number)))
        start, index, last_s = 0.0, 0, 0.0
        try:
            while (image := newest.wait()) is not None:
                taken = time.monotonic()
                start = start if index else taken  # a camera may need seconds before its first picture
                last_s = taken - start
                yield Frame(index, last_s, image)
                index += 1
                time.sleep(max(0.0, self._every_s - (time.monotonic() - taken)))
        finally:
            newest.stop()
        if not index:
            device = f"{self._kind}:{number}"
            raise DataFileError(
                f"No picture came from {device}: another program may be using it. Close that program, then try again."
            )
        self.notes = (f"No more pictures came after {clock_words(last_s)}: the recording ends there.",)


class _Newest:
    """Reads pictures in a thread of its own and keeps the last one alone."""

    def __init__(self, container: Any) -> None:
        self._container, self._stream = container, container.streams.video[0]
        self._new = threading.Condition()
        self._picture: Any = None
        self._over = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        import av

        try:
            for picture in self._container.decode(video=0):
                with self._new:
                    self._picture = picture
                    self._new.notify()
                    if self._over:
                        return
        except (av.error.FFmpegError, OSError, ValueError):
            pass  # the device is gone: the reader hears of it by the end of the pictures
        with self._new:
            self._over = True
            self._new.notify()

    def wait(self) -> np.ndarray | None:
        """The newest picture that was not given yet; None when there will be no more."""
        with self._new:
            self._new.wait_for(lambda: self._picture is not None or self._over, timeout=_PATIENCE_S)
            picture, self._picture = self._picture, None
        return None if picture is None else picture_of(picture, self._stream, untagged_hd=BT601)

    def stop(self) -> None:
        with self._new:
            self._over = True
        self._thread.join(timeout=2)
        if (
            not self._thread.is_alive()
        ):  # one that still waits for the device would read from freed memory, which ends the process
            self._container.close()


def _device(kind: str, number: int) -> tuple[str, str, dict[str, str]]:
    """Name, format and options that FFmpeg knows the device by on this system.

    Source: FFmpeg's documentation of avfoundation, dshow, gdigrab, v4l2 and x11grab.

    Raises:
        DataFileError: there is none.
    """
    camera = kind == "camera"
    if sys.platform == "darwin":
        return (f"{number}:none" if camera else f"Capture screen {number}:none"), "avfoundation", {"framerate": "30"}
    if sys.platform == "win32":
        return (_windows_camera(number), "dshow", {}) if camera else (_windows_screen(number), "gdigrab", _SCREEN_RATE)
    return (f"/dev/video{number}", "v4l2", {}) if camera else (_x_screen(number), "x11grab", _SCREEN_RATE)


def _windows_camera(number: int) -> str:
    """DirectShow knows cameras by name alone, so they are listed and counted."""
    cameras = listed_cameras("dshow")
    if number >= len(cameras):
        listed = ", ".join(f"{i} ({one.description})" for i, one in enumerate(cameras))
        others = f"There are: {listed}." if cameras else "This machine has none."
        raise DataFileError(" ".join([f"There is no camera number {number}.", others]))
    return f"video={cameras[number].name}"


def _windows_screen(number: int) -> str:
    if number:
        raise DataFileError(f"There is no screen number {number}: on Windows screen:0 shows all monitors side by side.")
    return "desktop"


def _x_screen(number: int) -> str:
    """X puts monitors side by side on one screen as a rule; ":0.1" is the second screen of a display, where it has one."""
    display = os.environ.get("DISPLAY")
    if not display:
        raise DataFileError("There is no screen: DISPLAY names no X server (Wayland alone cannot be recorded).")
    return re.sub(r"(:\d+)\.\d+$", r"\1", display) + f".{number}" if number else display


def _open(kind: str, number: int, name: str, format_: str, options: dict[str, str]) -> Any:
    import av

    wishes = _V4L2 if format_ == "v4l2" else (options,)
    for last, wish in enumerate(wishes, 1):
        try:
            return av.open(name, format=format_, options=dict(wish))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            if last == len(wishes):
                raise _missing(kind, number, error) from error
    raise AssertionError("there is always a last wish")


def _missing(kind: str, number: int, error: Exception) -> DataFileError:
    reason = getattr(error, "strerror", None) or error
    return DataFileError(f"There is no {kind} number {number}, or it may not be used ({reason}).")
