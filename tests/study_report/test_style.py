from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from aiducation.states import STATE_COLORS
from aiducation.study_report import style


@style.styled
def draw_line() -> Figure:
    figure = style.new_figure("A title with <angles> & more", style.FULL, 2)
    figure.add_subplot().plot([0, 1], [1.0, 2.0], color=style.CATEGORIES[0])
    return figure


def test_save_writes_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("first", "second"):
        style.save(draw_line(), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"first{suffix}").read_bytes() == (tmp_path / f"second{suffix}").read_bytes()
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / "first.svg").getroot().tag.endswith("svg")
    assert len(list(tmp_path.iterdir())) == 4  # no temporary file is left


def test_the_look_ends_with_the_function() -> None:
    before = dict(matplotlib.rcParams)
    draw_line()
    assert dict(matplotlib.rcParams) == before


def test_inline_svg_follows_the_page(tmp_path: Path) -> None:
    style.save(draw_line(), tmp_path / "line")
    svg = style.inline_svg(tmp_path / "line.svg", 'a "label" & <more>')
    ElementTree.fromstring(svg)
    assert svg.startswith("<svg ")
    assert 'aria-label="a &quot;label&quot; &amp; &lt;more>"' in svg
    assert "var(--ink)" in svg and "var(--navy)" in svg and style.INK not in svg
    assert "<style" not in svg and "<metadata" not in svg and "figure_1" not in svg


def test_a_stamp_stands_in_the_title(tmp_path: Path) -> None:
    figure = draw_line()
    style.stamp(figure, "PARTIAL: 5 of 100 epochs")
    style.save(figure, tmp_path / "stamped")
    assert "[PARTIAL: 5 of 100 epochs]" in (tmp_path / "stamped.svg").read_text()


def test_colours_of_categories_and_states_differ() -> None:
    assert not {color.lower() for color in style.CATEGORIES} & {color.lower() for color in STATE_COLORS.values()}
    assert not set(style.PAGE_COLORS) & set(STATE_COLORS.values())


@pytest.mark.parametrize(("background", "text"), [("#ffffff", "#101820"), ("#1b3a6b", "#ffffff")])
def test_text_is_readable_on_its_background(background: str, text: str) -> None:
    assert style.readable_on(background) == text
