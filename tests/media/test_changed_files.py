"""Recordings that are cut, or that change while they are read: never complete, and a note says from when on pictures are missing.

Nothing here waits: a file changes when the analysis tells of its progress, or draws a picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media import container_ends
from aiducation.media.container_ends import missing_end
from aiducation.media.held_file import HeldFile
from aiducation.observations.recording import Recording
from aiducation.vision.analyzer import Analyzer
from picture_makers import animation
from random_damage import damaged
from video_makers import make_video

pytestmark = pytest.mark.hostile

#: Container -> file name, codec, options of the coder, of the container, and the format.
MADE: dict[str, tuple[str, str, dict[str, str], dict[str, str], str | None]] = {
    "MP4, index first": ("a.mp4", "libx264", {"g": "20"}, {"movflags": "faststart"}, None),
    "MP4, index last": ("a.mp4", "libx264", {"g": "20"}, {}, None),
    "fragmented MP4": ("a.mp4", "libx264", {"g": "20"}, {"movflags": "frag_keyframe+empty_moov"}, None),
    "fragmented MP4 with index": (
        "a.mp4",
        "libx264",
        {"g": "20"},
        {"movflags": "dash+frag_keyframe+global_sidx+empty_moov"},
        None,
    ),
    "QuickTime": ("a.mov", "mpeg4", {}, {"movflags": "faststart"}, None),
    "Matroska": ("a.mkv", "libx264", {"g": "20"}, {}, None),
    "live Matroska": ("a.mkv", "libx264", {"g": "20"}, {"live": "1"}, None),
    "WebM": ("a.webm", "libvpx", {}, {}, None),
    "AVI": ("a.avi", "mpeg4", {}, {}, None),
    "Motion JPEG in AVI": ("a.avi", "mjpeg", {}, {}, None),
    "transport stream": ("a.ts", "libx264", {"g": "20"}, {}, None),
    "Blu-ray stream": ("a.m2ts", "libx264", {"g": "20"}, {}, None),
    "program stream": ("a.mpg", "mpeg2video", {}, {}, "vob"),
    "FLV": ("a.flv", "flv", {}, {}, None),
    "Ogg": ("a.ogv", "libvpx", {}, {}, "ogg"),
    "WMV": ("a.wmv", "wmv2", {}, {}, None),
    "IVF": ("a.ivf", "libvpx", {}, {}, None),
    "MXF": ("a.mxf", "mpeg2video", {}, {}, None),
    "raw H.264": ("a.h264", "libx264", {"g": "20"}, {}, None),
    "raw Motion JPEG": ("a.mjpeg", "mjpeg", {}, {}, None),
}

#: Seconds between the pictures that are looked at: every second one, or every fifth of those that come 25 a second.
EVERY_S = 0.2

#: Animations, by the name that Pillow gives to their kind.
DRAWN = {"GIF": "a.gif", "PNG": "a.png", "WEBP": "a.webp", "AVIF": "a.avif", "TIFF": "a.tif"}

#: Those whose last picture may be cut without a sign: nothing in a raw stream says how long a picture is. x264 gives other bytes
#: in some runs (findings/x264_gives_other_bytes.sh).
SILENT = ("raw H.264",)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The content of a file of each kind: four seconds of pictures, ten a second."""
    folder, known = tmp_path_factory.mktemp("made"), {}

    def content(kind: str) -> bytes:
        if kind not in known:
            if kind in DRAWN:
                known[kind] = animation(kind, [100] * 20)
            else:
                name, codec, options, mux, format = MADE[kind]
                path = make_video(
                    folder / name,
                    codec,
                    options,
                    stamps=range(100 if "stream" in kind or kind == "MXF" else 40),
                    rate=25 if "stream" in kind or kind == "MXF" else 10,
                    mux=mux,
                    format=format,
                )
                known[kind] = path.read_bytes()
        return known[kind]

    return content


def name_of(kind: str) -> str:
    return DRAWN.get(kind) or MADE[kind][0]


def check_not_complete(recording: Recording, *words: str) -> None:
    assert not recording.complete and not recording.stopped
    notes = " ".join(recording.notes)
    assert re.search(r"from [\d.]+ (s|min \d+ s) on", notes), notes
    for word in words:
        assert word in notes, notes


@pytest.mark.parametrize("kind", [*MADE, *DRAWN])
def test_a_whole_file_is_complete_without_notes(
    kind: str, made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer
) -> None:
    path = tmp_path / name_of(kind)
    path.write_bytes(made(kind))
    recording = analyzer.video(path, every_s=EVERY_S)
    assert recording.complete
    assert not [note for note in recording.notes if "pages of the file" not in note], recording.notes


@pytest.mark.parametrize("kind", [*MADE, *DRAWN])
@pytest.mark.parametrize(
    "share", [*(pytest.param(share, marks=pytest.mark.slow) for share in (0.35, 0.85)), 0.6, 0.999]
)
def test_a_file_that_was_cut_is_not_complete(
    kind: str, share: float, made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer
) -> None:
    if kind in SILENT and share > 0.99:
        return
    path, whole = tmp_path / name_of(kind), made(kind)
    end = int(share * len(whole))
    if kind in SILENT:  # in the middle of a picture, wherever pictures begin in the bytes of this run
        begins = [match.start() for match in re.finditer(b"\0\0\1", whole)]
        end = (max(one for one in begins if one <= end) + min(one for one in [*begins, len(whole)] if one > end)) // 2
    path.write_bytes(whole[:end])
    try:
        recording = analyzer.video(path, every_s=EVERY_S)
    except DataFileError as error:
        assert kind in ("MP4, index last", *DRAWN) or "no frame" in str(error), error
        return
    check_not_complete(recording)


def changing(
    analyzer: Analyzer, path: Path, change: Callable[[Path], object], *, drawn: bool = False
) -> tuple[Recording, int]:
    """What is seen of a file that changes with the first picture that is told of, and how many pictures were drawn."""
    left, shown = [change], [0]

    def progress(done_s: float, total_s: float | None) -> None:
        if not drawn and left:
            left.pop()(path)

    def on_frame(image: np.ndarray, faces: Any) -> None:
        shown[0] += 1
        if drawn and left:
            left.pop()(path)

    return analyzer.video(path, every_s=EVERY_S, on_frame=on_frame, progress=progress), shown[0]


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    """Noise in place of the second half, in the file itself."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(np.random.default_rng(0).bytes(size - size // 2))


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(1000))


@pytest.mark.parametrize(
    "drawn", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["while analyzed", "while drawn"]
)
@pytest.mark.parametrize(("change", "words"), [(truncate, "became shorter"), (overwrite, "wrote into"), (grow, "grew")])
@pytest.mark.parametrize(
    "kind", ["MP4, index first", "fragmented MP4", "Matroska", "AVI", "transport stream", "raw H.264", *DRAWN]
)
def test_a_file_that_changes_while_it_is_read_is_not_complete(
    kind: str,
    change: Callable[[Path], None],
    words: str,
    drawn: bool,
    made: Callable[[str], bytes],
    tmp_path: Path,
    analyzer: Analyzer,
) -> None:
    path = tmp_path / name_of(kind)
    path.write_bytes(made(kind))
    recording, _ = changing(analyzer, path, change, drawn=drawn)
    check_not_complete(recording, words)


@pytest.mark.parametrize("kind", ["MP4, index first", "Matroska", "AVI", "transport stream", "GIF", "WEBP"])
def test_another_recording_in_its_place(
    kind: str, made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer
) -> None:
    """Written into the same file, shorter, as long or longer: what was seen before is kept, and nothing of the other is."""
    path, whole = tmp_path / name_of(kind), made(kind)
    for other in (made("WebM"), bytes(reversed(whole)), whole + whole):
        path.write_bytes(whole)
        recording, shown = changing(analyzer, path, lambda path, other=other: path.write_bytes(other))
        check_not_complete(recording)
        assert len(recording) and shown <= len(recording)
        assert {(faces.width, faces.height) for faces in recording.frames} == {(recording.width, recording.height)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        Path.unlink,
        lambda path: path.rename(path.with_suffix(".old")),
        lambda path: (path.with_suffix(".new").write_bytes(b"something else"), path.with_suffix(".new").replace(path)),
        lambda path: os.utime(path, (1, 1)),
        lambda path: path.chmod(0o600),
        lambda path: path.write_bytes(path.read_bytes()),
    ],
    ids=["deleted", "moved", "replaced", "touched", "other rights", "the same written again"],
)
@pytest.mark.parametrize("kind", ["MP4, index first", "Matroska", "raw H.264", "GIF", "TIFF"])
def test_a_file_whose_content_stays_is_complete(
    kind: str, change: Callable[[Path], object], made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer
) -> None:
    """The open file is the one that was begun with, whatever becomes of its name."""
    path = tmp_path / name_of(kind)
    path.write_bytes(made(kind))
    recording, shown = changing(analyzer, path, change)
    assert recording.complete, recording.notes
    assert shown == len(recording)


def test_what_a_recorder_still_writes(made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer) -> None:
    """What was there is analyzed, what comes later is missing, and the note says so; the finished file is complete."""
    path, whole = tmp_path / "a.mkv", made("live Matroska")
    path.write_bytes(whole[: len(whole) // 2])
    recording, _ = changing(analyzer, path, lambda path: path.write_bytes(whole))
    check_not_complete(recording, "grew")
    assert recording.times[-1] < 3
    assert analyzer.video(path, every_s=EVERY_S).complete


def test_zeros_where_nothing_was_written_yet(made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer) -> None:
    """A program that takes the room on the disk first, and was killed then."""
    for kind in ("Matroska", "AVI", "transport stream", "raw H.264", "MP4, index first", "FLV", "Ogg", "GIF", "WMV"):
        path, whole = tmp_path / name_of(kind), made(kind)
        path.write_bytes(whole[: len(whole) // 2] + bytes(max(len(whole) // 2, 1 << 15)))
        recording = analyzer.video(path, every_s=EVERY_S)
        assert not recording.complete and recording.notes, kind


def test_covers_never_lie_on_another_recording(tmp_path: Path, analyzer: Analyzer) -> None:
    """The annotated video ends where the file changed: covers would be at the places of other faces."""
    path = make_video(tmp_path / "a.mkv", "mjpeg", stamps=range(100), rate=10)  # more than is read at a time
    whole, shown = changing(analyzer, path, lambda path: None, drawn=True)
    assert whole.complete and shown == len(whole)
    recording, shown = changing(analyzer, path, overwrite, drawn=True)
    check_not_complete(recording, "wrote into")
    assert len(recording) == len(whole) and shown < len(whole)


def odd_but_whole(name: str, folder: Path) -> Path:
    """Recordings that are whole though something about their ends is unusual."""
    if name == "sound goes on":
        return make_video(folder / "a.mp4", "libx264", stamps=range(20), rate=10, sound_s=6.0)
    if name == "pictures go on":
        return make_video(folder / "a.mkv", "libx264", stamps=range(60), rate=10, sound_s=2.0)
    if name == "begins late":
        return make_video(folder / "a.mkv", "libx264", stamps=range(50, 80), rate=10)
    if name == "one picture":
        return make_video(folder / "a.mp4", "libx264", stamps=range(1), rate=10)
    if name == "long last picture":
        return make_video(folder / "a.mp4", "libx264", stamps=[*range(10), 300], rate=10)
    if name == "AVI of a pipe":
        path = make_video(folder / "a.avi", "mpeg4", stamps=range(30), rate=10)
        content = bytearray(path.read_bytes())
        for at, mark in ((4, b"RIFF"), (content.index(b"movi") - 4, b"LIST")):
            assert content[at - 4 : at] == mark
            content[at : at + 4] = b"\xff\xff\xff\xff"
        at = content.index(b"avih") + 24  # how many pictures there are, in the head and for the stream
        content[at : at + 4] = (1_000_000).to_bytes(4, "little")
        at = content.index(b"strh") + 40
        content[at : at + 4] = (1_000_000).to_bytes(4, "little")
        path.write_bytes(content[: content.index(b"idx1")])
        return path
    if name == "only key pictures":
        return make_video(folder / "a.mp4", "libx264", {"g": "1"}, stamps=range(20), rate=10)
    path = make_video(
        folder / "a.mp4", "libx264", {"bf": "3"}, stamps=range(30), rate=10, mux={"movflags": "faststart"}
    )
    content = path.read_bytes()
    if name == "a longer length in the head":
        at = content.index(b"mvhd") + 20
        content = (
            content[:at] + (int.from_bytes(content[at : at + 4], "big") + 900).to_bytes(4, "big") + content[at + 4 :]
        )
    elif name == "a trailer of the camera":
        content += b"\0\0\x07\xd0gps " + bytes(range(200)) * 3
    elif name == "room behind":
        content += (40_000).to_bytes(4, "big") + b"free" + bytes(39_992)
    elif name == "one program's mark behind":
        content += b"\0\0\0\0"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "sound goes on",
        "pictures go on",
        "begins late",
        "one picture",
        "long last picture",
        "only key pictures",
        "AVI of a pipe",
        "edit list",
        "a longer length in the head",
        "a trailer of the camera",
        "room behind",
        "one program's mark behind",
    ],
)
def test_odd_but_whole(name: str, tmp_path: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(odd_but_whole(name, tmp_path), every_s=0.5)
    assert recording.complete, recording.notes
    assert not [note for note in recording.notes if "missing" in note or "breaks off" in note]


@pytest.mark.parametrize("kind", [*MADE, *DRAWN])
def test_ends_of_damaged_files(kind: str, made: Callable[[str], bytes], tmp_path: Path) -> None:
    """Whatever the bytes, the look at the end gives half a sentence or nothing."""
    rng, whole = np.random.default_rng(len(kind)), made(kind)
    for i in range(60):
        path = tmp_path / "a"
        path.write_bytes(damaged(whole, rng) if i % 2 else whole[: int(rng.integers(1, 200))] + rng.bytes(40))
        with HeldFile(path) as held:
            assert len(missing_end(held)) < 80


def test_more_parts_than_a_recording_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the end of a file that is made of nothing but empty parts."""
    monkeypatch.setattr(container_ends, "_STEPS", 1000)
    segment = b"\x1aE\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    (tmp_path / "a.mkv").write_bytes(segment + b"\xec\x80" * 5000)
    with HeldFile(tmp_path / "a.mkv") as held:
        assert missing_end(held) == ""


def test_cut_to_nothing(made: Callable[[str], bytes], tmp_path: Path, analyzer: Analyzer) -> None:
    for kind in ("MP4, index first", "live Matroska", "GIF"):
        path = tmp_path / name_of(kind)
        path.write_bytes(made(kind))
        recording, _ = changing(analyzer, path, lambda path: os.truncate(path, 0))
        check_not_complete(recording, "became shorter")
