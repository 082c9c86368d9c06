"""What the command, the server and ``--resume`` say of recordings that are cut or change while they are read."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.media.animations import is_jpeg_stream
from aiducation.vision import analyzer as analyzer_module
from commands import COULD_NOT, RunCli
from picture_makers import encoded
from video_makers import make_video

pytestmark = pytest.mark.hostile


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return make_video(tmp_path / "lesson.mkv", "mjpeg", stamps=range(100), rate=10)


def read(out: Path) -> dict[str, object]:
    return dict(json.loads((out / "lesson.json").read_text(encoding="utf-8")))


def check_said(out: Path, words: str) -> None:
    """The saved files say it, too."""
    saved = read(out)
    assert saved["complete"] is False
    assert words in str(saved["notes"])
    assert words in (out / "lesson.report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_cut_recording(lesson: Path, run_cli: RunCli, tmp_path: Path) -> None:
    """Its results are saved, the exit code is 1; ``--resume`` says the same, and analyzes the whole file once it is there."""
    out, whole = tmp_path / "out", lesson.read_bytes()
    lesson.write_bytes(whole[: len(whole) // 2])
    for more in ((), ("--resume",), ("--resume",)):
        answer = run_cli("analyze", lesson, "--out", out, *more)
        assert answer.code == COULD_NOT, answer.err
        assert "Traceback" not in answer.err and "The file breaks off (it has" in answer.err
        assert "Not analyzed to the end (the messages above say why): lesson.mkv." in answer.err
        check_said(out, "breaks off")
    as_json = json.loads(run_cli("analyze", lesson, "--out", out, "--resume", "--json").out)
    assert as_json["results"][0]["complete"] is False and "breaks off" in as_json["results"][0]["notes"][0]
    lesson.write_bytes(whole)
    answer = run_cli("analyze", lesson, "--out", out, "--resume", "--save", "json")
    assert answer.code == 0, answer.err
    names = sorted(path.name for path in out.glob("*.json"))
    assert any(json.loads((out / name).read_text(encoding="utf-8"))["complete"] for name in names)
    assert run_cli("analyze", lesson, "--out", out, "--resume", "--save", "json").code == 0


def test_others_are_analyzed_all_the_same(lesson: Path, run_cli: RunCli, tmp_path: Path) -> None:
    """A file that breaks off ends nothing but itself."""
    cut = tmp_path / "a cut one.mkv"
    cut.write_bytes(lesson.read_bytes()[:40_000])
    answer = run_cli("analyze", cut, lesson, "--out", tmp_path / "out", "--save", "json")
    assert answer.code == COULD_NOT
    assert read(tmp_path / "out")["complete"] is True
    assert "Stopped" not in answer.err


def changes(monkeypatch: pytest.MonkeyPatch, path: Path, change: object) -> None:
    """The file changes once when the first pictures were seen."""
    real, left = analyzer_module.give_memory_back, [change]

    def then() -> None:
        real()
        if left and path.exists():
            left.pop()(path)  # type: ignore[operator]

    monkeypatch.setattr(analyzer_module, "give_memory_back", then)


def test_cut_while_it_is_read(lesson: Path, run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, whole = tmp_path / "out", lesson.read_bytes()
    changes(monkeypatch, lesson, lambda path: os.truncate(path, 70_000))
    answer = run_cli("analyze", lesson, "--out", out, "--save", "json,report,video")
    assert answer.code == COULD_NOT, answer.err
    check_said(out, "became shorter while it was being read")
    assert not list(out.glob("*.part.jsonl"))  # what was seen of another file is nothing to go on with
    with av.open(str(out / "lesson.annotated.mp4")) as drawn:
        assert 0 < drawn.duration / 1e6 < 9
    lesson.write_bytes(whole)
    answer = run_cli("analyze", lesson, "--out", out, "--save", "json,report,video", "--resume")
    assert answer.code == 0, answer.err
    assert read(out)["complete"] is True


def test_earlier_whole_results_stay(
    lesson: Path, run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--force`` replaces them by whole ones alone, if the file is still the same."""
    out = tmp_path / "out"
    assert run_cli("analyze", lesson, "--out", out).code == 0
    before = (out / "lesson.json").read_bytes()
    changes(monkeypatch, lesson, lambda path: os.truncate(path, 70_000))
    answer = run_cli("analyze", lesson, "--out", out, "--force")
    assert answer.code == COULD_NOT
    assert "became shorter" in answer.err and "the earlier results, which are complete, were kept" in answer.err
    assert (out / "lesson.json").read_bytes() == before


def test_a_share_that_goes_away(lesson: Path, run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system cannot read any further is kept so far, with the reason."""
    real = os.pread

    def pread(number: int, size: int, at: int) -> bytes:
        if at > 60_000:
            raise OSError(errno.EIO, "Input/output error")
        return real(number, size, at)

    monkeypatch.setattr(os, "pread", pread)
    answer = run_cli("analyze", lesson, "--out", tmp_path / "out", "--save", "json,report")
    assert answer.code == COULD_NOT, answer.err
    check_said(tmp_path / "out", "it cannot be read any further: Input/output error")


@pytest.mark.parametrize("size", [600, 2000])
def test_a_stream_of_large_jpeg_pictures_is_found(size: int, tmp_path: Path) -> None:
    """Also where the first one is larger than what is read at first."""
    noise = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), "JPEG", quality=95)
    (tmp_path / "a").write_bytes(content * 3)
    assert is_jpeg_stream(tmp_path / "a")
    (tmp_path / "a").write_bytes(content)
    assert not is_jpeg_stream(tmp_path / "a")
    (tmp_path / "a").write_bytes(content + encoded(Image.fromarray(noise[: size // 2]), "JPEG"))
    assert not is_jpeg_stream(tmp_path / "a")
