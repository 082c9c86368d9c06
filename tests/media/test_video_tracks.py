"""Recordings with several video tracks, and sound with a cover."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.batch.batch import SaveOptions
from aiducation.errors import ConfigError, DataFileError
from aiducation.media.videos import VideoReader
from aiducation.vision.analyzer import Analyzer
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused


def slides(meeting: np.ndarray) -> np.ndarray:
    """A picture of the meeting's size without a face."""
    picture = np.full_like(meeting, 250)
    picture[60:300:40, 80:500] = 40
    return picture


def two_tracks(path: Path, *pictures: np.ndarray) -> Path:
    """Four seconds with a video track for each picture."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=10, options={"preset": "veryfast"}) for _ in pictures]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for stamp in range(40):
            for stream, picture in zip(streams, pictures, strict=True):
                moved = np.ascontiguousarray(np.roll(picture[::2, ::2], stamp % 5, axis=1))
                frame = av.VideoFrame.from_ndarray(moved, format="rgb24")
                frame.pts, frame.time_base = stamp, Fraction(1, 10)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


def cover(path: Path) -> Path:
    """A second of silence with a cover picture, as podcasts and audio books have it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(out, "JPEG")
    with av.open(io.BytesIO(out.getvalue()), format="jpeg_pipe") as first, av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        picture = container.add_stream_from_template(first.streams.video[0])
        picture.disposition = av.stream.Disposition.attached_pic
        for start in range(0, 16_000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
            container.mux(sound.encode(frame))
        packet = av.Packet(out.getvalue())
        packet.stream, packet.pts, packet.dts, packet.time_base = picture, 0, 0, Fraction(1, 16_000)
        container.mux(packet)
        container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("first", ["slides", "camera"])
@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts"])
def test_the_track_with_faces(first: str, ending: str, meeting: np.ndarray, tmp_path: Path, analyzer: Analyzer) -> None:
    pictures = [slides(meeting), meeting] if first == "slides" else [meeting, slides(meeting)]
    path, wanted = two_tracks(tmp_path / f"a.{ending}", *pictures), int(first == "slides")
    recording = analyzer.video(path)
    assert all(len(faces) >= 3 for faces in recording.frames) and recording.decoding["track"] == wanted
    (note,) = recording.notes
    assert f"2 video tracks; track {wanted}, counted from 0, was analyzed, which shows the most faces" in note


def test_a_track_that_cannot_be_read_is_not_chosen(meeting: np.ndarray, tmp_path: Path, analyzer: Analyzer) -> None:
    path = two_tracks(tmp_path / "a.mkv", slides(meeting), meeting)
    content, codec = path.read_bytes(), b"V_MPEG4/ISO/AVC"
    assert content.count(codec) == 2
    path.write_bytes(content.replace(codec, b"V_UNKNOWN/CODEC", 1))
    recording = analyzer.video(path)
    assert recording.decoding["track"] == 1 and "track 0: cannot be read" in recording.notes[0]
    path.write_bytes(content.replace(codec, b"V_UNKNOWN/CODEC"))
    with pytest.raises(DataFileError, match="not known here"):
        analyzer.video(path)


@pytest.mark.parametrize("track", [0, 1])
def test_the_track_that_is_asked_for(track: int, meeting: np.ndarray, tmp_path: Path, analyzer: Analyzer) -> None:
    path = two_tracks(tmp_path / "a.mkv", slides(meeting), meeting)
    recording = analyzer.video(path, track=track)
    assert all((len(faces) >= 3) == track for faces in recording.frames)
    assert recording.notes == (
        f"The file has 2 video tracks; track {track}, counted from 0, was analyzed, as requested.",
    )


def test_no_faces_at_all(meeting: np.ndarray, tmp_path: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(two_tracks(tmp_path / "a.mkv", slides(meeting), slides(meeting)))
    assert "which players show by default" in recording.notes[0]


def test_a_track_that_is_not_there(meeting: np.ndarray, tmp_path: Path, analyzer: Analyzer, samples: Path) -> None:
    with pytest.raises(DataFileError, match="has 2 video tracks, 0 to 1; there is no track 2"):
        analyzer.video(two_tracks(tmp_path / "a.mkv", slides(meeting), meeting), track=2)
    with pytest.raises(DataFileError, match="has one video track, number 0; there is no track 1"):
        analyzer.video(samples / "meeting.mp4", track=1)
    with pytest.raises(ConfigError, match="counted from 0"):
        SaveOptions(track=-1)


def test_the_command(meeting: np.ndarray, tmp_path: Path, run_cli: RunCli) -> None:
    path, out = two_tracks(tmp_path / "a.mkv", slides(meeting), meeting), tmp_path / "out"
    answer = run_cli("analyze", path, "--out", out, "--track", 0, "--save", "json report", "--every", 2)
    assert answer.code == 0, answer.err
    saved = json.loads((out / "a.json").read_text(encoding="utf-8"))
    assert saved["decoding"]["track"] == 0 and "as requested" in saved["notes"][0]
    assert "as requested" in (out / "a.report.html").read_text(encoding="utf-8")
    again = run_cli("analyze", path, "--out", out, "--track", 1, "--save", "json report", "--every", 2, "--resume")
    assert again.code == 0 and "changed since then: video track" in again.err
    check_refused(run_cli("analyze", path, "--out", tmp_path / "b", "--track", 7), COULD_NOT, "there is no track 7")


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    path = cover(tmp_path / "podcast.mp4")
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1
    with pytest.raises(DataFileError, match=r"only sound or text\. Its cover picture is not a video"):
        VideoReader(path)


def test_a_track_of_a_photo_is_refused(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path / "out", "--track", 1)
    check_refused(answer, WRONG_USE, "--track chooses a video track of a recording")
    assert not (tmp_path / "out").exists()
