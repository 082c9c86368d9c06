"""Every saved file bears the signature, under any name, and nothing else in its metadata; files of other tools do not."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.batch import SaveOptions, analyze_all
from aiducation.batch.overview_file import write_overview
from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.column_names import COLUMNS, EPISODE_NAMES, TIMELINE_COLUMNS
from aiducation.exports.formats import FORMATS
from aiducation.media.inputs import find_inputs
from aiducation.media.video_writer import VideoWriter
from aiducation.observations.episode_columns import EPISODE_COLUMNS
from aiducation.observations.faces import Faces
from aiducation.observations.result_json import to_json
from aiducation.signature import GENERATOR, TABLES, is_signed
from aiducation.vision.analyzer import Analyzer
from needs import need_package


@pytest.fixture(scope="module")
def saved(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo and a recording in every format, and the overview."""
    need_package("pyarrow")
    folder = tmp_path_factory.mktemp("saved")
    options = SaveOptions(formats=tuple(FORMATS), every_s=3)
    done = list(analyze_all(Analyzer(), find_inputs([str(samples)]), folder, options))
    write_overview(folder, done)
    return folder


@pytest.fixture(scope="module")
def faces(samples: Path) -> Faces:
    return Analyzer().photo(samples / "gallery.jpg")


@pytest.mark.slow
def test_every_saved_file_is_known_by_its_content(saved: Path, tmp_path: Path) -> None:
    files = sorted(saved.iterdir())
    kinds = [kind for one in FORMATS.values() for kind in (*one.photo, *one.recording)]
    assert len(files) == len(kinds) + 2, "and the overview and the manifest"
    for file in files:
        renamed = tmp_path / "download (1)"
        renamed.write_bytes(file.read_bytes())
        assert is_signed(renamed), file.name


def test_json_is_known_however_it_is_laid_out(faces: Faces, tmp_path: Path) -> None:
    for layout in ({"separators": (",", ":")}, {}, {"indent": 2}, {"indent": "\t"}):
        (tmp_path / "a").write_text(json.dumps(to_json(faces), **layout), encoding="utf-8")  # type: ignore[arg-type]
        assert is_signed(tmp_path / "a"), layout


def test_tables_are_known_as_spreadsheets_save_them(tmp_path: Path) -> None:
    assert tuple(EPISODE_COLUMNS) == EPISODE_NAMES in TABLES
    header = ",".join(COLUMNS)
    timelines = [",".join(names) + "\n" for names in TIMELINE_COLUMNS.values()]
    for text in (header, f"\ufeff{header}\n", f"{header}\r\na.jpg,", *timelines):
        (tmp_path / "a").write_bytes(text.encode())
        assert is_signed(tmp_path / "a"), text


def test_a_checkpoint_is_known_and_goes_on(faces: Faces, tmp_path: Path) -> None:
    with RecordingCheckpoint(tmp_path / "a", {"interval": 1}, resume=False) as checkpoint:
        checkpoint.add(replace(faces, frame=0, time_s=0.0))
    assert is_signed(tmp_path / "a")
    assert len(RecordingCheckpoint(tmp_path / "a", {"interval": 1}, resume=True).seen) == 1


def test_a_picture_that_a_browser_made_is_known_by_its_comment(tmp_path: Path) -> None:
    """As the page puts it behind the head of a JPEG file."""
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "JPEG")
    plain, words = out.getvalue(), GENERATOR.encode()
    head = 4 + int.from_bytes(plain[4:6], "big")
    comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
    for content, known in ((plain, False), (plain[:head] + comment + plain[head:], True)):
        (tmp_path / "a").write_bytes(content)
        assert is_signed(tmp_path / "a") == known
        Image.open(tmp_path / "a").load()


def test_pictures_and_videos_say_nothing_else(saved: Path) -> None:
    import av

    picture = Image.open(saved / "gallery.annotated.jpg")
    assert picture.info.pop("comment") == GENERATOR.encode() and not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert Image.open(saved / "meeting.timeline.png").info == {"Software": GENERATOR}
    with av.open(str(saved / "meeting.annotated.mp4")) as video:
        about = dict(video.metadata)
    assert about.pop("comment") == GENERATOR
    assert set(about) <= {"major_brand", "minor_version", "compatible_brands", "encoder"}
    assert re.fullmatch(r"aiducation [\d.]+\w*", GENERATOR)


def foreign_files(folder: Path) -> None:
    """Files of other tools, as like to ours as they can be."""
    texts = {
        "other-tool.json": '{\n  "schema_version": 1,\n  "kind": "photo",\n  "faces": []\n}\n',
        "generator.json": '{"generator": "aiducational suite", "faces": []}',
        "later.json": '{"faces": [], "generator": "aiducation 0.1.0"}',
        "list.json": '[{"generator": "aiducation 0.1.0"}]',
        "project.timeline.csv": "start_s,end_s,task\n0,10,plan\n",
        "longer.csv": ",".join(COLUMNS) + ",mark\n",
        "shorter.csv": ",".join(COLUMNS[:-1]) + "\n",
        "notes.report.html": "<!doctype html><p>Made with aiducation 0.1.0. No data left this machine.",
        "plan.timeline.svg": '<svg xmlns="http://www.w3.org/2000/svg"><text>aiducation 0.1.0</text></svg>',
        "steps.part.jsonl": '{"file": ["a.mp4", 1, 2], "model": ""}\n',
        "notes.xml": f'<?xml version="1.0"?>\n<notes>{GENERATOR}</notes>\n',
        "notes.vtt": f"WEBVTT\n\n00:00.000 --> 00:01.000\n{GENERATOR}\n",
        "notes.TextGrid": f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0 1 <exists> 0\n! {GENERATOR}\n',
        "notes.md": f"The file begins with {GENERATOR}.\n",
        "empty.annotated.jpg": "",
        "short.parquet": "PAR1",
        "torn.mp4": "\0\0\0\x18ftypmp42",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    picture = Image.new("RGB", (40, 30))
    picture.save(folder / "holiday.annotated.jpg", comment=b"Made with love")
    picture.save(folder / "project.timeline.png")
    with VideoWriter(folder / "ours.mp4", 64, 48) as film:
        film.write(np.zeros((48, 64, 3), np.uint8), 0)
    film_bytes = (folder / "ours.mp4").read_bytes()
    (folder / "ours.mp4").unlink()
    (folder / "holiday.annotated.mp4").write_bytes(film_bytes.replace(GENERATOR.encode(), b"x" * len(GENERATOR)))
    (folder / "about us.mp4").write_bytes(
        film_bytes.replace(b"\xa9cmt", b"\xa9nam")
    )  # a film that has the name as title
    (folder / "huge box.mp4").write_bytes(film_bytes[:4] + b"ftyp" + b"\xff" * 40)
    (folder / "huge footer.parquet").write_bytes(b"PAR1" + b"\xff" * 8 + b"PAR1")


def test_files_of_other_tools_are_left_alone(tmp_path: Path) -> None:
    foreign_files(tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_signed(path)] == []


def test_a_parquet_file_of_another_tool(tmp_path: Path) -> None:
    arrow = need_package("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"aiducation_schema_version": ["aiducation 0.1.0"]}), tmp_path / "a")
    assert not is_signed(tmp_path / "a")
