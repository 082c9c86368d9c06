"""What a camera showed is saved, however often Ctrl-C is pressed: nobody can record that lesson again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.batch.batch import analyze_all
from aiducation.batch.options import SaveOptions
from aiducation.exports.formats import write
from aiducation.media.inputs import Device, File
from aiducation.media.videos import Frame
from aiducation.vision.analyzer import Analyzer
from commands import RunCli


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Ctrl-C means what it means at a terminal: whoever runs tests in the background may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Camera:
    """Shows a second of nobody; then somebody presses Ctrl-C, or its plug is pulled."""

    notes, complete, decoding, pressed = (), True, {}, True  # type: ignore[var-annotated]

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        for k in range(3):
            yield Frame(k, k * 0.5, np.zeros((120, 160, 3), np.uint8))
        if self.pressed:
            press()
            yield Frame(3, 1.5, np.zeros((120, 160, 3), np.uint8))


@pytest.mark.parametrize("pressed", [True, False])
def test_an_impatient_second_press_loses_nothing(
    pressed: bool, samples: Path, tmp_path: Path, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*given: Any) -> list[Path]:
        for _ in range(3):
            press()
        return write(*given)

    monkeypatch.setattr("aiducation.media.devices.DeviceReader", Camera)
    monkeypatch.setattr(Camera, "pressed", pressed)
    monkeypatch.setattr("aiducation.batch.batch.write", impatient)
    before, told = signal.getsignal(signal.SIGINT), list[str]()
    inputs = [Device("camera", 0), File("photo", samples / "gallery.jpg")]
    [done] = analyze_all(analyzer, inputs, tmp_path, SaveOptions(formats=("json",)), note=told.append)
    assert done.files and done.files[0].name == "camera_0.json" and (tmp_path / "camera_0.json").is_file()
    assert done.stopped and done.complete and done.summary and done.summary.frames == 3
    assert any("is being saved" in line for line in told)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_once_more_while_the_last_words_are_said(
    samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that could be stopped is stopped then, and what the command says stays true."""

    def pressed(_: Path) -> None:
        press()

    def again(*_: Any) -> None:
        press()

    monkeypatch.setattr("aiducation.batch.batch.open_photo", pressed)
    monkeypatch.setattr("aiducation.batch.overview_file.write_overview", again)
    answer = run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path / "out")
    assert answer.code == 130 and answer.err.count("run the same command with --resume") == 1


def test_ctrl_c_before_the_analysis_begins(
    samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: Any, **__: Any) -> None:
        press()

    monkeypatch.setattr("aiducation.media.inputs.find_inputs", pressed)
    answer = run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path / "out")
    assert answer.code == 130 and "Stopped. Finished work is kept" in answer.err


def test_ctrl_c_before_the_first_picture_still_stops(
    tmp_path: Path, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(Camera):
        def __init__(self, *_: Any, **__: Any) -> None:
            press()

    monkeypatch.setattr("aiducation.media.devices.DeviceReader", Waiting)
    [done] = analyze_all(analyzer, [Device("camera", 0)], tmp_path, SaveOptions(formats=("json",)))
    assert done.stopped and not done.files
