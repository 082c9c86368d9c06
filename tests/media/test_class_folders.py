"""A folder with a file for each participant is one class, on the clock that the meeting's server wrote beside the files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media import packets
from aiducation.media.bigbluebutton import read_events
from aiducation.media.class_folders import class_folder, clock_of
from aiducation.media.class_reader import ClassReader, Tiles
from aiducation.media.inputs import Class, File, LeftOut, Nothing, find_inputs
from class_makers import LESSON, Webcam, bigbluebutton, livekit
from commands import COULD_NOT, RunCli
from video_makers import make_video, number_in


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bigbluebutton(tmp_path_factory.mktemp("raw"))


def test_webcams_people_and_the_recording_button(meeting: Path) -> None:
    events = read_events(meeting / "events.xml")
    assert events is not None
    assert sorted(events.webcams.values()) == sorted(cam.start_s for cam in LESSON)
    assert {events.person_in(name) for name in events.webcams} == {cam.person for cam in LESSON}
    assert events.recorded_s == [4.0] and "after 4 s: BigBlueButton's playback begins there" in events.notes()[1]


def test_one_class_with_one_participant_a_person(meeting: Path) -> None:
    """Who comes back has another number and another file, and is the same participant."""
    (one, *rest) = find_inputs([str(meeting)], together=None)
    assert isinstance(one, Class) and one.name == meeting.name
    starts = [[piece.start_s for piece in pieces] for pieces in one.recorded.participants]
    assert starts == [[2.0], [3.0, 8.0], [4.0], [5.25]]
    assert [type(other) for other in rest] == [LeftOut] and "deskshare" in rest[0].name


def test_files_can_be_taken_one_by_one_all_the_same(meeting: Path) -> None:
    files = [one for one in find_inputs([str(meeting)], together=False) if isinstance(one, File)]
    assert len(files) == len(LESSON) + 1


@pytest.mark.slow
def test_livekit_knows_publishers_and_starts(tmp_path: Path) -> None:
    (one, *_) = find_inputs([str(livekit(tmp_path / "room"))], together=None)
    assert isinstance(one, Class)
    assert [[piece.start_s for piece in pieces] for pieces in one.recorded.participants] == [[0.0], [1.0]]


def test_any_folder_is_a_class_if_it_is_said_so(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_video(tmp_path / name, "libx264", stamps=range(5))
    assert all(isinstance(one, File) for one in find_inputs([str(tmp_path)], together=None))
    (one,) = find_inputs([str(tmp_path)], together=True)
    assert isinstance(one, Class) and [piece.start_s for piece in one.recorded.pieces] == [0.0, 0.0]
    assert "all were taken to begin together" in one.recorded.notes[0]
    (tmp_path / "starts.csv").write_text("file,start_s,person\na.mp4,3.5,x\nb.mp4,1.0,x\n", encoding="utf-8")
    (one, *_) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class) and [len(pieces) for pieces in one.recorded.participants] == [2]
    assert [piece.start_s for piece in one.recorded.pieces] == [1.0, 3.5]


def test_files_are_named_as_on_windows(tmp_path: Path) -> None:
    make_video(tmp_path / "Anna.mp4", "libx264", stamps=range(3))
    (tmp_path / "starts.csv").write_text("file,start_s,person\n.\\anna.mp4,1.5,Anna\n", encoding="utf-8")
    clock = clock_of(tmp_path)
    assert clock and clock.starts_s == {"Anna.mp4": 1.5} and clock.people == {"Anna.mp4": "Anna"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_as_spreadsheet_programs_write_it(encoding: str, tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", "libx264", stamps=range(3))
    (tmp_path / "starts.csv").write_text("File;start_s;Person\r\na.mp4;1,5;Zoë\r\n", encoding=encoding)
    clock = clock_of(tmp_path)
    assert clock and clock.starts_s == {"a.mp4": 1.5} and clock.people == {"a.mp4": "Zoë"}


@pytest.mark.parametrize(
    "table",
    [
        "file,begins\na.mp4,1\n",
        "file,start_s\na.mp4,soon\n",
        "file,start_s\na.mp4,nan\n",
        "file,start_s\na.mp4,1764392400\n",
        "file,start_s\na.mp4,0\na.mp4,5\n",
        f'file,start_s\na.mp4,"{"x" * 200_000}\n',
    ],
)
def test_a_table_that_says_no_times_is_refused(table: str, tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", "libx264", stamps=range(3))
    (tmp_path / "starts.csv").write_text(table, encoding="utf-8")
    (one,) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Nothing) and "starts.csv" in one.why


def test_events_of_others_and_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "events.xml"
    path.write_text("<calendar><event/></calendar>", encoding="utf-8")
    assert read_events(path) is None and clock_of(tmp_path) is None
    path.write_text('<!DOCTYPE r [<!ENTITY a "x">]><recording meeting_id="m">&a;</recording>', encoding="utf-8")
    with pytest.raises(DataFileError, match="entity"):
        read_events(path)


def test_a_torn_events_file_is_an_error_and_no_half_class(meeting: Path, tmp_path: Path) -> None:
    text = (meeting / "events.xml").read_text(encoding="utf-8")
    (tmp_path / "events.xml").write_text(text[: len(text) // 2], encoding="utf-8")
    (one,) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Nothing) and "Copy it again" in one.why


def test_files_that_the_server_recorded_and_are_missing_are_named(meeting: Path) -> None:
    clock = clock_of(meeting)
    files = sorted((meeting / "video").rglob("*.webm"))[1:]
    found = class_folder(meeting, files, clock)
    assert found is not None and any("missing in the folder (1): medium-" in note for note in found.notes)


def test_every_tile_shows_its_file_at_the_time_of_the_class(tmp_path: Path) -> None:
    """Pictures carry their number: at 25 a second it says the file's own time."""
    for name in ("a.mp4", "b.mp4"):
        make_video(tmp_path / name, "libx264", {"crf": "10"}, stamps=range(100))
    (tmp_path / "starts.csv").write_text("file,start_s\na.mp4,0\nb.mp4,1.2\n", encoding="utf-8")
    (one, *_) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class)
    with ClassReader(one.recorded) as reader:
        shown = [(frame.time_s, frame.image) for frame in reader.frames(0.5)]
        assert reader.finish().none and reader.whole
    assert [time_s for time_s, _ in shown] == [0.5 * i for i in range(11)]
    width = reader.tiles.size[0]
    for start_s, left in ((0.0, 0), (1.2, width)):
        for time_s, image in shown:
            tile = image[:, left : left + width]
            own_s = time_s - start_s
            if -0.25 <= own_s <= 3.75:
                assert abs(number_in(tile) / 25 - own_s) <= 0.26
            elif own_s < -0.25 or own_s > 4.25:
                assert not tile.any(), "before a file begins and after its end"
    with ClassReader(one.recorded) as reader:
        later = [frame.time_s for frame in reader.frames(0.5, start_s=2.1)]
    assert later == [2.5 + 0.5 * i for i in range(6)]


def test_a_file_is_closed_when_its_pictures_were_taken(tmp_path: Path) -> None:
    for k in range(4):
        make_video(tmp_path / f"{k}.mp4", "libx264", stamps=range(10))
    rows = "".join(f"{k}.mp4,{k},mia\n" for k in range(4))
    (tmp_path / "starts.csv").write_text(f"file,start_s,person\n{rows}", encoding="utf-8")
    (one, *_) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class)
    with ClassReader(one.recorded) as reader:
        assert max(len(reader._readers) for _ in reader.frames(0.2)) == 1
        assert not reader._readers and reader.finish().none and reader.whole


def test_files_of_the_same_name_in_the_folders_of_participants(tmp_path: Path) -> None:
    """The table names them by their folders; each is its own, and the result says which is whose."""
    for who in ("anna", "ben", "cleo"):
        (tmp_path / who).mkdir()
        make_video(tmp_path / who / "cam.mp4", "libx264", stamps=range(5))
    table = "file,start_s,person\nanna/cam.mp4,0,Anna\nBen\\cam.mp4,1.5,Ben\n"
    (tmp_path / "starts.csv").write_text(table, encoding="utf-8")
    one, *rest = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class), one
    pieces = [(piece.path.parent.name, piece.start_s) for piece in one.recorded.pieces]
    assert pieces == [("anna", 0.0), ("ben", 1.5)] and len(one.recorded.participants) == 2
    assert [other.name for other in rest] == ["cleo/cam.mp4"], "which the table does not name"
    with ClassReader(one.recorded) as reader:
        assert [file["file"] for file in reader.decoding["files"]] == ["anna/cam.mp4", "ben/cam.mp4"]


def test_a_file_that_begins_before_the_clock_does_is_told(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_video(tmp_path / name, "libx264", stamps=range(5))
    (tmp_path / "starts.csv").write_text("file,start_s\na.mp4,-90\nb.mp4,5\n", encoding="utf-8")
    (one, *_) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class) and [piece.start_s for piece in one.recorded.pieces] == [0.0, 95.0]
    assert any("begins 1 min 30 s before 0:00" in note for note in one.recorded.notes)


def test_of_two_files_at_one_time_the_first_is_shown(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_video(tmp_path / name, "libx264", {"crf": "10"}, stamps=range(50))
    (tmp_path / "starts.csv").write_text("file,start_s,person\na.mp4,0,mia\nb.mp4,1,mia\n", encoding="utf-8")
    (one, *_) = find_inputs([str(tmp_path)], together=None)
    assert isinstance(one, Class)
    with ClassReader(one.recorded) as reader:
        shown = [(frame.time_s, number_in(frame.image) / 25) for frame in reader.frames(0.5) if frame.image.any()]
    assert len(shown) == 6
    for time_s, own_s in shown:
        assert own_s == pytest.approx(time_s if time_s <= 1.9 else time_s - 1, abs=0.11)


def test_a_class_goes_on_with_the_picture_that_was_asked_for(tmp_path: Path) -> None:
    """Times are rounded to a millionth of a second, whatever the interval is."""
    make_video(tmp_path / "a.mp4", "libx264", stamps=range(30))
    (one,) = find_inputs([str(tmp_path)], together=True)
    assert isinstance(one, Class)
    for every_s in (0.0333333, 1 / 3, 0.1, 0.07):
        with ClassReader(one.recorded) as reader:
            times = [frame.time_s for frame in reader.frames(every_s)]
        for start_s in times[1:4]:
            with ClassReader(one.recorded) as reader:
                assert next(reader.frames(every_s, start_s=start_s)).time_s == start_s


def test_what_is_damaged_or_missing_in_a_file_is_told_of_a_class_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a recording that is analyzed on its own."""
    for name in ("a.mpg", "b.mp4"):
        make_video(tmp_path / name, "mpeg2video" if name == "a.mpg" else "libx264", {"g": "5"}, stamps=range(50))
    damaged = bytearray((tmp_path / "a.mpg").read_bytes())
    for at in range(len(damaged) // 3, len(damaged) // 3 + 3000, 100):
        damaged[at : at + 60] = b"\xff" * 60
    (tmp_path / "a.mpg").write_bytes(damaged)
    (one,) = find_inputs([str(tmp_path)], together=True)
    assert isinstance(one, Class)
    with ClassReader(one.recorded) as reader:
        assert len(list(reader.frames(0.5))) > 1 and reader.finish().none
        assert len(reader.notes) == 1 and re.match(
            r"a\.mpg: .* damaged parts? of the file could not be read", reader.notes[0]
        )
    monkeypatch.setattr(packets, "_stated_s", lambda container: 60.0)
    with ClassReader(one.recorded) as reader:
        assert len(list(reader.frames(0.5))) > 1 and reader.finish().none
        assert any(note.startswith("b.mp4: The file states a length of 1 min 0 s") for note in reader.notes)
        assert not reader.whole, "an end is missing"


def test_places_of_tiles() -> None:
    tiles = Tiles(5, (100, 50))
    assert tiles.columns == 3 and tiles.shape == (100, 300)
    assert tiles.tile_at(np.array([[10, 10], [299, 49], [10, 60], [150, 60], [290, 90]], np.float32)).tolist() == [
        0,
        2,
        3,
        4,
        4,
    ]


def test_a_file_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", "libx264", stamps=range(10))
    (tmp_path / "b.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:600])
    (one,) = find_inputs([str(tmp_path)], together=True)
    assert isinstance(one, Class)
    with ClassReader(one.recorded) as reader:
        assert len(list(reader.frames(0.2))) > 1
        assert not reader.whole and "b.mp4 was left out" in reader.notes[0]
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    (one,) = find_inputs([str(tmp_path)], together=True)
    assert isinstance(one, Class)
    with pytest.raises(DataFileError, match="None of the 2 files"):
        ClassReader(one.recorded)


def test_a_class_is_analyzed_and_goes_on_where_it_was_stopped(meeting: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "out"
    options = ("--out", out, "--save", "json", "--min-group", "1", "--every", "1", "--seed", "3")
    answer = run_cli("analyze", meeting, *options)
    assert answer.code == 0 and "BigBlueButton's playback begins there" in answer.err
    (path,) = out.glob("*.json")
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert whole["source"] == meeting.name and whole["complete"]
    seen: dict[int, list[float]] = {}
    for face in whole["faces"]:
        seen.setdefault(face["track_id"], []).append(face["time_s"])
    by_file = {file["file"].split("-")[1]: file["track_id"] for file in whole["decoding"]["files"]}
    assert by_file["w_anna00000001"] == by_file["w_anna00000002"], "one person, one track"
    assert seen[by_file["w_anna00000001"]] == [3.0, 4.0, 5.0, 8.0, 9.0, 10.0]
    assert seen[by_file["w_teacher00001"]] == [2.0 + i for i in range(8)]
    assert by_file["w_empty0000001"] not in seen and len(seen) == 3
    again = run_cli("analyze", meeting, *options, "--resume")
    assert again.code == 0 and "was analyzed before and is skipped" in again.err
    assert run_cli("analyze", meeting, *options).code == COULD_NOT, "results are never overwritten unasked"


def test_a_second_face_in_a_tile_is_anonymized_and_not_counted(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    root = bigbluebutton(tmp_path, [Webcam("w_a", "a", 0.0, 2.0, 1)])
    film_of_many = next((root / "video").rglob("*.webm"))
    film_of_many.write_bytes((samples / "meeting.mp4").read_bytes())
    answer = run_cli("analyze", root, "--out", tmp_path / "out", "--save", "json", "--min-group", "1", "--every", "2")
    assert answer.code == 0 and "The largest was judged" in answer.err
    (path,) = (tmp_path / "out").glob("*.json")
    assert {face["face"] for face in json.loads(path.read_text(encoding="utf-8"))["faces"]} == {0}
