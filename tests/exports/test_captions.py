"""WebVTT captions and chapters, as webvtt-py and a browser read them."""

from __future__ import annotations

import html
import io
import itertools
from pathlib import Path

from aiducation.exports.captions import CAPTIONS, CHAPTERS, captions_of, clock_ms, webvtt_text
from aiducation.exports.format import Material
from aiducation.exports.tiers import Span
from aiducation.observations.recording import Recording
from makers import lesson, recording_of
from needs import need_package


def written(one: object, result: Recording, folder: Path, **options: int) -> Path:
    return one.write(Material(result=result, **options), folder, "result")[0]  # type: ignore[attr-defined, no-any-return, arg-type]


def cues(path: Path) -> list[tuple[float, float, str]]:
    read = need_package("webvtt").read(str(path))
    return [(one.start_in_seconds, one.end_in_seconds, one.text) for one in read]


def test_captions_say_how_many_faces_show_each_state(tmp_path: Path) -> None:
    read = cues(written(CAPTIONS, lesson(), tmp_path))
    assert read[0][0] == 0 and read[-1][1] == 90
    assert all(end - start >= 2 for start, end, _ in read[:-1])
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(read))
    assert any("other 6" in text for start, _, text in read if 31 < start < 58)
    assert not any("other 6" in text for start, end, text in read if end <= 30 or start >= 62)


def test_small_groups_are_not_captioned(tmp_path: Path) -> None:
    few = recording_of([[[0.6, 0.1, 0.1, 0.1, 0.1]] * 3] * 30)
    assert cues(written(CAPTIONS, few, tmp_path)) == [(0, 30, "not shown: fewer than 5 faces seen well")]
    assert cues(written(CAPTIONS, few, tmp_path, min_group=1)) == [(0, 30, "neutral 3")]
    assert cues(written(CHAPTERS, few, tmp_path)) == [(0, 30, "Start")]


def test_chapters_begin_at_change_points_and_never_overlap(tmp_path: Path) -> None:
    read = cues(written(CHAPTERS, lesson(), tmp_path))
    assert read[0][2] == "Start" and read[0][0] == 0 and read[-1][1] == 90
    assert all(one[1] == other[0] for one, other in itertools.pairwise(read))
    assert any("turned to other" in text for _, _, text in read)


def test_letters_that_mean_something_come_back() -> None:
    text = "a < b & c --> d\n\nNOTE x"
    (read,) = need_package("webvtt").from_string(webvtt_text([Span(0, 3, text)]))
    assert html.unescape(read.text) == "a < b & c --> d\\n\\nNOTE x"
    assert webvtt_text([]).startswith("WEBVTT") and clock_ms(3723.0456) == "01:02:03.046"


def test_spans_too_short_to_be_read_are_put_together() -> None:
    short = [Span(float(t), t + 1.0, "ab"[t % 2]) for t in range(20)]
    read = captions_of(short)
    assert all(one.end_s - one.start_s >= 2 for one in read)
    assert read[0].start_s == 0 and read[-1].end_s == 20
    assert all(one.end_s == other.start_s for one, other in itertools.pairwise(read))
    assert captions_of([Span(0, 1, "a"), Span(30, 40, "b")]) == [Span(0, 1, "a"), Span(30, 40, "b")]


def test_every_time_is_written_as_a_time() -> None:
    seconds = [0.0, 0.9996, 59.9999, 3599.9995, 360000.0]
    read = need_package("webvtt").from_buffer(io.StringIO(webvtt_text([Span(s, s + 5, "a") for s in seconds])))
    assert [one.start_in_seconds for one in read] == [0, 1, 60, 3600, 360000]
