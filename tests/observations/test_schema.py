"""The written schema and what is saved agree."""

from __future__ import annotations

import csv
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.column_names import COLUMNS, QUALITY_COLUMNS, TIMELINE_COLUMNS
from aiducation.errors import ConfigError
from aiducation.exports.formats import save
from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.detections import Quality
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.schema import schema
from aiducation.observations.schema_page import schema_page
from aiducation.observations.timeline import timeline
from aiducation.vision.analyzer import Analyzer
from commands import RunCli
from makers import recording_of
from needs import need_package

DOCS = Path(__file__).parents[2] / "docs"


def test_every_column_has_a_meaning() -> None:
    assert tuple(COLUMN_MEANINGS) == COLUMNS
    assert tuple(field.name for field in fields(Quality)) == QUALITY_COLUMNS
    step = schema()["properties"]["group"]["properties"]["timeline"]["properties"]
    assert {"step_s", *(name for names in TIMELINE_COLUMNS.values() for name in names)} == set(step)


def test_the_page_in_the_docs_is_the_generated_one() -> None:
    """Write it anew with: python -c "from aiducation.observations import schema_page as s; print(s.schema_page(), end='')"."""
    assert (DOCS / "schema.md").read_text(encoding="utf-8") == schema_page()


def test_results_fit_the_schema(samples: Path, analyzer: Analyzer) -> None:
    validator = need_package("jsonschema").Draft202012Validator(schema())
    validator.check_schema(schema())
    recording = analyzer.video(samples / "meeting.mp4", every_s=2)
    odd = recording_of([[np.full(5, np.nan)], [], [np.full(5, 0.2)]])
    for result in (analyzer.photo(samples / "gallery.jpg"), recording, odd):
        value = json.loads(
            json.dumps(
                to_json(replace(result, made_with=MadeWith(model={"name": "flagship", "scores": {"x": float("nan")}})))
            )
        )
        validator.validate(value)
        assert len(value["faces"]) == sum(map(len, getattr(result, "frames", (result,))))
    doubtful = replace(analyzer.photo(samples / "gallery.jpg"), low_confidence=np.array([[1, 2, 3.5, 4]], np.float32))
    value = json.loads(json.dumps(to_json(doubtful)))
    validator.validate(value)
    read = from_json(value)
    assert isinstance(read, Faces) and read.low_confidence.tolist() == [[1, 2, 3.5, 4]]
    assert read.made_with.settings == doubtful.made_with.settings
    before = {name: entry for name, entry in value.items() if name not in ("settings", "low_confidence")}
    old = from_json({**before, "schema_version": 2, "maybe": value["low_confidence"]})
    assert isinstance(old, Faces) and old.low_confidence.tolist() == [[1, 2, 3.5, 4]]
    for broken in ({"kind": "film"}, {"faces": [{}]}, {"surprise": 1}):
        assert not validator.is_valid(value | broken)


@pytest.mark.slow
def test_results_save_themselves(samples: Path, tmp_path: Path, analyzer: Analyzer) -> None:
    image = np.asarray(Image.open(samples / "gallery.jpg"))
    photo = analyzer.photo(image, source="gallery.jpg")
    names = {path.name for path in save(photo, tmp_path, ("json", "picture", "report", "timeline"), image=image)}
    assert names == {"gallery.json", "gallery.annotated.jpg", "gallery.report.html"}
    recording = analyzer.video(samples / "meeting.mp4", every_s=2)
    assert {path.suffix for path in save(recording, tmp_path / "new")} == {".json", ".csv", ".svg", ".png", ".html"}
    assert len(timeline(recording, step_s=4)) == 2
    with pytest.raises(ConfigError, match="pdf"):
        save(photo, tmp_path, ("pdf",))


def test_csv_json_and_parquet_hold_the_same(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    parquet = need_package("pyarrow.parquet")
    answer = run_cli("analyze", samples / "meeting.mp4", "--every", 2, "--out", tmp_path, "--save", "csv json parquet")
    assert answer.code == 0, answer.err
    rows = list(csv.DictReader((tmp_path / "meeting.csv").open(encoding="utf-8")))
    saved = json.loads((tmp_path / "meeting.json").read_text(encoding="utf-8"))["faces"]
    table = parquet.read_table(tmp_path / "meeting.parquet").to_pylist()
    assert len(rows) == len(saved) == len(table) > 30
    for row, entry, typed in zip(rows, saved, table, strict=True):
        for name in COLUMNS:
            assert entry[name] == typed[name]
            assert row[name] == ("" if entry[name] is None else str(entry[name]))
