"""Names that lose nothing: results are told apart by their place, and none ever takes the place of another's."""

from __future__ import annotations

import csv
import json
import os
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.names import CHECKPOINT, Named, Names, identity_of
from aiducation.batch.summary import summarize
from aiducation.exports.formats import FORMATS, endings
from aiducation.media.inputs import Device, File, find_inputs
from aiducation.media.source_names import stem_of
from aiducation.observations.recording import Recording
from aiducation.vision.analyzer import Analyzer
from commands import COULD_NOT, Answer, RunCli, check_refused
from makers import faces_of, recording_of
from picture_makers import animation, encoded, small

PHOTO = encoded(small(96), "JPEG")

#: How the files of a result may end.
ENDINGS = {CHECKPOINT, *endings()}


def weeks(folder: Path, *names: str) -> list[Path]:
    """Folders with the same file names and different content, as a meeting service writes them."""
    made = []
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        (folder / name / "video1.gif").write_bytes(animation("GIF", [600 + 100 * number] * 3))
        made.append(folder / name)
    return made


def names_of(folder: Path, *arguments: Path, resume: bool = False) -> list[tuple[str, str]]:
    """Sources and stems of what the arguments name, for results in a folder."""
    found = [one for one in find_inputs([str(one) for one in arguments]) if isinstance(one, (File, Device))]
    return [(one.source, one.stem) for one in plan(folder, found, resume=resume)]


def plan(folder: Path, found: list[File | Device], *, resume: bool = False) -> list[Named]:
    return Names(folder, Manifest(folder), ENDINGS).name(found, resume=resume)


def saved(folder: Path) -> dict[str, str]:
    """Name of each JSON file -> its source."""
    files = folder.glob("*.json")
    return {file.name: json.loads(file.read_text(encoding="utf-8"))["source"] for file in files}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """An analysis that takes no time: these tests are about files."""

    def photo(self: Analyzer, picture: Any, *, source: str) -> Any:
        height, width = picture.image.shape[:2]
        return replace(faces_of([np.full(5, 0.2)]), source=source, width=width, height=height)

    def video(self: Analyzer, path: Path, *, source: str, **_: Any) -> Recording:
        made = recording_of([[np.full(5, 0.2)]] * 3)
        return replace(made, source=source, frames=tuple(replace(frame, source=source) for frame in made.frames))

    monkeypatch.setattr(Analyzer, "photo", photo)
    monkeypatch.setattr(Analyzer, "video", video)


@pytest.fixture
def analyze(quick: None, tmp_path: Path, run_cli: RunCli) -> Any:
    def run(*words: object) -> Answer:
        return run_cli("analyze", *words, "--out", tmp_path / "out", "--save", "json csv report")

    return run


def test_week_2_into_the_folder_of_week_1_keeps_both(analyze: Any, tmp_path: Path) -> None:
    one, two = weeks(tmp_path, "week 1", "week 2")
    assert analyze(one).code == 0
    before = (tmp_path / "out" / "video1.json").read_bytes()
    answer = analyze(two)
    assert answer.code == 0 and "has the same name as another input, whose results are kept" in answer.err
    assert (tmp_path / "out" / "video1.json").read_bytes() == before
    assert saved(tmp_path / "out") == {"video1.json": "video1.gif", "week 2_video1.json": "week 2/video1.gif"}
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert ">video1.gif</a>" in page and ">week 2/video1.gif</a>" in page
    with (tmp_path / "out" / "week 2_video1.csv").open(encoding="utf-8", newline="") as file:
        assert {row["source"] for row in csv.DictReader(file)} == {"week 2/video1.gif"}


@pytest.mark.parametrize("option", ["--force", "--resume"])
def test_no_option_makes_one_overwrite_the_other(option: str, analyze: Any, tmp_path: Path) -> None:
    one, two = weeks(tmp_path, "week 1", "week 2")
    analyze(one)
    before = (tmp_path / "out" / "video1.json").read_bytes()
    assert analyze(two, option).code == 0
    assert (tmp_path / "out" / "video1.json").read_bytes() == before and len(saved(tmp_path / "out")) == 2
    assert analyze(two, option).code == 0
    assert len(saved(tmp_path / "out")) == 2, "the second time they are its own"


def test_the_same_again_is_refused_and_the_advice_is_safe(analyze: Any, tmp_path: Path) -> None:
    one, two = weeks(tmp_path, "week 1", "week 2")
    analyze(one)
    analyze(two)
    answer = analyze(two)
    check_refused(answer, COULD_NOT, "week 2_video1", "from the same file", "--resume", "--force", "only its results")
    kept = (tmp_path / "out" / "video1.json").stat().st_mtime_ns
    assert analyze(two, "--force").code == 0
    assert (tmp_path / "out" / "video1.json").stat().st_mtime_ns == kept


def test_folders_below_the_named_one_are_the_place(analyze: Any, tmp_path: Path) -> None:
    weeks(tmp_path / "term", "week 1", "week 2")
    assert analyze(tmp_path / "term").code == 0
    assert saved(tmp_path / "out") == {
        "week 1_video1.json": "week 1/video1.gif",
        "week 2_video1.json": "week 2/video1.gif",
    }


def test_two_files_of_one_name_in_one_call(tmp_path: Path) -> None:
    one, two = (folder / "video1.gif" for folder in weeks(tmp_path, "week 1", "week 2"))
    assert names_of(tmp_path / "out", one, two) == [
        ("week 1/video1.gif", "week 1_video1"),
        ("week 2/video1.gif", "week 2_video1"),
    ]
    assert names_of(tmp_path / "out", one) == [("video1.gif", "video1")], "no folder where none is needed"


def test_as_many_folders_as_tell_them_apart_and_no_more(tmp_path: Path) -> None:
    weeks(tmp_path / "a", "x"), weeks(tmp_path / "b", "x")
    got = names_of(tmp_path / "out", tmp_path / "a" / "x" / "video1.gif", tmp_path / "b" / "x" / "video1.gif")
    assert [source for source, _ in got] == ["a/x/video1.gif", "b/x/video1.gif"]


def test_the_full_path_is_nowhere(analyze: Any, tmp_path: Path) -> None:
    one, two = weeks(tmp_path / "Ms Miller", "week 1", "week 2")
    (one / "cut.jpg").write_bytes(PHOTO[:200])
    for words in ((one,), (two,), (one, "--force"), (two / "video1.gif", "--resume")):
        analyze(*words)
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert b"Miller" not in content and str(tmp_path).encode() not in content, path.name


def test_a_folder_may_move(analyze: Any, tmp_path: Path) -> None:
    one, two = weeks(tmp_path, "week 1", "week 2")
    analyze(one)
    analyze(two)
    two.rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", tmp_path / "copied")  # with other times
    os.utime(tmp_path / "copied" / "video1.gif")
    for folder in ("moved", "copied"):
        answer = analyze(tmp_path / folder, "--resume")
        assert answer.code == 0 and "week 2/video1.gif was analyzed before and is skipped" in answer.err


def test_other_content_under_the_old_name_is_another_source(analyze: Any, tmp_path: Path) -> None:
    """A recorder that begins anew with the same name: the first lesson's results stay, whatever is passed."""
    (folder,) = weeks(tmp_path, "recorder")
    for number, option in enumerate(((), (), ("--force",), ("--resume",)), start=1):
        (folder / "video1.gif").write_bytes(animation("GIF", [300 + 50 * number] * 3))
        assert analyze(folder, *option).code == 0
        assert len(saved(tmp_path / "out")) == len({*saved(tmp_path / "out").values()}) == number


def test_equal_copies_in_one_call_get_results_each(analyze: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "class.jpg").write_bytes(PHOTO)
    for option in ("--force", "--resume"):
        assert analyze(tmp_path / "a", tmp_path / "b", option).code == 0
        assert saved(tmp_path / "out") == {"a_class.json": "a/class.jpg", "b_class.json": "b/class.jpg"}


def test_names_that_some_file_systems_take_for_the_same(tmp_path: Path) -> None:
    """Class and class, one letter or two code points, a photo and a video, slashes and what takes their place."""
    names = [
        "Class.jpg",
        "class.png",
        "CLASS.gif",
        "é.jpg",
        unicodedata.normalize("NFD", "é.png"),
        "a/b.jpg",
        "a_b.jpg",
    ]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(PHOTO)
    stems = [stem for _, stem in names_of(tmp_path / "out", tmp_path / "in")]
    assert len({unicodedata.normalize("NFC", stem).casefold() for stem in stems}) == len(names)


def test_no_folder_tells_apart_what_differs_in_capitals_alone(tmp_path: Path) -> None:
    """So none is put in front, up to the whole path."""
    for name in ("w/Class.jpg", "w/class.jpg", "w/é.jpg", unicodedata.normalize("NFD", "w/é.jpg"), "v/class.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(PHOTO)
    files = sorted(path for path in (tmp_path / "in").rglob("*.jpg"))
    for inputs in ([tmp_path / "in"], files):
        got = names_of(tmp_path / "out", *inputs)
        assert len({stem for _, stem in got}) == len({source for source, _ in got}) == len(files)
        assert all(source.count("/") <= 2 and tmp_path.name not in source for source, _ in got)


def test_the_files_of_one_result_are_never_those_of_another(tmp_path: Path) -> None:
    """ "a" has a file a.timeline.csv, and so would "a.timeline" have."""
    for name in ("a.mp4", "a.timeline.mp4", "a.part.gif", "a.report.jpg", "a.annotated.jpg"):
        (tmp_path / name).write_bytes(PHOTO)
    files = [stem + ending for _, stem in names_of(tmp_path / "out", tmp_path) for ending in ENDINGS]
    assert len(files) == len(set(files)) == 5 * len(ENDINGS)


def test_files_of_others_stay(analyze: Any, tmp_path: Path, run_cli: RunCli) -> None:
    """Also under --force, and also those that the overview and the manifest would have."""
    (tmp_path / "class.jpg").write_bytes(PHOTO)
    (tmp_path / "lesson.jpg").write_bytes(PHOTO)
    out = tmp_path / "out"
    out.mkdir()
    for name in ("class.csv", "index.html"):
        (out / name).write_text("mine")
    for option in ("--force", "--resume"):
        answer = analyze(tmp_path / "class.jpg", tmp_path / "lesson.jpg", option)
        assert answer.code == 0, answer.err
        assert (out / "class.csv").read_text() == (out / "index.html").read_text() == "mine"
        assert (out / "class.jpg.csv").is_file() and (out / "overview.html").is_file()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "results.jsonl").write_text('{"mine": 1}\n')
    answer = run_cli("analyze", tmp_path / "class.jpg", "--out", tmp_path / "other")
    check_refused(answer, COULD_NOT, "results.jsonl was made by another program")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["results.jsonl"]
    assert (tmp_path / "other" / "results.jsonl").read_text() == '{"mine": 1}\n'


def test_results_of_a_camera_are_never_replaced(tmp_path: Path) -> None:
    """Nobody can record the lesson again."""
    camera = Device("camera", 0)
    manifest = Manifest(tmp_path)
    (first,) = plan(tmp_path, [camera])
    assert (first.source, first.stem) == ("camera:0", "camera_0")
    manifest.add(
        Entry(
            stem=first.stem,
            source=first.source,
            made_from={"file": first.identity},
            files=("camera_0.json",),
            complete=True,
            summary=summarize(recording_of([[]])),
        )
    )
    (tmp_path / "camera_0.json").write_text("{}")
    (second,) = plan(tmp_path, [camera])
    assert not second.known and second.source == "camera:0 (2)" and second.stem == "camera_0-2"
    (again,) = plan(tmp_path, [camera], resume=True)
    assert again.known and again.stem == "camera_0"


def test_very_long_places_keep_the_name_of_the_file(tmp_path: Path) -> None:
    place = "/".join(["a rather long name of a folder"] * 30) + "/video1.mp4"
    stem = stem_of(place)
    assert stem.endswith("_video1") and len(stem.encode()) <= 120 and "/" not in stem
    other = stem_of(place.replace("video1", "课" * 80))
    assert len(other.encode()) <= 120 and "课" in other
    deep = tmp_path / "in" / Path(*["x" * 60] * 4)
    for name in ("one", "two"):
        (deep / name).mkdir(parents=True)
        (deep / name / ("y" * 100 + ".jpg")).write_bytes(PHOTO)
    stems = [stem for _, stem in names_of(tmp_path / "out", tmp_path / "in")]
    assert len(set(stems)) == 2 and all(len(stem.encode()) < 130 for stem in stems)


def test_a_name_that_was_taken_meanwhile_is_left_to_its_owner(tmp_path: Path) -> None:
    """By another command that writes into the same folder."""
    (tmp_path / "class.jpg").write_bytes(PHOTO)
    out = tmp_path / "out"
    names = Names(out, Manifest(out), ENDINGS)
    (one,) = names.name([File("photo", tmp_path / "class.jpg")], resume=False)
    with names.settled(one) as settled:
        assert settled == one
    names = Names(out, Manifest(out), ENDINGS)
    (one,) = names.name([File("photo", tmp_path / "class.jpg")], resume=False)
    (out / "class.json").write_text("another's")
    with names.settled(one) as settled:
        assert settled and settled.stem != "class" and settled.moved


def test_a_file_that_failed_leaves_its_name_to_the_one_that_replaces_it(tmp_path: Path) -> None:
    path, out = tmp_path / "class.jpg", tmp_path / "out"
    out.mkdir()
    path.write_bytes(PHOTO[:100])
    (broken,) = plan(out, [File("photo", path)])
    failed = Entry(
        stem=broken.stem,
        source=broken.source,
        made_from={"file": broken.identity},
        files=(),
        complete=False,
        summary=summarize(faces_of([])),
        error="It is damaged.",
    )
    Manifest(out).add(failed)
    (again,) = plan(out, [File("photo", path)], resume=True)
    assert again.known and again.stem == "class", "the same file has one line"
    path.write_bytes(PHOTO)
    names = Names(out, Manifest(out), ENDINGS)
    (mended,) = names.name([File("photo", path)], resume=True)
    with names.settled(mended) as settled:
        assert settled and (settled.stem, settled.source, settled.moved) == ("class", "class.jpg", False)
    Manifest(out).add(
        replace(failed, made_from={"file": mended.identity}, error="", complete=True, files=("class.json",))
    )
    assert [one.made_from["file"] for one in Manifest(out).entries.values()] == [mended.identity]


def test_a_manifest_knows_what_others_do_to_its_file(tmp_path: Path) -> None:
    """Workers have one for as long as they live."""
    entry = Entry(
        stem="a", source="a.jpg", made_from={"file": ["a"]}, files=(), complete=True, summary=summarize(faces_of([]))
    )
    mine, theirs = Manifest(tmp_path), Manifest(tmp_path)
    theirs.add(entry)
    mine.refresh()
    assert list(mine.entries) == ["a"]
    shutil.rmtree(tmp_path)
    mine.refresh()
    assert not mine.entries
    tmp_path.mkdir()
    Manifest(tmp_path).add(replace(entry, stem="b"))
    mine.refresh()
    assert list(mine.entries) == ["b"]
    mine.add(entry)
    assert list(Manifest(tmp_path).entries) == ["b", "a"]


def test_a_source_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    content = bytearray(np.random.default_rng(0).bytes(400_000))
    path.write_bytes(content)
    before = identity_of(File("video", path))
    os.utime(path)
    assert identity_of(File("video", path)) == before
    for place in (0, 200_000, 399_999):
        content[place] ^= 1
        path.write_bytes(content)
        assert identity_of(File("video", path)) != before
        content[place] ^= 1
    assert str(tmp_path) not in json.dumps(before)


def test_results_of_earlier_versions_are_known_as_their_source_s(analyze: Any, tmp_path: Path) -> None:
    """They were made from a name, a size and a time."""
    photo, out = tmp_path / "class.jpg", tmp_path / "out"
    photo.write_bytes(PHOTO)
    analyze(photo)
    state = photo.stat()
    manifest = out / "results.jsonl"
    lines = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["made_from"]["file"] = ["class.jpg", state.st_size, state.st_mtime_ns]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    check_refused(analyze(photo), COULD_NOT, "from the same file")
    assert analyze(photo, "--force").code == 0 and saved(out) == {"class.json": "class.jpg"}


@pytest.mark.slow
def test_a_whole_result_is_not_replaced_by_half_of_one(
    tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--force, and then Ctrl-C."""
    path, out = tmp_path / "a.gif", tmp_path / "out"
    path.write_bytes(animation("GIF", [600] * 30))
    command = ("analyze", path, "--out", out, "--save", "json video")
    assert run_cli(*command).code == 0
    before = {file.name: file.read_bytes() for file in out.glob("a.*")}
    whole = Analyzer.video

    def stopping(self: Analyzer, path: Path, **options: Any) -> Recording:
        def stop(done: float, total: float | None) -> None:
            if done > 1:
                raise KeyboardInterrupt

        return whole(self, path, **{**options, "progress": stop})

    monkeypatch.setattr(Analyzer, "video", stopping)
    answer = run_cli(*command, "--force", "--min-group", 1)
    assert answer.code == 130 and "earlier results, which are complete, were kept" in answer.err
    assert {name: (out / name).read_bytes() for name in before} == before
    monkeypatch.setattr(Analyzer, "video", whole)
    assert run_cli(*command, "--resume", "--min-group", 1).code == 0
    assert (out / "a.json").read_bytes() != before["a.json"]


def test_who_is_killed_while_writing_goes_on_under_the_same_name(
    analyze: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "class.jpg").write_bytes(PHOTO)

    def killed(*_: Any) -> list[Path]:
        raise KeyboardInterrupt

    whole = FORMATS["csv"]
    monkeypatch.setitem(FORMATS, "csv", replace(whole, write=killed))
    analyze(tmp_path / "class.jpg")
    assert (tmp_path / "out" / "class.json").is_file()
    monkeypatch.setitem(FORMATS, "csv", whole)
    assert analyze(tmp_path / "class.jpg", "--resume").code == 0
    assert saved(tmp_path / "out") == {"class.json": "class.jpg"} and (tmp_path / "out" / "class.csv").is_file()


def test_a_note_reaches_the_line_the_json_and_the_report(tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "class.jpg").write_bytes(encoded(Image.fromarray(np.asarray(small(200))), "JPEG")[:-2])
    answer = run_cli("analyze", tmp_path / "class.jpg", "--out", tmp_path / "out", "--json")
    words = "The end mark of the file is missing"
    assert answer.code == 0 and f"class.jpg: {words}" in answer.err
    assert words in json.loads(answer.out)["results"][0]["notes"][0]
    assert words in json.loads((tmp_path / "out" / "class.json").read_text(encoding="utf-8"))["notes"][0]
    assert words in (tmp_path / "out" / "class.report.html").read_text(encoding="utf-8")
