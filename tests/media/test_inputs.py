"""What arguments mean: folders by content, with a reason for whatever is left out; addresses get an answer that fits."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aiducation.media.inputs import Device, File, LeftOut, Nothing, find_inputs
from aiducation.signature import GENERATOR
from commands import COULD_NOT, RunCli
from needs import UNIX
from picture_makers import animation, encoded, small

PHOTO = encoded(small(96), "JPEG")
MOVIE = b"\0\0\0\x18ftypmp42" + bytes(100)


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def sorted_out(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Names of what is analyzed, and the reason of what is left out."""
    found = find_inputs([str(folder)])
    taken = [one.name for one in found if isinstance(one, File)]
    return taken, {one.name: one.why for one in found if isinstance(one, LeftOut)}


def test_content_decides_in_folders(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "day 1/photo without ending": PHOTO,
            "day 1/video.dat": MOVIE,
            "day 1/screen.gif": animation("GIF", [100, 100]),
            "day 2/photo.heic": encoded(small(96), "AVIF"),
            "day 2/damaged.jpg": b"rubbish",
            "day 2/audio.m4a": b"\0\0\0\x18ftypM4A " + bytes(50),
            "day 2/sound.mp4": b"ID3" + bytes(50),
            "chat.txt": b"Hello",
            "slides.pptx": b"PK\x03\x04",
            "empty.doc": b"",
        },
    )
    taken, left = sorted_out(tmp_path)
    assert taken == [
        *("day 1/photo without ending", "day 1/screen.gif", "day 1/video.dat", "day 2/damaged.jpg", "day 2/photo.heic"),
    ]
    assert {name: why.split(",")[0].split(":")[0] for name, why in left.items()} == {
        "day 2/audio.m4a": "sound",
        "day 2/sound.mp4": "sound",
        "chat.txt": "neither a photo nor a recording",
        "slides.pptx": "an archive or a document",
        "empty.doc": "empty",
    }


COMPANIONS = (
    "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg",
    ".thumbnails/a.jpg",
    ".@__thumb/s800a.jpg",
    "#recycle/old.jpg",
    "$RECYCLE.BIN/S-1-5/old.jpg",
    "@Recycle/old.jpg",
    "System Volume Information/a.jpg",
    "lost+found/a.jpg",
    "__MACOSX/._a.jpg",
    "._a.jpg",
    "Thumbs.db",
    "ehthumbs_vista.db",
    ".DS_Store",
    "desktop.ini",
    "GOPR0001.THM",
    ".hidden.jpg",
    ".cache/a.jpg",
    ".IMG_0001.HEIC.icloud",
    "SYNOFILE_THUMB_S.jpg",
    "~$notes.jpg",
)


@pytest.mark.parametrize("name", COMPANIONS)
@pytest.mark.parametrize("below", ["", "week 1/"])
def test_thumbnails_and_companions_are_left_out_with_a_word(below: str, name: str, tmp_path: Path) -> None:
    write(tmp_path, {"a.jpg": PHOTO, below + name: PHOTO})
    taken, left = sorted_out(tmp_path)
    assert taken == ["a.jpg"] and len(left) == 1
    ((where, why),) = left.items()
    assert (below + name).startswith(where) and why


def test_a_folder_that_is_left_out_counts_its_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.jpg": PHOTO, "@eaDir/a/1.jpg": PHOTO, "@eaDir/a/2.jpg": PHOTO})
    (one,) = (one for one in find_inputs([str(tmp_path)]) if isinstance(one, LeftOut))
    assert (one.name, one.files) == ("@eaDir/", 2)


def test_a_camera_s_small_copy_of_a_recording_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"GX010001.MP4": MOVIE, "GL010001.LRV": MOVIE, "GOPR0002.LRV": MOVIE})
    taken, left = sorted_out(tmp_path)
    assert taken == ["GOPR0002.LRV", "GX010001.MP4"], "the other has no large one beside it"
    assert "smaller version" in left["GL010001.LRV"]


@pytest.mark.parametrize(
    ("large", "small"),
    [
        ("GH010001.MP4", "GL010001.LRV"),
        ("GOPR0001.MP4", "GOPR0001.LRV"),
        ("DJI_0001.MP4", "DJI_0001.LRF"),
        ("a.mov", "a.lrf"),
    ],
)
def test_small_copies_of_several_cameras(large: str, small: str, tmp_path: Path) -> None:
    write(tmp_path, {large: MOVIE, small: MOVIE})
    taken, left = sorted_out(tmp_path)
    assert taken == [large] and "smaller version" in left[small]


def test_links_and_what_may_not_be_read_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"in/a.jpg": PHOTO, "other/b.jpg": PHOTO})
    (tmp_path / "in" / "link").symlink_to(tmp_path / "other")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "closed").mkdir()
    (tmp_path / "in" / "closed").chmod(0)
    taken, left = sorted_out(tmp_path / "in")
    assert taken == ["a.jpg"] and "link to a folder" in left["link/"] and "link to a folder" in left["loop/"]
    if not os.access(tmp_path / "in" / "closed", os.R_OK):
        assert left["closed/"] == "may not be read"


@UNIX.mark()
def test_what_is_no_file_is_left_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "device.mp4").symlink_to("/dev/zero")
    taken, left = sorted_out(tmp_path)
    assert taken == [] and sorted(left) == ["device.mp4", "gone.jpg", "loop.jpg", "pipe.mp4"]
    assert left["gone.jpg"] == left["loop.jpg"] and "does not lead" in left["gone.jpg"] and "pipe" in left["device.mp4"]


def test_own_results_are_known_by_their_signature(tmp_path: Path) -> None:
    """Whatever they are called; a file of somebody else with such a name is none."""
    signed = PHOTO[:20] + b"\xff\xfe" + (len(GENERATOR) + 2).to_bytes(2, "big") + GENERATOR.encode() + PHOTO[20:]
    write(
        tmp_path,
        {
            "a.jpg": PHOTO,
            "mine.annotated.jpg": PHOTO,
            "results/a.annotated.jpg": signed,
            "results/renamed.jpg": signed,
            "results/a.json": json.dumps({"generator": GENERATOR}).encode(),
        },
    )
    taken, left = sorted_out(tmp_path)
    assert taken == ["a.jpg", "mine.annotated.jpg"]
    assert {*left.values()} == {"a result of this tool, not an input"} and len(left) == 3
    # Named by a shell's *, it is left out, too; named alone, it is what is wanted.
    words = [str(tmp_path / "a.jpg"), str(tmp_path / "results" / "renamed.jpg")]
    assert isinstance(find_inputs(words)[1], LeftOut) and isinstance(find_inputs(words[1:])[0], File)


def test_companions_that_a_shell_names_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a.jpg": PHOTO, "@eaDir/a.jpg": PHOTO})
    words = [str(tmp_path / "@eaDir"), str(tmp_path / "a.jpg")]
    assert [type(one) for one in find_inputs(words)] == [LeftOut, File]
    assert [type(one) for one in find_inputs([str(tmp_path / "*")])] == [LeftOut, File]
    assert [type(one) for one in find_inputs(words[:1])] == [File]


def test_a_folder_that_is_closed_is_not_called_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    [nothing] = find_inputs([str(tmp_path)])
    assert isinstance(nothing, Nothing) and nothing.why == f"The folder {tmp_path} cannot be read: permission denied."


def test_a_folder_without_anything_says_what_it_has(tmp_path: Path, run_cli: RunCli) -> None:
    write(tmp_path / "in", {"a.m4a": b"ID3", "b.m4a": b"ID3", "c.txt": b"x"})
    answer = run_cli("analyze", tmp_path / "in", "--out", tmp_path / "out")
    assert answer.code == COULD_NOT and "contains no photo and no video.\n" in answer.err
    assert "Left out 2 files: sound, without pictures (a.m4a, b.m4a)" in answer.err
    assert "Left out 1 file: neither a photo nor a recording (c.txt)" in answer.err


def test_what_is_left_out_is_listed_everywhere(tmp_path: Path, run_cli: RunCli) -> None:
    write(tmp_path / "in", {"a.jpg": PHOTO, "b.jpg": PHOTO, "x/audio.m4a": b"ID3", ".DS_Store": b"x"})
    answer = run_cli("analyze", tmp_path / "in", "--out", tmp_path / "out", "--json")
    assert answer.code == 0, "nothing went wrong"
    left = json.loads(answer.out)["left_out"]
    assert [one["source"] for one in left] == [".DS_Store", "x/audio.m4a"] and all(one["reason"] for one in left)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Left out" in page and "x/audio.m4a" in page


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("rtsp://10.0.0.3:554/stream1", "live stream"),
        ("RTSPS://camera/stream", "live stream"),
        ("rtmp://live.example/app", "live stream"),
        ("srt://10.0.0.3:9000", "live stream"),
        ("udp://239.0.0.1:1234", "live stream"),
        ("https://zoom.us/rec/share/abc", "Download the recording"),
        ("http://camera.local/video.mjpg", "Download the recording"),
        ("ftp://server/lesson.mp4", "Download the recording"),
        ("s3://bucket/lesson.mp4", "Copy the file here"),
        ("smb://nas/lesson.mp4", "Copy the file here"),
    ],
)
def test_addresses(address: str, words: str) -> None:
    (one,) = find_inputs([address])
    assert isinstance(one, Nothing) and words in one.why and "There is no file" not in one.why


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path, run_cli: RunCli) -> None:
    address = "rtsp://admin:hunter2@10.0.0.3/stream?token=hunter2"
    answer = run_cli("analyze", address, "--out", tmp_path / "out", "--json")
    assert answer.code == COULD_NOT and "hunter2" not in answer.err + answer.out and "10.0.0.3" in answer.err


def test_an_address_of_a_file_here_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, {"my class.jpg": PHOTO})
    (one,) = find_inputs([(tmp_path / "my class.jpg").as_uri()])
    assert isinstance(one, File) and one.path == tmp_path / "my class.jpg" and one.name == "my class.jpg"


@pytest.mark.parametrize("argument", ["file:///a%00b.jpg", "file://[abc", "a\0b.jpg"])
def test_what_no_file_can_be_called(argument: str) -> None:
    (one,) = find_inputs([argument])
    assert isinstance(one, Nothing) and "There is no file" not in one.why


def test_a_number_of_a_camera_may_be_too_long() -> None:
    (one,) = find_inputs([f"camera:{'9' * 5000}"])
    assert isinstance(one, Device) and one.label == "9" * 5000  # no camera is called so, and looking for it says this


def test_names_with_digits_of_every_kind(tmp_path: Path) -> None:
    names = ["1²3.jpg", "1①3.jpg", "٢.jpg", "١٠.jpg", "9.jpg", "10.jpg"]
    write(tmp_path, dict.fromkeys(names, PHOTO))
    taken, _ = sorted_out(tmp_path)
    assert sorted(taken) == sorted(names)
    assert taken.index("9.jpg") < taken.index("10.jpg") and taken.index("٢.jpg") < taken.index("١٠.jpg")


def test_a_camera_s_device_file_is_answered_with_its_name() -> None:
    (one,) = find_inputs(["/dev/video2"])
    assert isinstance(one, Nothing) and "camera:2" in one.why


def test_sound_that_is_named_itself_is_an_error(tmp_path: Path, run_cli: RunCli) -> None:
    write(tmp_path, {"audio.m4a": b"ID3" + bytes(9)})
    answer = run_cli("analyze", tmp_path / "audio.m4a", "--out", tmp_path / "out")
    assert answer.code == COULD_NOT and "is sound, without pictures" in answer.err
