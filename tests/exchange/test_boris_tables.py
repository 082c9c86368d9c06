"""Tables that BORIS exports, as its version 8.27.4 writes them."""

from __future__ import annotations

from pathlib import Path

from aiducation.exchange.formats import read_annotations

#: Aggregated events: a row for each state, with a comment of its beginning and one of its end.
WHOLE = """Observation id\tSource\tTime offset (s)\tMedia duration (s)\tobserver\tSubject\tBehavior\tBehavior type\t\
Start (s)\tStop (s)\tComment start\tComment stop
one\tplayer #1:/a/lesson.mp4\t0.0\t30.000\tAnna\ttrack 3\tbored\tSTATE\t0.000\t2.500\tyawns\t
one\tplayer #1:/a/lesson.mp4\t0.0\t30.000\tAnna\ttrack 3\tbored\tSTATE\t2.500\t8.000\tsleeps\twakes
one\tplayer #1:/a/lesson.mp4\t0.0\t30.000\tAnna\ttrack 3\tangry\tSTATE\t8.000\t9.000\t\t
one\tplayer #1:/a/lesson.mp4\t0.0\t30.000\tAnna\tNo focal subject\tevent\tPOINT\t4.250\t4.250\tquiz\t
one\tplayer #1:/a/lesson.mp4\t0.0\t30.000\tAnna\tNo focal subject\texcluded\tSTATE\t5.000\t6.000\tbreak\tbreak
"""


def test_comments_of_whole_states_are_read(tmp_path: Path) -> None:
    (tmp_path / "said.tsv").write_text(WHOLE, encoding="utf-8")
    read = read_annotations(tmp_path / "said.tsv")
    assert read.notes == () and read.annotations.annotators == ("Anna",)
    assert [(one.kind, one.target.from_s, one.target.to_s, one.state, one.note) for one in read.annotations] == [
        ("state", 0.0, 2.5, "bored", "yawns"),
        ("state", 2.5, 8.0, "bored", "sleeps; wakes"),
        ("state", 8.0, 9.0, "angry", ""),
        ("event", 4.25, None, "", "quiz"),
        ("exclude", 5.0, 6.0, "", "break"),
    ]
