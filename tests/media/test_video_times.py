"""Times are those of a player, whatever the container says, and the interval is kept."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media.sampling import SampleGrid
from aiducation.media.single_picture import SinglePictures
from aiducation.media.videos import Frame, VideoReader
from aiducation.observations.timeline import timeline
from aiducation.vision.analyzer import Analyzer
from video_makers import make_video, number_in


def samples_of(path: Path, every_s: float | None) -> list[Frame]:
    with VideoReader(path) as reader:
        return list(reader.frames(every_s))


def times_of(path: Path, every_s: float | None) -> list[float]:
    return [round(frame.time_s, 3) for frame in samples_of(path, every_s)]


def test_the_rule_of_sampling() -> None:
    """The first picture; then the one that begins at each multiple or up to 0.2 s later, or else the one that stands."""
    begins, end_s = [0.02, 0.5, 1.15, 1.3, 1.6, 4.05], 5.6
    grid = SampleGrid(0.5)
    found = [grid.times(t, until) for t, until in zip(begins, [*begins[1:], end_s], strict=True)]
    assert found == [[0.02], [0.5], [1.15], [], [1.6, 2.0, 2.5, 3.0, 3.5], [4.05, 4.5, 5.0]]


@pytest.mark.parametrize("every_s", [0.5, 2.0])
def test_variable_frame_rate_keeps_the_interval(every_s: float, tmp_path: Path) -> None:
    """Five seconds with 60 pictures each, then one a second."""
    stamps = [*range(300), *range(300, 1200, 60)]
    path = make_video(tmp_path / "a.mp4", "libx264", {"preset": "medium"}, stamps=stamps, rate=60)
    samples, shown = samples_of(path, every_s), np.array(stamps) / 60
    times = np.array([frame.time_s for frame in samples])
    assert len(times) == 20 / every_s
    assert np.abs(times - np.arange(len(times)) * every_s).max() < 0.021
    for frame in samples:
        assert shown[frame.index] <= frame.time_s + 1e-3
        assert frame.index == len(stamps) - 1 or shown[frame.index + 1] > frame.time_s
        assert number_in(frame.image) == frame.index % 256


def test_a_picture_that_stands_goes_on(tmp_path: Path) -> None:
    """A shared screen: three seconds of change, 45 s without a new picture, three of change."""
    stamps = [*range(75), *range(1200, 1275)]
    path = make_video(tmp_path / "screen.mp4", "libx264", {"preset": "medium"}, stamps=stamps)
    samples = samples_of(path, 2.0)
    assert [frame.index for frame in samples] == [0, 50, *[74] * 22, 75, 125]
    np.testing.assert_allclose([frame.time_s for frame in samples], np.arange(26) * 2.0, atol=0.01)
    assert len({id(frame.image) for frame in samples}) == 5


def test_the_last_picture_stands_until_the_sound_ends(tmp_path: Path, analyzer: Analyzer) -> None:
    path = make_video(tmp_path / "a.mp4", "libx264", stamps=range(50), sound_s=30)
    with VideoReader(path) as reader:
        assert reader.duration_s == pytest.approx(30, abs=0.1)
    recording = analyzer.video(path, every_s=1.0)
    assert len(recording) == 30 and recording.frames[-1].frame == 49
    assert recording.notes == ("The last picture does not change for 28 s, until the sound ends.",)


def test_a_picture_that_begins_after_the_sound_keeps_its_time(tmp_path: Path, analyzer: Analyzer) -> None:
    """Players show it at 3 s; OpenCV 5.0.0 and decord 0.6.0 count from the first picture and say 0.

    Source: findings/late_pictures_in_opencv.sh.
    """
    path = make_video(tmp_path / "late.mp4", "libx264", {"preset": "medium"}, stamps=range(75, 150), sound_s=6)
    recording = analyzer.video(path)
    np.testing.assert_allclose(recording.times, np.arange(3, 6, 0.5), atol=0.021)
    over_time = timeline(recording, step_s=1.0, min_group=1)
    assert np.isnan(over_time.n_faces[:3]).all() and (over_time.n_faces[3:] == 0).all()
    assert over_time.columns()["faces"] == [None, None, None, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("first", [0, 1000])
def test_a_video_without_sound_begins_at_0(first: int, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", "libx264", stamps=range(first, first + 50))
    assert times_of(path, 1.0) == [0.0, 1.0]


def test_a_dvd_has_more_than_pictures_and_sound(tmp_path: Path) -> None:
    """The first stream of a DVD's files tells its player where to jump; nothing is decoded of it."""
    path = make_video(tmp_path / "title.vob", "mpeg2video", {"bf": "2"}, stamps=range(50), format="dvd")
    with av.open(str(path)) as container:
        assert [one.type for one in container.streams] == ["data", "video"]
    assert [number_in(frame.image) for frame in samples_of(path, None)] == [*range(50)]
    assert times_of(path, 0.5) == pytest.approx([0, 0.48, 1.0, 1.48], abs=0.05)


def whole_video(path: Path, analyzer: Analyzer) -> Path:
    """A recording of 6 seconds that nothing is said of, but for the cuts between the made pictures."""
    mux = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    make_video(path, "libvpx" if path.suffix == ".webm" else "libx264", mux=mux)
    assert analyzer.video(path, every_s=1.0).notes[1:] == ()
    return path


def of_the_file(path: Path, analyzer: Analyzer) -> str:
    """The only note of what is missing in a file; another one may tell of cuts."""
    (note,) = (one for one in analyzer.video(path, every_s=1.0).notes if one.startswith("The file"))
    return note


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".flv"])
def test_a_copy_that_broke_off_is_told(ending: str, tmp_path: Path, analyzer: Analyzer) -> None:
    """Often nothing is damaged in what is there. The head of most files states how many bytes there should be; a Flash video
    states the size of each part, the last of which is cut."""
    content = whole_video(tmp_path / f"whole{ending}", analyzer).read_bytes()
    half = tmp_path / f"half{ending}"
    half.write_bytes(content[: len(content) // 2])
    note = of_the_file(half, analyzer)
    found = re.fullmatch(
        r"The file breaks off \(it has ([\d,]+) of at least ([\d,]+) bytes\): pictures from [\d.]+ s on are missing; everything "
        r"before was analyzed\.",
        note,
    )
    assert found, note
    there, least = (int(number.replace(",", "")) for number in found.groups())
    assert there == len(content) // 2
    assert there < least < len(content) if ending == ".flv" else least == len(content)


def test_a_copy_that_broke_off_between_two_parts_is_told(tmp_path: Path, analyzer: Analyzer) -> None:
    """Then no part is cut, and the head of a Flash video states only how long it should be."""
    content = whole_video(tmp_path / "whole.flv", analyzer).read_bytes()
    end = 9 + 4  # the head and the size of the part before the first, of which each part has 11 + 4 bytes of its own
    while end < len(content) // 2:
        end += 11 + int.from_bytes(content[end + 1 : end + 4]) + 4
    half = tmp_path / "half.flv"
    half.write_bytes(content[:end])
    note = of_the_file(half, analyzer)
    assert re.fullmatch(
        r"The file states a length of 6.08 s, but its pictures and sound end after 3.12 s: the rest is missing, for example .*",
        note,
    ), note


def transport(path: Path, offset_s: float) -> bytes:
    """Two seconds as a transport stream whose clock begins at a time."""
    make_video(path, "libx264", {"preset": "medium"}, stamps=range(50), mux={"output_ts_offset": f"{offset_s:g}"})
    return path.read_bytes()


@pytest.mark.parametrize(
    ("first_s", "second_s"), [(10, 10), (10, 2000), (2000, 10), (10, 11.5), (95_442.0, 0)], ids=str
)
def test_a_clock_that_jumps(first_s: float, second_s: float, tmp_path: Path) -> None:
    """Transport streams that were joined: the clock begins anew, jumps ahead or back, or overflows (after 26.5 hours)."""
    path = tmp_path / "joined.ts"
    path.write_bytes(transport(tmp_path / "a.ts", first_s) + transport(tmp_path / "b.ts", second_s))
    full = samples_of(path, None)
    assert [number_in(frame.image) for frame in full] == [*range(50)] * 2
    assert [frame.index for frame in full] == list(range(100))
    times = np.array([frame.time_s for frame in full])
    assert (np.diff(times) > 0).all() and np.diff(times).max() < 0.2 and times[-1] == pytest.approx(3.96, abs=0.2)
    sampled = samples_of(path, 0.5)
    assert len(sampled) == 8
    for frame in sampled:
        np.testing.assert_array_equal(frame.image, full[frame.index].image)
    single = SinglePictures(path)
    assert [number_in(single.at(full[n].time_s)) for n in (20, 70)] == [20, 20], "as Label and Review show them"
    np.testing.assert_array_equal(single.at(full[70].time_s), full[70].image)


def test_a_clock_that_overflows_inside_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_bytes(transport(tmp_path / "b.ts", 2**33 / 90_000 - 2.4))
    assert times_of(tmp_path / "a.ts", 0.5) == pytest.approx([0, 0.52, 1, 1.52], abs=0.01)


@pytest.mark.parametrize(("ending", "codec"), [("h264", "libx264"), ("h265", "libx265")])
@pytest.mark.parametrize("rate", [25, 50])
def test_raw_pictures_without_any_stamp(ending: str, codec: str, rate: int, tmp_path: Path) -> None:
    """The clock is that of the rate which the pictures state."""
    path = make_video(tmp_path / f"a.{ending}", codec, {"preset": "medium"}, stamps=range(100), rate=rate)
    samples = samples_of(path, 0.5)
    assert [frame.index for frame in samples] == [int(np.ceil(k * rate / 2)) for k in range(200 // rate)]
    assert all(number_in(frame.image) == frame.index for frame in samples)
    np.testing.assert_allclose([frame.time_s for frame in samples], [f.index / rate for f in samples], atol=1e-6)


def test_stamps_that_only_say_when_to_decode(tmp_path: Path) -> None:
    """AVI has no others; with B frames they are in another order than the pictures are shown."""
    path = make_video(tmp_path / "a.avi", "libx264", {"preset": "medium"}, stamps=range(100))
    full = samples_of(path, None)
    assert [number_in(frame.image) for frame in full] == list(range(100))
    np.testing.assert_allclose([frame.time_s for frame in full], np.arange(100) / 25, atol=0.041)
    assert [number_in(frame.image) for frame in samples_of(path, 1.0)] == pytest.approx([0, 25, 50, 75], abs=1)


def test_pictures_before_an_edit_list_begins_are_not_shown(tmp_path: Path) -> None:
    """A cut without coding anew: the file begins at an earlier key frame, which players decode but do not show.

    imageio 2.38.1, OpenCV 5.0.0 and decord 0.6.0 count what is hidden, and give or name wrong pictures.
    Source: findings/cuts_without_encoding.sh; ISO/IEC 14496-12, 8.6.6.
    """
    path = make_video(tmp_path / "a.mp4", "libx264", {"preset": "medium", "g": "100"}, stamps=range(100))
    content = bytearray(path.read_bytes())
    at = content.index(b"elst") + 8  # then the number of entries, the length, the time at which it begins
    length, begins = struct.unpack(">Ii", content[at + 4 : at + 12])
    assert struct.unpack(">I", content[at : at + 4]) == (1,)
    ticks = 12_800  # of the track, a second; that of the length is a thousandth
    content[at + 4 : at + 12] = struct.pack(">Ii", length - 1000, begins + ticks)
    path.write_bytes(content)
    full = samples_of(path, None)
    assert [number_in(frame.image) for frame in full] == list(range(25, 100))
    assert [frame.index for frame in full] == list(range(75))
    assert full[0].time_s == 0 and full[-1].time_s == pytest.approx(74 / 25)
    assert [number_in(frame.image) for frame in samples_of(path, 1.0)] == [25, 50, 75]


@pytest.mark.parametrize("stated_s", [1, 40])
def test_a_length_that_is_stated_falsely(stated_s: int, tmp_path: Path, analyzer: Analyzer) -> None:
    """Progress goes by the packets' own times: it neither stays at the end nor stops before it."""
    path = make_video(tmp_path / "a.mkv", "libx264", {"preset": "medium"}, stamps=range(250))
    content, name = bytearray(path.read_bytes()), b"\x44\x89\x88"  # Matroska's Duration, eight bytes
    at = content.index(name) + len(name)
    assert struct.unpack(">d", content[at : at + 8])[0] == 10_000
    content[at : at + 8] = struct.pack(">d", 1000.0 * stated_s)
    path.write_bytes(content)
    with av.open(str(path)) as container:
        assert container.duration == stated_s * 1_000_000
    told: list[tuple[float, float | None]] = []
    analyzer.video(path, every_s=1.0, progress=lambda done, total: told.append((done, total)))
    assert {round(total or 0, 2) for _, total in told} == {10.0}
    assert [round(done) for done, _ in told] == list(range(10))


def test_a_long_last_picture_does_not_hold_progress_back(tmp_path: Path, analyzer: Analyzer) -> None:
    """H.264 with B frames: the file states less than the time of its last picture."""
    path = make_video(tmp_path / "a.mp4", "libx264", {"preset": "medium"}, stamps=[*range(50), 1375])
    told: list[tuple[float, float | None]] = []
    recording = analyzer.video(path, every_s=5.0, progress=lambda done, total: told.append((done, total)))
    np.testing.assert_allclose(recording.times, np.arange(0, 56, 5), atol=0.01)
    assert all(total and done <= total for done, total in told) and {total for _, total in told} == {told[0][1]}


def test_an_index_that_was_never_written(tmp_path: Path) -> None:
    """Also where the sizes of the boxes are those of an unfinished file, and where half of the index is missing."""
    whole = make_video(tmp_path / "whole.mp4", "libx264", stamps=range(25)).read_bytes()
    pictures = whole[: whole.index(b"moov") - 4]
    at = pictures.index(b"mdat") - 4
    unfinished = pictures[:at] + bytes(4) + pictures[at + 4 :]
    cut, half = pictures[:-100], whole[: len(pictures) + 60]
    for content, words in (
        (pictures, "its recording was interrupted before the index was written"),
        (unfinished, "its recording was interrupted before the index was written"),
        (cut, "breaks off before its index"),
        (half, "breaks off before its index|its recording was interrupted"),
    ):
        path = tmp_path / "lesson.mp4"
        path.write_bytes(content)
        with pytest.raises(DataFileError, match=words) as error:
            VideoReader(path)
        assert "untrunc" in str(error.value) and "lesson.mp4" in str(error.value)
