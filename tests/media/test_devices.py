"""Cameras and screens as each system names them; there is none of them here, so what FFmpeg would be asked for is looked at."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media import devices
from aiducation.media.devices import DeviceReader, _device
from video_makers import make_video

CAMERAS = [
    SimpleNamespace(name="@device_pnp_0", description="Integrated Camera", media_types=["video"]),
    SimpleNamespace(name="@device_cm_0", description="Microphone", media_types=["audio"]),
    SimpleNamespace(name="@device_pnp_1", description="USB Camera", media_types=["video", "audio"]),
]


def test_windows_cameras_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(av, "enumerate_input_devices", lambda kind: CAMERAS, raising=False)
    assert [_device("camera", i)[:2] for i in (0, 1)] == [
        ("video=@device_pnp_0", "dshow"),
        ("video=@device_pnp_1", "dshow"),
    ]
    with pytest.raises(
        DataFileError, match=r"no camera number 2\. There are: 0 \(Integrated Camera\), 1 \(USB Camera\)"
    ):
        _device("camera", 2)
    monkeypatch.setattr(av, "enumerate_input_devices", lambda kind: [], raising=False)
    with pytest.raises(DataFileError, match="This machine has none"):
        _device("camera", 0)
    monkeypatch.delattr(av, "enumerate_input_devices")
    with pytest.raises(DataFileError, match="PyAV 17"):
        _device("camera", 0)


def test_a_device_that_gives_no_more_pictures_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file stands for it: what ends, ends as a camera does that is unplugged."""
    make_video(tmp_path / "camera.mp4", "libx264", stamps=range(3))
    monkeypatch.setattr(devices, "_device", lambda kind, number: (str(tmp_path / "camera.mp4"), "mp4", {}))
    reader = DeviceReader("camera", 0, 0.001)
    frames = list(reader.frames())
    assert frames and reader.notes[0].startswith("No more pictures came after ")
    stopped = DeviceReader("camera", 0, 0.001)
    pictures = stopped.frames()
    next(pictures)
    pictures.close()
    assert stopped.notes == ()


def test_a_device_without_any_picture_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_video(tmp_path / "camera.mp4", "libx264", stamps=range(3))
    monkeypatch.setattr(devices, "_device", lambda kind, number: (str(tmp_path / "camera.mp4"), "mp4", {}))
    monkeypatch.setattr(devices._Newest, "wait", lambda self: None)
    with pytest.raises(DataFileError, match="No picture came from screen:1"):
        list(DeviceReader("screen", 1, 0.5).frames())


def test_times_begin_with_the_first_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """However long a camera needs until it gives one."""
    make_video(tmp_path / "camera.mp4", "libx264", stamps=range(3))
    monkeypatch.setattr(devices, "_device", lambda kind, number: (str(tmp_path / "camera.mp4"), "mp4", {}))
    now_s = [100.0]
    monkeypatch.setattr(devices.time, "monotonic", lambda: now_s[0])
    pictures = iter((3.0, 0.5, 0.5))

    def wait(self: devices._Newest) -> np.ndarray | None:
        passed_s = next(pictures, None)
        now_s[0] += passed_s or 0.0
        return None if passed_s is None else np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(devices._Newest, "wait", wait)
    monkeypatch.setattr(devices._Newest, "stop", lambda self: None)
    assert [frame.time_s for frame in DeviceReader("camera", 0, 0.0).frames()] == [0.0, 0.5, 1.0]


def test_windows_has_one_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert _device("screen", 0)[:2] == ("desktop", "gdigrab")
    with pytest.raises(DataFileError, match="screen:0 shows all monitors"):
        _device("screen", 1)


def test_macos_counts_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert _device("camera", 1)[:2] == ("1:none", "avfoundation")
    assert _device("screen", 1)[:2] == ("Capture screen 1:none", "avfoundation")


@pytest.mark.parametrize(
    ("display", "number", "name"),
    [(":0", 0, ":0"), (":0.0", 1, ":0.1"), ("far.away:10.0", 2, "far.away:10.2"), (":1.1", 0, ":1.1")],
)
def test_screens_of_x(display: str, number: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    assert _device("screen", number)[:2] == (name, "x11grab")
    assert _device("camera", 3)[:2] == ("/dev/video3", "v4l2")


def test_no_x_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DataFileError, match="DISPLAY names no X server"):
        _device("screen", 0)
