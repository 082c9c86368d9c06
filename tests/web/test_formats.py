"""The formats of the API are those of the command line."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from aiducation.exports.formats import FORMATS
from aiducation.tables.dialects import DIALECTS
from aiducation.web.formats import CsvDialect, LiveFormat, PhotoFormat, RecordingFormat, downloads


@pytest.mark.parametrize(
    ("kind", "recording", "live"),
    [(PhotoFormat, False, False), (RecordingFormat, True, False), (LiveFormat, True, True)],
)
def test_every_format_can_be_asked_for(kind: object, recording: bool, live: bool) -> None:
    takes = TypeAdapter(kind)
    names = downloads(recording=recording, live=live)
    assert takes.json_schema()["enum"] == [*names]
    assert [takes.validate_python(name) for name in names] == [*names]
    with pytest.raises(ValidationError, match="json"):
        takes.validate_python("pdf")
    formats = {one.name for one in FORMATS.values() if one.kinds(recording=recording) and not (live and not one.write)}
    assert {one.name for one, _ in names.values()} == formats


def test_a_format_of_several_files_has_a_download_for_each() -> None:
    assert {"timeline.svg", "timeline.png", "timeline.csv", "csv", "video"} <= downloads(recording=True).keys()
    assert "video" not in downloads(recording=True, live=True) and "timeline.svg" not in downloads(recording=False)


def test_every_dialect_can_be_asked_for() -> None:
    assert set(get_args(get_args(CsvDialect)[0])) == set(DIALECTS)
