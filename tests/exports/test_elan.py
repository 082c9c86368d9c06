"""ELAN's annotation files: valid against its schema, and read back by pympi as they were meant."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.exports.elan_file import ELAN, eaf_text, media_links
from aiducation.exports.format import Material
from aiducation.exports.tiers import CHANGES, GROUP, Span, Tier, tiers_of
from aiducation.observations.episodes import episodes_of
from aiducation.states import OUTCOMES, UNCLEAR
from makers import lesson, recording_of
from needs import EAF_SCHEMA, EAF_SCHEMA_FILE, need_package

NASTY = [
    Tier('a "quoted" & <tagged> name\n', (Span(0.0, 0.0, "never empty"), Span(0.0004, 0.0006, "a < b & c > d"))),
    Tier("bytes \udcff and \x1b[2J", (Span(1.0, 2.0, "Zoë\u202e"), Span(1.5, 1.7, "")), "row 1, column 1"),
    Tier("empty", ()),
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "result.eaf"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_it_is_valid(write: Callable[[str], Path]) -> None:
    EAF_SCHEMA.check()
    schema = need_package("xmlschema").XMLSchema(str(EAF_SCHEMA_FILE))
    tiers = tiers_of(Material(result=lesson()))
    link = ("file:///home/Zoë/a b.mp4", "./../a b.mp4")
    for text in (
        eaf_text(tiers, [link], choices=(*OUTCOMES, UNCLEAR)),
        eaf_text(NASTY, [link, link]),
        eaf_text([], []),
    ):
        schema.validate(str(write(text)))


def test_pympi_reads_what_was_meant(tmp_path: Path) -> None:
    pympi = need_package("pympi")
    recording = lesson()
    assert ELAN.write is not None
    (path,) = ELAN.write(Material(result=recording, media=tmp_path / "media" / "a b.mp4"), tmp_path, "result")
    eaf = pympi.Elan.Eaf(str(path))
    names = list(eaf.get_tier_names())
    assert names == [f"track {100 + i}" for i in range(8)] + [GROUP, CHANGES]
    for number in range(100, 108):
        assert sorted(eaf.get_annotation_data_for_tier(f"track {number}")) == [
            (round(1000 * e.start_s), round(1000 * e.end_s), e.state)
            for e in episodes_of(recording)
            if e.track_id == number
        ]
    assert eaf.tiers["track 105"][2]["PARTICIPANT"] == "row 2, column 2"
    said = eaf.get_annotation_data_for_tier(GROUP)
    assert said[0][0] == 0 and "neutral" in said[0][2] and any("other 6" in text for *_, text in said)
    (change,) = [one for one in eaf.get_annotation_data_for_tier(CHANGES) if "to other" in one[2]]
    assert change[2].startswith("6 of ") and abs(change[0] - 30_000) <= 1000 and abs(change[1] - 60_000) <= 1000
    assert set(eaf.controlled_vocabularies) == {"states"}
    (media,) = eaf.media_descriptors
    assert media["MEDIA_URL"] == f"file://{tmp_path}/media/a b.mp4" and media["MIME_TYPE"] == "video/mp4"
    assert media["RELATIVE_MEDIA_URL"] == "./media/a b.mp4"


def test_annotations_of_a_tier_never_overlap_and_slots_are_in_order(write: Callable[[str], Path]) -> None:
    pympi = need_package("pympi")
    eaf = pympi.Elan.Eaf(str(write(eaf_text(NASTY, []))))
    for name in eaf.get_tier_names():
        spans = sorted(eaf.get_annotation_data_for_tier(name))
        assert all(start < end for start, end, _ in spans)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert list(eaf.timeslots.values()) == sorted(eaf.timeslots.values())


def test_a_recording_of_which_nothing_is_known_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    assert media_links(None, "week 1/a.mp4", tmp_path) == ("file:///a.mp4", "./a.mp4")


def test_small_groups_have_their_tracks_but_no_group_figures() -> None:
    tiers = {tier.name: tier for tier in tiers_of(Material(result=recording_of([[[0.6, 0.1, 0.1, 0.1, 0.1]] * 2] * 9)))}
    assert [span.text for span in tiers["track 0"].spans] == ["neutral"]
    assert [span.text for span in tiers[GROUP].spans] == ["not shown: fewer than 5 faces seen well"]
    assert tiers[CHANGES].spans == ()
