"""Annotated videos, frame by frame: each shows the recording's picture of that time, and around it nothing but what was drawn."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.errors import OutputError
from aiducation.exports.annotated_picture import annotate
from aiducation.exports.annotated_video import annotated_video
from aiducation.media.letterbox import letterboxed
from aiducation.media.samples import gallery
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.observations.recording import Recording
from aiducation.vision.analyzer import Analyzer
from film import growing, turned
from needs import UNIX

RATE, FRAMES = 10, 16

#: Mean difference in gray levels that two codings leave.
CODING = 6.0


def scene(number: int) -> np.ndarray:
    """Two faces; a bar below them says which picture it is."""
    picture = gallery(1, 2, width=320, height=180).copy()
    picture[150:] = 30
    picture[150:, 20 * number : 20 * number + 20] = 220
    return picture


def made(path: Path, codec: str, *, first_s: float = 0.0, format: str | None = None, **about: object) -> Path:
    """The scenes, coded with pictures that others refer to; with sound that begins before them, if they begin later."""
    with av.open(str(path), "w", format=format) as container:
        options = {"preset": "medium", "x265-params": "log-level=none"} if codec.startswith("lib") else {}
        stream = container.add_stream(codec, rate=RATE if codec.startswith("lib") else 25, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 180, "yuv420p", 1_500_000
        for name, value in about.items():
            setattr(stream.codec_context, name, value)
        if first_s:
            sound = container.add_stream("aac", rate=16_000, layout="mono")
            for start in range(0, round((first_s + FRAMES / RATE) * 16_000), 1024):
                part = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                part.sample_rate, part.pts, part.time_base = 16_000, start, Fraction(1, 16_000)
                container.mux(sound.encode(part))
            container.mux(sound.encode(None))
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(scene(number), format="rgb24")
            frame.pts, frame.time_base = number + round(first_s * RATE), Fraction(1, RATE)
            if codec == "mpeg2video":
                frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def drawn(source: Path, analyzer: Analyzer, every_s: float = 0.3) -> tuple[Recording, list[tuple[float, np.ndarray]]]:
    """A recording and its annotated video's pictures with their times."""
    path = source.with_name("annotated.mp4")
    with annotated_video(path, hide_faces=False) as on_frame:
        recording = analyzer.video(source, every_s=every_s, on_frame=on_frame)
    with VideoReader(path) as reader:
        return recording, [(frame.time_s, frame.image) for frame in reader.frames()]


def compare(source: Path, analyzer: Analyzer) -> Recording:
    """Every picture of the annotated video against the recording's own, decoded in full and drawn into."""
    recording, pictures = drawn(source, analyzer)
    with VideoReader(source) as reader:
        decoded = [(frame.time_s, frame.image) for frame in reader.frames()]  # without an interval all is decoded
    lead = [image for time_s, image in pictures if time_s < recording.times[0] - 1e-3]
    assert all(image.max() < 30 for image in lead)
    pictures = pictures[len(lead) :]
    assert [time_s for time_s, _ in pictures] == pytest.approx(recording.times, abs=1e-3)
    times = np.array([time_s for time_s, _ in decoded])
    for (time_s, image), faces in zip(pictures, recording.frames, strict=True):
        stands = int(np.searchsorted(times, time_s + 1e-3)) - 1
        differences = []
        for at in range(max(stands - 2, 0), min(stands + 3, len(decoded))):
            space = (recording.width, recording.height)
            wanted = annotate(letterboxed(decoded[at][1], space), faces)[: image.shape[0], : image.shape[1]]
            differences.append((float(np.abs(wanted.astype(int) - image).mean()), at))
        assert min(differences)[1] == stands and min(differences)[0] < CODING
    return recording


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_each_picture_is_that_of_its_time(codec: str, analyzer: Analyzer, tmp_path: Path) -> None:
    recording = compare(made(tmp_path / "a.mp4", codec), analyzer)
    assert all(len(faces) == 2 for faces in recording.frames)


def test_oblong_and_mirrored(analyzer: Analyzer, tmp_path: Path) -> None:
    source = made(tmp_path / "a.mp4", "libx264", sample_aspect_ratio=Fraction(4, 3))
    recording = compare(turned(source, (-1, 0, 0, 1)), analyzer)
    assert (recording.width, recording.height) == (427, 180)


def test_a_picture_that_grows(analyzer: Analyzer, tmp_path: Path) -> None:
    parts = [
        [letterboxed(scene(n), size) for n in range(5 * k, 5 * k + 5)] for k, size in enumerate(((160, 90), (320, 180)))
    ]
    assert "changes its size" in compare(growing(tmp_path / "a.webm", parts), analyzer).notes[0]


def test_a_picture_that_begins_after_the_sound(analyzer: Analyzer, tmp_path: Path) -> None:
    """The video is black until then: programs that leave an empty beginning out would be early throughout."""
    recording = compare(made(tmp_path / "a.mp4", "libx264", first_s=2.0), analyzer)
    assert recording.times[0] == pytest.approx(2.0, abs=0.05)
    with av.open(str(tmp_path / "annotated.mp4")) as container:
        assert container.streams.video[0].start_time == 0


def test_a_film_from_a_dvd_recorder(analyzer: Analyzer, tmp_path: Path) -> None:
    """Its first stream is neither picture nor sound."""
    source = made(tmp_path / "a.vob", "mpeg2video", format="dvd")
    with av.open(str(source)) as container:
        assert container.streams[0].type == "data"
    compare(source, analyzer)


@pytest.mark.parametrize("times", [(0.0,), (0.0, 0.5), (0.0, 0.5, 1.0, 1.5, 2.0, 2.5), (0.0, 30.0)])
def test_the_last_picture_is_shown_as_long_as_the_one_before(times: tuple[float, ...], tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 320, 180) as writer:
        for number, time_s in enumerate(times):
            writer.write(scene(number), time_s)
    step = times[-1] - times[-2] if len(times) > 1 else 0.5
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.frames == len(times)
        assert float(stream.duration * stream.time_base) == pytest.approx(times[-1] + step, abs=0.01)
    if program := shutil.which("ffprobe"):
        asked = [program, "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
        said = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
        assert float(said) == pytest.approx(times[-1] + step, abs=0.01)


@UNIX.mark()
@pytest.mark.parametrize("most_bytes", [1000, 20_000, 100_000])
def test_a_full_disk_leaves_no_half_video(most_bytes: int, tmp_path: Path) -> None:
    """A limit on file sizes stands for the disk. The first is reached when the file is closed, the others before that."""
    import resource

    rng, (soft, hard) = np.random.default_rng(0), resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = [rng.integers(0, 256, (120, 160, 3), dtype=np.uint8) for _ in range(1 if most_bytes == 1000 else 12)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        with (
            pytest.raises(OutputError, match="Is there room on the disk"),
            VideoWriter(tmp_path / "x.mp4", 160, 120) as writer,
        ):
            for number, image in enumerate(noise):
                writer.write(image, number / 5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())
