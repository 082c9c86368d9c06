"""Bad and odd videos: each gets an answer or one clear sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.vision.analyzer import Analyzer
from film import repeated
from waiting import PATIENCE_S

Write = Callable[[Path], None]


def video(
    path: Path,
    meeting: np.ndarray,
    *,
    codec: str = "libx264",
    stamps: list[int] | None = None,
    rate: int = 10,
    mux: dict[str, str] | None = None,
    title: str = "",
    sizes: tuple[tuple[int, int], ...] = ((320, 180),),
) -> None:
    """A video of the sample meeting, with time stamps in tenths of a second."""
    stamps = list(range(30)) if stamps is None else stamps
    with av.open(str(path), "w", options=mux or {}) as container:
        container.metadata["title"] = title
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, rate)
        for stamp in stamps:
            moved = np.roll(meeting, stamp % 7, axis=1)
            frame = av.VideoFrame.from_ndarray(moved, format="rgb24").reformat(*sizes[0])
            frame.pts, frame.time_base = stamp, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(4096))
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def times_of(path: Path, every_s: float | None = None) -> list[float]:
    with VideoReader(path) as reader:
        return [round(frame.time_s, 3) for frame in reader.frames(every_s)]


def test_a_file_that_breaks_off_says_so(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    path = tmp_path / "a.mp4"
    video(path, meeting, mux={"movflags": "faststart"})
    assert analyzer.video(path, every_s=1).notes == ()
    whole = path.read_bytes()
    for missing in range(1, 400, 80):
        path.write_bytes(whole[:-missing])
        recording = analyzer.video(path, every_s=1)
        assert not recording.complete and f"({len(whole) - missing:,} of at least {len(whole):,} bytes" in str(
            recording.notes
        ).replace("it has ", "")


def test_a_title_that_is_no_utf_8(tmp_path: Path, meeting: np.ndarray) -> None:
    video(tmp_path / "a.mp4", meeting, title="lesson \u00e9\u00e9")
    whole, utf_8 = (tmp_path / "a.mp4").read_bytes(), "\u00e9\u00e9".encode()
    assert utf_8 in whole
    (tmp_path / "a.mp4").write_bytes(whole.replace(utf_8, b"\xe9" * len(utf_8)))
    assert times_of(tmp_path / "a.mp4", 1.0) == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "codec", "every_s"),
    [
        ("plain.mp4", "libx264", 0.5),
        ("mpeg4.avi", "mpeg4", 0.5),
        ("pictures.avi", "mjpeg", 0.5),
        ("vp9.webm", "libvpx-vp9", 0.5),
        ("matroska.mkv", "libx264", 0.5),
        ("quick.mov", "libx264", 0.1),
        ("stream.ts", "mpeg2video", 0.5),
        ("no ending", "libx264", 0.5),
    ],
)
def test_containers_and_codecs(
    name: str, codec: str, every_s: float, tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer
) -> None:
    made = tmp_path / (name if "." in name else "made.mp4")
    video(made, meeting, codec=codec, rate=25 if "ts" in name else 10, stamps=list(range(75 if "ts" in name else 30)))
    path = made.rename(tmp_path / name)
    recording = analyzer.video(path, every_s=every_s)
    assert len(recording) in range(5, 7) if every_s == 0.5 else len(recording) == 30
    assert all(len(faces) >= 3 for faces in recording.frames)
    assert recording.complete and not recording.notes


def test_variable_frame_rate_keeps_the_true_times(tmp_path: Path, meeting: np.ndarray) -> None:
    stamps = [0, 1, 2, 50, 51, 120, 300]
    video(tmp_path / "gaps.mkv", meeting, stamps=stamps)
    assert times_of(tmp_path / "gaps.mkv") == [stamp / 10 for stamp in stamps]
    assert times_of(tmp_path / "gaps.mkv", every_s=5.0) == [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]


def test_a_video_that_starts_late_starts_at_zero(tmp_path: Path, meeting: np.ndarray) -> None:
    video(tmp_path / "late.mkv", meeting, stamps=[500, 510, 520])
    assert times_of(tmp_path / "late.mkv") == [0.0, 1.0, 2.0]


def test_without_duration(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    """A live stream's file knows no duration and no index; its packets do."""
    video(tmp_path / "live.mkv", meeting, mux={"live": "1"})
    with av.open(str(tmp_path / "live.mkv")) as container:
        assert container.duration is None
    with VideoReader(tmp_path / "live.mkv") as reader:
        assert reader.duration_s == pytest.approx(3.0, abs=0.1)
    assert len(analyzer.video(tmp_path / "live.mkv")) >= 5


def test_raw_stream_without_time_stamps(tmp_path: Path, meeting: np.ndarray) -> None:
    video(tmp_path / "raw.h264", meeting)
    times = times_of(tmp_path / "raw.h264")
    assert len(times) >= 25 and times == sorted(times) and len(set(times)) == len(times)


def test_a_phone_held_upright(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    """The pixels lie on their side and the file says so."""
    lying = np.ascontiguousarray(np.rot90(meeting))
    plain, turned = tmp_path / "lying.mp4", tmp_path / "turned.mp4"
    video(plain, lying, sizes=((180, 320),))
    content = plain.read_bytes()
    one, zero = (1 << 16).to_bytes(4, "big"), bytes(4)
    upright = one + zero + zero + zero + one + zero + zero + zero + (1 << 30).to_bytes(4, "big")
    clockwise = (
        zero + one + zero + (-(1 << 16)).to_bytes(4, "big", signed=True) + zero * 4 + (1 << 30).to_bytes(4, "big")
    )
    track = content.index(b"tkhd")
    at = content.index(upright, track)
    turned.write_bytes(content[:at] + clockwise + content[at + len(upright) :])
    recording = analyzer.video(turned)
    assert (recording.width, recording.height) == (320, 180)
    assert all(len(faces) >= 3 for faces in recording.frames)


def test_a_size_that_changes(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    """Transport streams may be joined: the second half has another size."""
    video(tmp_path / "a.ts", meeting, codec="mpeg2video", rate=25, stamps=list(range(50)))
    video(tmp_path / "b.ts", meeting, codec="mpeg2video", rate=25, stamps=list(range(50, 100)), sizes=((640, 360),))
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    recording = analyzer.video(joined)
    assert {(f.width, f.height) for f in recording.frames} == {(recording.width, recording.height)} == {(640, 360)}
    assert len(recording.notes) == 1 and "320 x 180, 640 x 360" in recording.notes[0]


@pytest.mark.parametrize("kept", [0.95, 0.8, 0.7])
def test_cut_short(kept: float, tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    video(tmp_path / "whole.mkv", meeting, stamps=list(range(100)))
    content = (tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: int(len(content) * kept)])
    recording = analyzer.video(tmp_path / "cut.mkv")
    assert 1 <= len(recording) <= 20


def test_damaged_in_the_middle(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    """What comes after the damage is still seen, and the damage is named."""
    path = tmp_path / "noise.avi"
    video(path, meeting, codec="mpeg4", stamps=list(range(100)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = np.random.default_rng(0).bytes(600)
    path.write_bytes(content)
    recording = analyzer.video(path)
    assert recording.times[-1] > 8


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("sound.m4a", sound, "no pictures, only sound"),
        ("sound.mp4", sound, "no pictures, only sound"),
        ("text.mp4", lambda path: path.write_text("a lesson"), "not a video"),
        ("head.mp4", lambda path: path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(40)), "not a video|no pictures"),
        ("empty.mkv", lambda path: path.write_bytes(b""), "is empty"),
        ("folder.mp4", lambda path: path.mkdir(), "is a folder"),
        ("pipe.mp4", os.mkfifo, "device or a pipe"),
        ("missing.mp4", lambda path: None, "There is no file"),
    ],
)
def test_refused(name: str, write: Write, words: str, tmp_path: Path, analyzer: Analyzer) -> None:
    write(tmp_path / name)
    with pytest.raises(DataFileError, match=words) as error:
        analyzer.video(tmp_path / name)
    assert name in str(error.value)


def test_no_frame_at_all(tmp_path: Path, meeting: np.ndarray, analyzer: Analyzer) -> None:
    """The head of a file says what would come; nothing comes."""
    video(tmp_path / "whole.mkv", meeting)
    content = (tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "head.mkv").write_bytes(content[: content.index(b"\x1f\x43\xb6\x75")])  # where the first cluster begins
    with pytest.raises(DataFileError, match=r"no frame that can be decoded|is not a video"):
        analyzer.video(tmp_path / "head.mkv")


@pytest.fixture
def lesson(tmp_path: Path, meeting: np.ndarray) -> Path:
    """Ten minutes, so that there is time to stop in the middle."""
    return repeated(tmp_path / "lesson.mp4", [np.ascontiguousarray(meeting[::2, ::2])], seconds=600, rate=2)


#: The command line, which says when it has written down twenty pictures, and stands still.
STANDS_STILL = """
import sys
from aiducation import cli
from aiducation.batch.recording_checkpoint import RecordingCheckpoint

add, added = RecordingCheckpoint.add, []

def still(checkpoint, faces):
    add(checkpoint, faces)
    added.append(faces)
    if len(added) == 20:
        print("inside", flush=True)
        sys.stdin.read()

RecordingCheckpoint.add = still
cli.main()
"""


@pytest.fixture
def running(lesson: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command at work on the lesson, past its first frames."""
    command = [sys.executable, "-c", STANDS_STILL, "analyze", str(lesson), "--out", str(tmp_path / "out")]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stderr=pipe, stdout=pipe, text=True)
    try:
        assert process.stdout and process.stdout.readline() == "inside\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_ctrl_c_saves_what_was_seen(running: subprocess.Popen[str], tmp_path: Path) -> None:
    running.send_signal(signal.SIGINT)
    _, words = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130, words
    assert "the same command with --resume to continue" in words
    saved = (tmp_path / "out" / "lesson.json").read_text(encoding="utf-8")
    assert '"complete": false' in saved
    assert "stopped before the end" in (tmp_path / "out" / "lesson.report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_killed_leaves_no_half_result(running: subprocess.Popen[str], tmp_path: Path) -> None:
    running.kill()
    running.wait(timeout=PATIENCE_S)
    out = tmp_path / "out"
    assert (out / "lesson.part.jsonl").exists()
    assert not [f for f in out.iterdir() if f.suffix in (".json", ".csv", ".html", ".mp4")]


@pytest.mark.parametrize("rate", [2, 5, 10, 25, 30])
def test_samples_come_as_often_as_asked_whatever_the_frame_rate(rate: int, tmp_path: Path, meeting: np.ndarray) -> None:
    """Screen recordings have few frames a second; to pass over three of four would be too many."""
    with VideoWriter(tmp_path / "screen.mp4", 320, 180) as writer:
        for i in range(12 * rate):
            writer.write(np.roll(meeting[::2, ::2], i, axis=1), i / rate)
    with VideoReader(tmp_path / "screen.mp4") as reader:
        times = [frame.time_s for frame in reader.frames(0.5)]
    assert len(times) == 24
    assert all(0 <= time_s - 0.5 * k < 0.21 for k, time_s in enumerate(times))
