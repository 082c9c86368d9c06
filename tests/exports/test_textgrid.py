"""Praat's TextGrids, as Praat itself (parselmouth) and praatio read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.exports.format import Material
from aiducation.exports.textgrid_file import TEXTGRID, textgrid_text
from aiducation.exports.tiers import CHANGES, GROUP, Span, Tier, tiers_of
from aiducation.observations.episodes import episodes_of
from makers import lesson
from needs import need_package

NASTY = [
    Tier('a "quoted" name', (Span(0.5, 1.25, 'says "no" 0.5'), Span(1.25, 2.0, "text = x\nsize = 3"))),
    Tier("empty", ()),
    Tier("full", (Span(0.0, 4.0, "Zoë"),), "row 1, column 1"),
    Tier("thin", (Span(1.0001, 1.0004, "shorter than a millisecond"), Span(2.0, 3.0, "b"))),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    assert TEXTGRID.write is not None
    return TEXTGRID.write(Material(result=lesson()), tmp_path, "result")[0]


def test_praat_reads_what_was_meant(path: Path) -> None:
    call = need_package("parselmouth").praat.call
    grid = need_package("parselmouth").read(str(path))
    assert call(grid, "Get number of tiers") == 10 and call(grid, "Get end time") == 90
    assert call(grid, "Get tier name", 6) == "track 105 (row 2, column 2)"
    own = [e for e in episodes_of(lesson()) if e.track_id == 101]
    for episode in own:
        interval = call(grid, "Get interval at time", 2, (episode.start_s + episode.end_s) / 2)
        assert call(grid, "Get label of interval", 2, interval) == episode.state
        assert call(grid, "Get start time of interval", 2, interval) == pytest.approx(episode.start_s)
        assert call(grid, "Get end time of interval", 2, interval) == pytest.approx(episode.end_s)
    assert call(grid, "Get label of interval", 2, call(grid, "Get interval at time", 2, 15)) == ""


def test_praatio_reads_the_same(path: Path) -> None:
    need_package("praatio")
    from praatio import textgrid

    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert [name.split(" (")[0] for name in grid.tierNames] == [*(f"track {100 + i}" for i in range(8)), GROUP, CHANGES]
    for name in grid.tierNames[:8]:
        assert [(i.start, i.end, i.label) for i in grid.getTier(name).entries] == [
            (e.start_s, e.end_s, e.state) for e in episodes_of(lesson()) if e.track_id == int(name.split()[1])
        ]


def test_odd_labels_and_times_come_back(tmp_path: Path) -> None:
    parselmouth = need_package("parselmouth")
    call = parselmouth.praat.call
    path = tmp_path / "a.TextGrid"
    path.write_text(textgrid_text(NASTY, 4.0), encoding="utf-8")
    grid = parselmouth.read(str(path))
    read = {}
    for tier in range(1, call(grid, "Get number of tiers") + 1):
        labels = [
            (call(grid, "Get start time of interval", tier, i), call(grid, "Get label of interval", tier, i))
            for i in range(1, call(grid, "Get number of intervals", tier) + 1)
        ]
        read[call(grid, "Get tier name", tier)] = [(start, label) for start, label in labels if label]
    assert read['a "quoted" name'] == [(0.5, 'says "no" 0.5'), (1.25, "text = x\\nsize = 3")]
    assert read["full (row 1, column 1)"] == [(0.0, "Zoë")] and not read["empty"]
    assert read["thin"] == [(2.0, "b")]


def test_intervals_fill_each_tier() -> None:
    text = textgrid_text(tiers_of(Material(result=lesson())), 90)
    _, *tiers = text.split('class = "IntervalTier"')
    assert tiers
    for tier in tiers:
        ends = [float(line.split("=")[1]) for line in tier.splitlines() if line.startswith(" " * 12 + "xm")]
        assert ends[0] == 0 and ends[-1] == 90 and ends[1:-1:2] == ends[2::2]
