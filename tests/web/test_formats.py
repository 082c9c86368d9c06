"""The formats of the API are those that the writers write."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from aiducation.exports.formats import WRITERS
from aiducation.tables.dialects import DIALECTS
from aiducation.web.formats import FORMATS, CsvDialect, LiveFormat, PhotoFormat, RecordingFormat, media_types


def test_every_writer_has_a_format_and_every_format_a_writer() -> None:
    assert {one.writer for one in FORMATS.values() if one.writer} == set(WRITERS)
    assert [name for name, one in FORMATS.items() if not one.writer] == ["video"], "drawn while the frames go by"


def test_every_format_can_be_asked_for() -> None:
    assert {name for kind in (PhotoFormat, LiveFormat, RecordingFormat) for name in get_args(kind)} == set(FORMATS)
    assert set(get_args(RecordingFormat)) == {*get_args(LiveFormat), "video"}


def test_every_dialect_can_be_asked_for() -> None:
    assert set(get_args(get_args(CsvDialect)[0])) == set(DIALECTS)


@pytest.mark.parametrize("kind", [PhotoFormat, LiveFormat, RecordingFormat])
def test_media_types(kind: Any) -> None:
    assert set(media_types(kind)) == {FORMATS[name].media_type for name in get_args(kind)}
