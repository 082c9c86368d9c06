"""Cameras by name. There is none here, so what the system lists is made up, and what FFmpeg would be asked for is looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import av
import pytest

from aiducation.errors import DataFileError
from aiducation.media import cameras as module
from aiducation.media.cameras import Camera, camera_named, cameras
from aiducation.media.devices import DeviceReader
from aiducation.media.inputs import Device, find_inputs
from commands import COULD_NOT, RunCli
from needs import LINUX

LISTED = [Camera(0, "Integrated Camera: Integrated C"), Camera(2, "USB Camera"), Camera(4, "OBS Virtual Camera")]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as Linux lists cameras in; the files in /dev are missing here, so each counts as one that gives pictures."""
    for camera in LISTED:
        (tmp_path / f"video{camera.number + 200}").mkdir()
        (tmp_path / f"video{camera.number + 200}" / "name").write_text(f"{camera.name}\n", encoding="utf-8")
    monkeypatch.setattr(module, "_LISTED", tmp_path)
    return tmp_path


@LINUX.mark()
def test_cameras_are_listed_by_number(listed: Path) -> None:
    assert cameras() == [Camera(one.number + 200, one.name) for one in LISTED]


@LINUX.mark()
def test_a_part_of_the_name_chooses_one(listed: Path) -> None:
    assert camera_named("obs").number == 204 and camera_named("USB camera").number == 202
    with pytest.raises(DataFileError, match=r"3 cameras are called 'camera'\. There are: camera:200 \(Integrated"):
        camera_named("camera")
    with pytest.raises(DataFileError, match="There is no camera called 'microscope'"):
        camera_named("microscope")


def test_a_camera_is_named_on_the_command_line() -> None:
    names = ["camera:2", "camera:", "camera:OBS Virtual Camera", "camera:usb"]
    found = [find_inputs([name])[0] for name in names]
    assert found == [
        *(Device("camera", 2), Device("camera", 0)),
        *(Device("camera", label="OBS Virtual Camera"), Device("camera", label="usb")),
    ]
    assert [one.name for one in found] == ["camera:2", "camera:0", "camera:OBS Virtual Camera", "camera:usb"]


@LINUX.mark()
def test_a_camera_is_asked_for_large_coded_pictures_first(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def refuse(name: str, *, format: str, options: dict[str, str], **_: Any) -> Any:
        asked.append((name, options))
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(DataFileError, match="may not be used"):
        next(DeviceReader("camera", 0, 0.5, label="obs").frames())
    assert asked == [
        ("/dev/video204", {"input_format": "mjpeg", "video_size": "1920x1080"}),
        ("/dev/video204", {"video_size": "1280x720"}),
        ("/dev/video204", {}),
    ]


@LINUX.mark()
def test_the_command_lists_them(listed: Path, run_cli: RunCli) -> None:
    answer = run_cli("devices")
    assert answer.code == 0 and "camera:204  OBS Virtual Camera" in answer.out
    found = json.loads(run_cli("devices", "--json").out)
    assert found["cameras"][1] == {"input": "camera:202", "name": "USB Camera"}
    for path in listed.iterdir():
        (path / "name").unlink()
        path.rmdir()
    none = run_cli("devices")
    assert none.code == 0 and "camera:" not in none.out and "no camera" in none.err


@LINUX.mark()
def test_a_camera_that_is_not_there(listed: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", "camera:microscope", "--out", tmp_path / "out")
    assert answer.code == COULD_NOT and "camera:202 (USB Camera)" in answer.err


def test_windows_and_macos_list_by_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    asked: list[str] = []
    one = SimpleNamespace(name="0", description="FaceTime HD Camera", media_types=["video"])

    def listing(kind: str) -> list[Any]:
        asked.append(kind)
        return [one, SimpleNamespace(name="1", description="Microphone", media_types=["audio"])]

    monkeypatch.setattr(av, "enumerate_input_devices", listing, raising=False)
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        assert cameras() == [Camera(0, "FaceTime HD Camera")]
    assert asked == ["avfoundation", "dshow"]
