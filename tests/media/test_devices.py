"""Cameras and screens as each system names them; there is none of them here, so what FFmpeg would be asked for is looked at."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import av
import pytest

from aiducation.errors import DataFileError
from aiducation.media.devices import _device

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
    with pytest.raises(DataFileError, match=r"no camera number 2; there are 0 \(Integrated Camera\), 1 \(USB Camera\)"):
        _device("camera", 2)
    monkeypatch.setattr(av, "enumerate_input_devices", lambda kind: [], raising=False)
    with pytest.raises(DataFileError, match="there is none"):
        _device("camera", 0)
    monkeypatch.delattr(av, "enumerate_input_devices")
    with pytest.raises(DataFileError, match="PyAV 17"):
        _device("camera", 0)


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
